"""Who gets logout tokens is somebody else's server: slow, lying, large, or one that we must not speak with (S83)."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from idp.adapters.outside import OutsideWeb, encryption, is_public
from idp.records.ports import NotFetched
from tests.interop.authority import make_authority
from tests.support.listening import listening

_FORM = {"logout_token": "a.b.c"}
_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


@dataclass(kw_only=True)
class Names:
    """One name, whose address changes with each question."""

    answers: list[list[str]]
    asked: int = 0

    async def addresses(self, name: str) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@dataclass(kw_only=True)
class Receiver:
    """Sends `head` to each request; then `body` for ever, or nothing for ever where that is None."""

    head: bytes = _OK
    body: bytes | None = None
    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if encrypted := writer.get_extra_info("ssl_object"):
            self.versions.append(encrypted.version())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        self.bodies.append(await reader.readexactly(length))
        writer.write(self.head)
        await writer.drain()
        while self.body is not None:
            writer.write(self.body)
            await writer.drain()
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    receiver: Receiver
    web: OutsideWeb
    names: Names

    @property
    def url(self) -> str:
        return f"https://localhost:{self.receiver.port}/told?of=us"


@asynccontextmanager
async def _site(
    folder: Path,
    receiver: Receiver,
    *,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    is_allowed: Callable[[str], bool] = lambda _: True,
    is_trusted: bool = True,
) -> AsyncIterator[Site]:
    authority = make_authority(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server.maximum_version = newest
    trusted = encryption(str(authority.bundle) if is_trusted else None)
    names = Names(answers=[["127.0.0.1"]])
    async with listening(receiver.serve, tls=server) as receiver.port:
        web = OutsideWeb(names=names, is_allowed=is_allowed, trusted=trusted, seconds=2)
        yield Site(receiver=receiver, web=web, names=names)


async def test_a_token_is_posted_as_a_form_over_the_newest_tls(tmp_path: Path) -> None:
    async with _site(tmp_path, Receiver()) as site:
        assert await site.web.post(site.url, _FORM) == 200
    (head,) = site.receiver.heads
    assert head.startswith("POST /told?of=us HTTP/1.1\r\n")
    assert f"\r\nhost: localhost:{site.receiver.port}\r\n" in head.lower()
    assert "\r\ncontent-type: application/x-www-form-urlencoded\r\n" in head.lower()
    assert "cookie" not in head.lower()
    assert site.receiver.bodies == [b"logout_token=a.b.c"]
    assert site.receiver.versions == ["TLSv1.3"]


async def test_who_knows_no_newer_tls_than_the_last_is_told_too(tmp_path: Path) -> None:
    async with _site(tmp_path, Receiver(), newest=ssl.TLSVersion.TLSv1_2) as site:
        assert await site.web.post(site.url, _FORM) == 200
    assert site.receiver.versions == ["TLSv1.2"]


def test_older_tls_is_not_spoken() -> None:
    assert encryption().minimum_version is ssl.TLSVersion.TLSv1_2


async def test_a_certificate_of_nobody_ends_it_before_the_token_leaves(tmp_path: Path) -> None:
    async with _site(tmp_path, Receiver(), is_trusted=False) as site:
        with pytest.raises(NotFetched, match="can't be reached"):
            await site.web.post(site.url, _FORM)
    assert site.receiver.heads == []


async def test_a_redirect_is_an_answer_and_is_not_followed(tmp_path: Path) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nlocation: https://elsewhere.test/\r\ncontent-length: 0\r\n\r\n"
    async with _site(tmp_path, Receiver(head=moved)) as site:
        assert await site.web.post(site.url, _FORM) == 307
    assert len(site.receiver.heads) == 1
    assert site.names.asked == 1


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nx: "])
async def test_who_never_answers_to_the_end_is_left(tmp_path: Path, head: bytes) -> None:
    async with _site(tmp_path, Receiver(head=head)) as site:
        with pytest.raises(NotFetched, match=r"longer than 2 s|ReadTimeout"):
            await site.web.post(site.url, _FORM)


async def test_nobody_reads_what_comes_with_the_answer(tmp_path: Path) -> None:
    """A gigabyte, or more, that never ends."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n"
    async with _site(tmp_path, Receiver(head=head, body=b"x" * 65_536)) as site:
        assert await site.web.post(site.url, _FORM) == 200


async def test_headers_without_end_are_not_kept(tmp_path: Path) -> None:
    endless = Receiver(head=b"HTTP/1.1 200 OK\r\n", body=b"x: " + b"y" * 8_000 + b"\r\n")
    async with _site(tmp_path, endless) as site:
        with pytest.raises(NotFetched):
            await site.web.post(site.url, _FORM)


@pytest.mark.requirement("S83")
async def test_an_address_in_a_private_network_is_never_spoken_with(tmp_path: Path) -> None:
    async with _site(tmp_path, Receiver(), is_allowed=is_public) as site:
        with pytest.raises(NotFetched, match="network"):
            await site.web.post(site.url, _FORM)
    assert site.receiver.heads == []


@pytest.mark.requirement("S83")
async def test_a_name_is_asked_once_so_its_second_answer_is_of_no_use(tmp_path: Path) -> None:
    async with _site(tmp_path, Receiver()) as site:
        site.names.answers = [["127.0.0.1"], ["10.0.0.1"]]
        assert await site.web.post(site.url, _FORM) == 200
    assert site.names.asked == 1


@pytest.mark.requirement("S83")
@pytest.mark.parametrize(
    "url",
    [
        "http://shop.test/",
        "ftp://shop.test/",
        "file:///etc/passwd",
        "https:///x",
        "https://shop.test:99999/",
        "https://[shop/",
        "",
    ],
)
async def test_only_encrypted_addresses_are_spoken_with(url: str) -> None:
    web = OutsideWeb(names=Names(answers=[["203.0.113.7"]]), is_allowed=lambda _: True)
    with pytest.raises(NotFetched):
        await web.post(url, _FORM)
