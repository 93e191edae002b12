"""The list of stolen passwords: what the service is told, and what its answers mean."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from idp.adapters.breaches import HttpBreaches, NoBreaches
from tests.support.listening import listening
from tests.support.processes import free_port

STOLEN = "correct horse battery"


def digest_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


REST = digest_of(STOLEN)[5:]
PADDING = "0" * 35


@dataclass(kw_only=True)
class Service:
    """Speaks HTTP on loopback. `answer` is sent to every request; an empty one keeps the caller waiting."""

    answer: bytes
    timeout_seconds: float
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    @property
    def breaches(self) -> HttpBreaches:
        url = f"http://127.0.0.1:{self.port}/range/"
        return HttpBreaches(url=url, observe=self.outcomes.append, timeout_seconds=self.timeout_seconds)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        if self.answer:
            writer.write(self.answer)
        else:
            await asyncio.Event().wait()


@asynccontextmanager
async def service(answer: bytes, *, timeout_seconds: float = 30) -> AsyncIterator[Service]:
    running = Service(answer=answer, timeout_seconds=timeout_seconds)
    async with listening(running.serve) as running.port:
        yield running


def answered(*lines: str, status: int = 200) -> bytes:
    body = "\r\n".join(lines).encode()
    head = b"HTTP/1.1 %d x\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


@pytest.mark.requirement("S38")
async def test_the_service_learns_five_digits_and_no_more() -> None:
    async with service(answered(f"{PADDING}:3", f"{REST}:12345")) as running:
        assert await running.breaches.is_stolen(STOLEN)
    head = running.requests[0].decode().lower()
    digest = digest_of(STOLEN).lower()
    assert head.startswith(f"get /range/{digest[:5]} http/1.1")
    assert "add-padding: true" in head
    assert digest[5:] not in head
    assert running.outcomes == ["stolen"]


@pytest.mark.parametrize("lines", [[], [f"{PADDING}:7"], [f"{REST}:0"], ["<html>", "no range at all"]])
async def test_what_is_not_in_the_range_or_only_pads_it_is_unknown(lines: list[str]) -> None:
    async with service(answered(*lines)) as running:
        assert not await running.breaches.is_stolen(STOLEN)
    assert running.outcomes == ["unknown"]


async def test_the_normal_form_counts_however_it_was_typed() -> None:
    composed, decomposed = "caf\u00e9 au lait noir", "cafe\u0301 au lait noir"
    async with service(answered(f"{digest_of(composed)[5:]}:2")) as running:
        assert await running.breaches.is_stolen(decomposed)


@pytest.mark.parametrize(
    "answer",
    [
        answered(f"{REST}:9", status=500),
        answered(f"{REST}:9", status=404),
        b"HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
        b"220 relay.test ESMTP\r\n",
        b"HTTP/1.1 200 x\r\ncontent-length: 2000000\r\n\r\n" + b"x" * 1_500_000,
        b"",
    ],
)
async def test_a_service_that_fails_refuses_nobody(answer: bytes) -> None:
    async with service(answer, timeout_seconds=0.5) as running:
        assert not await running.breaches.is_stolen(STOLEN)
    assert running.outcomes == ["failed"]


async def test_a_service_that_drips_its_answer_keeps_nobody_waiting() -> None:
    """A byte now and then, each in time: the whole answer has one deadline."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)  # noqa: TID251 - the pace of a slow service

    outcomes: list[str] = []
    async with listening(drip) as port, asyncio.timeout(60):
        breaches = HttpBreaches(url=f"http://127.0.0.1:{port}/", observe=outcomes.append, timeout_seconds=0.3)
        assert not await breaches.is_stolen(STOLEN)
    assert outcomes == ["failed"]


async def test_a_service_that_is_away_refuses_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    away = HttpBreaches(url=f"http://127.0.0.1:{free_port()}/")
    assert not await away.is_stolen(STOLEN)
    said = "".join(capsys.readouterr())
    assert "the list of stolen passwords can't be asked" in said
    assert STOLEN not in said
    assert digest_of(STOLEN)[:5] not in said
    assert not await HttpBreaches(url="http://[broken/").is_stolen(STOLEN)


async def test_without_a_service_nothing_is_stolen() -> None:
    assert not await NoBreaches().is_stolen(STOLEN)
