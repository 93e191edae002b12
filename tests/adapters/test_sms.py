"""Texts through a gateway: what it is told, and what each of its answers means."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from idp.adapters.sms import HttpSmsTransport, NoSmsTransport
from idp.records.ports import NotDelivered
from tests.support.listening import listening
from tests.support.processes import free_port


@dataclass(kw_only=True)
class Gateway:
    """Speaks HTTP on loopback. `answers` are sent in turn; an empty one keeps the caller waiting."""

    answers: list[bytes]
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sms"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")
        )
        self.requests.append(head + await reader.readexactly(length))
        answer = self.answers.pop(0)
        if answer:
            writer.write(answer)
        else:
            await asyncio.Event().wait()


@asynccontextmanager
async def gateway(*answers: bytes) -> AsyncIterator[Gateway]:
    running = Gateway(answers=list(answers))
    async with listening(running.answer) as running.port:
        yield running


def _status(code: int, *headers: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 %d x" % code, *headers, b"content-length: 0", b"", b""))


async def _refused(transport: HttpSmsTransport | NoSmsTransport) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        await transport.send(number="+33612345678", text="1234 5678")
    return caught.value


async def test_the_gateway_is_told_number_and_text_and_who_we_are() -> None:
    async with gateway(_status(202)) as running:
        sms = HttpSmsTransport(url=running.url, authorization="Bearer gateway-secret")
        assert await sms.send(number="+33612345678", text="1234 5678 « code »") == "202"
    head, _, body = running.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /sms HTTP/1.1\r\n")
    assert b"authorization: bearer gateway-secret" in head.lower()
    assert json.loads(body) == {"to": "+33612345678", "text": "1234 5678 « code »"}
    assert "gateway-secret" not in repr(sms)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        (400, True),
        (404, True),
        (422, True),
        (401, False),
        (403, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
async def test_a_refusal_is_final_when_trying_again_is_of_no_use(status: int, is_final: bool) -> None:
    async with gateway(_status(status)) as running:
        refusal = await _refused(HttpSmsTransport(url=running.url))
    assert (refusal.reply, refusal.is_final) == (str(status), is_final)


async def test_a_redirect_takes_no_number_elsewhere() -> None:
    async with gateway(_status(200)) as elsewhere:
        there = _status(307, b"location: " + elsewhere.url.encode())
        async with gateway(there) as running:
            refusal = await _refused(HttpSmsTransport(url=running.url))
        assert (refusal.reply, refusal.is_final) == ("307", False)
        assert elsewhere.requests == []


async def test_a_gateway_that_is_silent_or_away_is_left() -> None:
    async with gateway(b"") as running:
        assert (await _refused(HttpSmsTransport(url=running.url, timeout_seconds=0.2))).reply == "timeout"
    away = HttpSmsTransport(url=f"http://127.0.0.1:{free_port()}/")
    assert (await _refused(away)).reply == "unreachable"


@pytest.mark.parametrize(
    "answer", [b"220 relay.test ESMTP\r\n", b"\xff\x00\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n"]
)
async def test_whatever_answers_instead_of_a_gateway_is_out_of_reach(answer: bytes) -> None:
    async with gateway(answer) as running:
        refusal = await _refused(HttpSmsTransport(url=running.url))
    assert (refusal.reply, refusal.is_final) == ("unreachable", False)


async def test_an_endless_answer_is_not_read() -> None:
    async with gateway(b"HTTP/1.1 200 x\r\ncontent-length: 999999999999\r\n\r\n") as running:
        assert await HttpSmsTransport(url=running.url).send(number="+33612345678", text="x") == "200"


async def test_without_a_gateway_there_is_nothing_to_wait_for() -> None:
    assert (await _refused(NoSmsTransport())).is_final
