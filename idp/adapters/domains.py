"""Whether somebody published a text on a domain: a DNS TXT record, or a file on its web server.

The domain is somebody else's word, so the file is fetched as from an enemy: the name is resolved once, an address that
isn't public ends it, and the connection goes to the address that was checked, with the certificate checked for the
name. No redirects, few bytes, little time.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.rdatatype
import httpx2

from idp.records.ports import PROOF_FILE, PROOF_LABEL, ProofFound, proof_text

_SECONDS = 5
_MOST_BYTES = 4_096
_MOST_ADDRESSES = 16
_UNICAST = IPv6Network("2000::/3")  # RFC 4291 §2.4: all that is given to anybody.
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes.
_RELAY = IPv4Network("192.88.99.0/24")  # RFC 7526: whoever is nearest answers.


class Records(Protocol):
    """DNS, as far as it is needed here. Whatever goes wrong is no record."""

    async def texts(self, name: str) -> list[bytes]: ...

    async def addresses(self, name: str) -> list[str]: ...


def is_public(address: str) -> bool:
    """Whether an address is anybody's: not ours, not a neighbour's, and no way around to such a one."""
    found = ip_address(address)
    if found in _TRANSLATED:
        return is_public(str(IPv4Address(found.packed[-4:])))
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and found not in _RELAY
    inner = found.sixtofour or (found.teredo[1] if found.teredo else None)
    return found in _UNICAST and found.is_global and (inner is None or is_public(str(inner)))


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
    port: int = 443
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
        addresses = (await self.records.addresses(domain))[:_MOST_ADDRESSES]
        if not addresses or not all(self.is_allowed(address) for address in addresses):
            return False
        content = await self._fetched(domain, addresses[0])
        return content is not None and content.strip() == proof_text(token).encode()

    async def _fetched(self, domain: str, address: str) -> bytes | None:
        host = f"[{address}]" if ":" in address else address
        try:
            async with (
                httpx2.AsyncClient(
                    timeout=self.seconds, trust_env=False, verify=self.trusted or self._trusted
                ) as client,
                client.stream(
                    "GET",
                    f"https://{host}:{self.port}{PROOF_FILE}",
                    headers={"host": domain, "accept-encoding": "identity"},
                    extensions={"sni_hostname": domain},
                ) as response,
            ):
                if response.status_code != 200:
                    return None
                content = b""
                async for piece in response.aiter_raw():
                    content += piece
                    if len(content) > _MOST_BYTES:
                        return None
                return content
        except (httpx2.HTTPError, OSError):
            return None

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context()
