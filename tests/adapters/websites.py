"""A web server on loopback that a test calls by any name, and DNS that says what the test wrote down."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from idp.adapters.outside import OutsideWeb, encryption
from idp.records.ports import Fetched
from tests.interop.authority import make_authority
from tests.support.listening import listening


@dataclass(kw_only=True)
class Zone:
    """What a test wrote down; every other name has no address."""

    hosts: dict[str, list[str]]
    asked: list[str] = field(default_factory=list)

    async def addresses(self, name: str) -> list[str]:
        self.asked.append(name)
        return self.hosts.get(name, [])


@dataclass(kw_only=True)
class Website:
    """Answers each request with `head`, an empty line, and `body`; then with `drip` again and again, if there is one,
    and else with nothing while it keeps the connection open, where it `hangs`.
    """

    head: bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
    body: bytes = b"{}"
    drip: bytes = b""
    hangs: bool = False
    port: int = 0
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.head + b"\r\n" + self.body)
        while self.drip:
            writer.write(self.drip)
            await writer.drain()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.02):
                    await asyncio.Event().wait()
        if self.hangs:
            await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    website: Website
    web: OutsideWeb
    zone: Zone

    async def fetch(self, url: str = "", *, most_bytes: int = 1_000) -> Fetched:
        url = url or "https://localhost:PORT/keys?of=us"
        return await self.web.fetch(url.replace("PORT", str(self.website.port)), most_bytes=most_bytes)


@asynccontextmanager
async def open_site(
    folder: Path,
    website: Website | None = None,
    *,
    hosts: dict[str, list[str]] | None = None,
    is_allowed: Callable[[str], bool] = lambda _: True,
    is_encrypted: bool = True,
    seconds: float = 5,
) -> AsyncIterator[Site]:
    """A site at localhost, and what else a test calls it; its certificate is for localhost alone."""
    website = website or Website()
    authority = make_authority(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    zone = Zone(hosts={"localhost": ["127.0.0.1"], **(hosts or {})})
    async with listening(website.serve, tls=server if is_encrypted else None) as website.port:
        web = OutsideWeb(
            names=zone, is_allowed=is_allowed, trusted=encryption(str(authority.bundle)), seconds=seconds
        )
        yield Site(website=website, web=web, zone=zone)
