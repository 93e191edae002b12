"""Other people's web servers: what is fetched from them, and posted to them. Addresses are somebody else's word.

So everything goes as to an enemy: a name is resolved once, an address that is not public ends it, and the connection
goes to the address that was checked, with the certificate checked for the name. No redirects, few bytes, little time,
and no proxy from the environment.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2

from idp.records.ports import Fetched, NotFetched

_SECONDS = 5.0
_MOST_ADDRESSES = 16
_UNICAST = IPv6Network("2000::/3")  # RFC 4291 §2.4: all that is given to anybody.
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes.
_RELAY = IPv4Network("192.88.99.0/24")  # RFC 7526: whoever is nearest answers.
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})(?:$|[\s,])")


class Names(Protocol):
    """DNS, as far as it is needed here. What can't be resolved has no address."""

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


def also_in(networks: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether an address is public, or in one of `networks` (CIDR)."""
    known = [ip_network(network) for network in networks]
    return lambda address: is_public(address) or any(ip_address(address) in network for network in known)


def encryption(authorities: str | None = None) -> ssl.SSLContext:
    """TLS 1.3 with whoever speaks it, and 1.2 with everybody else (RFC 9325 §3.1.1): whoever was not renewed
    shall still be told. `authorities` is a file of those to trust instead of the system's.
    """
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# Threads of its own: a server of names that never answers must not hold up what else is done in threads.
_LOOKERS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="names")


def _look_up(name: str) -> list[Any]:
    return socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)


class SystemNames:
    """What the operating system says, its file of hosts included."""

    async def addresses(self, name: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(_LOOKERS, _look_up, name)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


@dataclass(frozen=True, kw_only=True)
class OutsideWeb:
    """An `Outside`. What is not given is the real one."""

    names: Names = field(default_factory=SystemNames)
    is_allowed: Callable[[str], bool] = is_public
    trusted: ssl.SSLContext | None = None
    seconds: float = _SECONDS

    async def fetch(self, url: str, *, most_bytes: int) -> Fetched:
        async with self._asked("GET", url) as response:
            if response.status_code != 200:
                raise NotFetched(f"it answered {response.status_code}")
            content = b""
            async for piece in response.aiter_raw():
                content += piece
                if len(content) > most_bytes:
                    raise NotFetched(f"it is larger than {most_bytes} bytes")
            return Fetched(
                content=content,
                media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
                max_age=_max_age(response.headers.get("cache-control", "")),
            )

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        async with self._asked("POST", url, data=dict(form)) as response:
            return int(response.status_code)

    @asynccontextmanager
    async def _asked(self, method: str, url: str, **content: Any) -> AsyncIterator[httpx2.Response]:
        """Raises NotFetched."""
        try:
            async with asyncio.timeout(self.seconds):
                target = await self._target(url)
                async with (
                    httpx2.AsyncClient(trust_env=False, verify=self.trusted or self._trusted) as client,
                    client.stream(
                        method,
                        target.url,
                        headers={"host": target.host, "accept-encoding": "identity"},
                        extensions={"sni_hostname": target.name},
                        timeout=self.seconds,
                        **content,
                    ) as response,
                ):
                    yield response
        except TimeoutError:
            raise NotFetched(f"it took longer than {self.seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            raise NotFetched(f"it can't be reached: {type(error).__name__}") from error

    async def _target(self, url: str) -> "_Target":
        """The address to connect to, checked. Raises NotFetched."""
        parts = urlsplit(url)
        # Who writes a name before the host means to be mistaken for it, or sends a password (RFC 3986 §7.5, §7.6).
        if "@" in parts.netloc:
            raise NotFetched("its address holds somebody's name or password")
        name, scheme = parts.hostname or "", parts.scheme
        found = (await self.names.addresses(name))[:_MOST_ADDRESSES] if name else []
        if not found:
            raise NotFetched("its host has no address")
        if not all(self.is_allowed(address) for address in found):
            raise NotFetched("its host is in a network that nothing is fetched from")
        # Plain http is for development, where client and provider are one machine.
        if scheme != "https" and not (scheme == "http" and all(ip_address(one).is_loopback for one in found)):
            raise NotFetched("it is not https")
        address = f"[{found[0]}]" if ":" in found[0] else found[0]
        port = f":{parts.port}" if parts.port is not None else ""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(url=f"{scheme}://{address}{port}{path}", host=parts.netloc, name=name)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return encryption()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """`url` names the address, `host` is what the server is told, `name` what its certificate has to say."""

    url: str
    host: str
    name: str


def _max_age(cache_control: str) -> int | None:
    directives = cache_control.lower()  # RFC 9111 §5.2: in either case.
    if "no-store" in directives or "no-cache" in directives:
        return 0
    found = _MAX_AGE.search(directives)
    return int(found[1]) if found else None
