"""Whether somebody published a text on a domain: a DNS TXT record, or a file on its web server.

The domain is somebody else's word: the file is fetched as `outside.py` fetches everything.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.rdatatype

from idp.adapters.outside import OutsideWeb, is_public
from idp.records.ports import PROOF_FILE, PROOF_LABEL, NotFetched, ProofFound, proof_text

_SECONDS = 5
_MOST_BYTES = 4_096
_HTTPS = 443


class Records(Protocol):
    """DNS, as far as it is needed here. Whatever goes wrong is no record."""

    async def texts(self, name: str) -> list[bytes]: ...

    async def addresses(self, name: str) -> list[str]: ...


class SystemRecords:
    """Asks the resolvers that the system has."""

    async def texts(self, name: str) -> list[bytes]:
        found = await self._resolved(name, dns.rdatatype.TXT)
        return [b"".join(record.strings) for record in found]

    async def addresses(self, name: str) -> list[str]:
        v4, v6 = await asyncio.gather(
            self._resolved(name, dns.rdatatype.A), self._resolved(name, dns.rdatatype.AAAA)
        )
        return [str(record.address) for record in (*v4, *v6)]

    async def _resolved(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
        try:
            return list(await self._resolver.resolve(f"{name}.", kind, lifetime=_SECONDS, search=False))
        except (dns.exception.DNSException, OSError):
            return []

    @cached_property
    def _resolver(self) -> dns.asyncresolver.Resolver:
        return dns.asyncresolver.Resolver()


@dataclass(frozen=True, kw_only=True)
class PublishedProofs:
    """A `DomainProofs`. What is not given is the real one."""

    records: Records = field(default_factory=SystemRecords)
    is_allowed: Callable[[str], bool] = is_public
    port: int = _HTTPS
    trusted: ssl.SSLContext | None = None
    seconds: float = _SECONDS

    async def find(self, domain: str, token: str) -> ProofFound | None:
        """Looks in both places at once."""
        in_dns, in_file = await asyncio.gather(
            self._in_time(self._is_in_dns(domain, token)), self._in_time(self._is_in_file(domain, token))
        )
        return ProofFound.DNS if in_dns else ProofFound.FILE if in_file else None

    async def _in_time(self, looking: Awaitable[bool]) -> bool:
        try:
            async with asyncio.timeout(self.seconds):
                return await looking
        except TimeoutError:
            return False

    async def _is_in_dns(self, domain: str, token: str) -> bool:
        return proof_text(token).encode() in await self.records.texts(f"{PROOF_LABEL}.{domain}")

    async def _is_in_file(self, domain: str, token: str) -> bool:
        port = "" if self.port == _HTTPS else f":{self.port}"
        try:
            found = await self._web.fetch(f"https://{domain}{port}{PROOF_FILE}", most_bytes=_MOST_BYTES)
        except NotFetched:
            return False
        return found.content.strip() == proof_text(token).encode()

    @cached_property
    def _web(self) -> OutsideWeb:
        return OutsideWeb(
            names=self.records, is_allowed=self.is_allowed, trusted=self.trusted, seconds=self.seconds
        )
