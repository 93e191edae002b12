"""`web/protocol.py` and `web/serving.py`, over real sockets: deadlines, limits, and the end."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.config.settings import Settings
from idp.web.protocol import KEEP_ALIVE_SECONDS, Drain
from idp.web.serving import Site, StartFailed, Stop, listen, listen_on_loopback, serve_until
from tests.support.waiting import until
from tests.web.asking import edge, settings

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def status(self) -> int:
        """The status of the next answer, whose body is read too."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await self.reader.readexactly(int(line.partition(b":")[2]))
        return int(head.split(b" ")[1])

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        received = b""
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(60):
                while chunk := await self.reader.read(65_536):
                    received += chunk
        return received

    async def drip(self, data: bytes) -> bytes:
        """Sends `data` again and again, faster than any deadline, until the server closes; what it answered."""
        answer = asyncio.create_task(self.rest())

        async def one_more() -> bool:
            with contextlib.suppress(OSError):
                await self.say(data)
            return answer.done()

        await until(one_more, what="the server to close a dripping connection")
        return await answer


class Place:
    """A served application, and the gate that its slow route waits at."""

    def __init__(self, given: Settings) -> None:
        self.settings = given
        self.drain = Drain()
        self.stop = Stop()
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        self.sockets = listen_on_loopback(0)
        self.port: int = self.sockets[0].getsockname()[1]
        self.events: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []

    def app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            self.events.append("started")
            yield
            self.events.append("ended")

        async def hello(request: Request) -> Response:
            return PlainTextResponse("hello")

        async def echo(request: Request) -> Response:
            return PlainTextResponse(str(len(await request.body())))

        async def slow(request: Request) -> Response:
            self.entered.set()
            await self.gate.wait()
            return PlainTextResponse("done")

        routes = [Route("/", hello), Route("/echo", echo, methods=["POST"]), Route("/slow", slow)]
        return Starlette(routes=routes, lifespan=lifespan)

    async def connect(self, host: str = "127.0.0.1") -> Client:
        reader, writer = await asyncio.open_connection(host, self.port)
        self._writers.append(writer)
        return Client(reader=reader, writer=writer)

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(
    *, wrap: Callable[[Starlette], Any] = lambda app: app, notice_seconds: float = 0, **server: Any
) -> AsyncIterator[Place]:
    place = Place(settings(**{"drain_seconds": 5} | server))
    ready = asyncio.Event()
    task = asyncio.create_task(
        serve_until(
            place.stop,
            [Site(app=wrap(place.app()), sockets=place.sockets)],
            place.settings,
            drain=place.drain,
            on_ready=ready.set,
            notice_seconds=notice_seconds,
        )
    )
    await asyncio.wait([task, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield place
    finally:
        place.gate.set()
        if not place.stop.hurried.is_set():
            place.stop.hurry()
        await task
        await place.close()


# Deadlines in these tests are short, and say so; the others are longer than any test.
SHORT: Any = 0.25
LONG: Any = 60


@pytest.mark.requirement("S89")
@pytest.mark.parametrize("drop", [b"", b"G", b"GET / HTTP/1.1\r\nHost: local", b"\r\n"])
async def test_a_connection_that_sends_no_whole_head_is_closed(drop: bytes) -> None:
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        await client.say(drop)

        assert await client.rest() == b""


@pytest.mark.requirement("S89")
@pytest.mark.parametrize("drop", [b"X-A: b\r\n", b"\r\n"])
async def test_a_dripping_head_buys_no_time(drop: bytes) -> None:
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        if drop != b"\r\n":
            await client.say(b"GET / HTTP/1.1\r\n")

        assert await client.drip(drop) == b""


@pytest.mark.requirement("S89")
async def test_the_second_head_of_a_connection_has_the_same_deadline() -> None:
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        await client.say(GET)
        assert await client.status() == 200
        await client.say(GET[:-2])

        assert await client.rest() == b""


@pytest.mark.requirement("S89")
async def test_line_ends_between_requests_do_not_keep_a_connection() -> None:
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        await client.say(GET)
        assert await client.status() == 200

        assert await client.drip(b"\r\n") == b""


async def test_an_idle_connection_outlives_the_deadline_of_heads() -> None:
    assert KEEP_ALIVE_SECONDS > 60
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=LONG) as place:
        client, other = await place.connect(), await place.connect()
        await client.say(GET)
        assert await client.status() == 200
        assert await other.rest() == b""  # As long as the deadline.
        await client.say(GET)

        assert await client.status() == 200


async def test_an_idle_connection_ends_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.web.protocol.KEEP_ALIVE_SECONDS", SHORT)
    async with serving(header_deadline_seconds=LONG) as place:
        client = await place.connect()
        await client.say(GET)
        assert await client.status() == 200

        assert await client.rest() == b""


async def test_a_slow_answer_is_no_slow_client() -> None:
    async with serving(header_deadline_seconds=SHORT, body_deadline_seconds=SHORT) as place:
        client, other = await place.connect(), await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1))
        assert await other.rest() == b""  # As long as either deadline.
        place.gate.set()

        assert await client.status() == 200


POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"
SLOW_BODIES = [
    POST + b"Content-Length: 10\r\n\r\n12345",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    POST + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
]


@pytest.mark.requirement("S87")
@pytest.mark.parametrize("begun", SLOW_BODIES)
async def test_a_body_that_never_ends_gets_408(begun: bytes) -> None:
    async with serving(header_deadline_seconds=LONG, body_deadline_seconds=SHORT) as place:
        client = await place.connect()
        await client.say(begun)
        received = (await client.rest()).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")

        assert received.startswith(b"HTTP/1.1 408 ")
        assert b"frame-ancestors 'none'" in received


@pytest.mark.requirement("S87")
async def test_a_dripping_body_buys_no_time() -> None:
    async with serving(header_deadline_seconds=LONG, body_deadline_seconds=SHORT) as place:
        client = await place.connect()
        await client.say(POST + b"Content-Length: 60000\r\n\r\n")

        assert (await client.drip(b"1")).startswith(b"HTTP/1.1 408 ")


@pytest.mark.requirement("S87")
async def test_a_body_that_goes_on_after_its_answer_is_cut_off_in_silence() -> None:
    async with serving(header_deadline_seconds=LONG, body_deadline_seconds=SHORT) as place:
        client = await place.connect()
        await client.say(POST.replace(b"/echo", b"/nowhere") + b"Content-Length: 60000\r\n\r\n")
        assert await client.status() == 404

        assert await client.drip(b"1") == b""


@pytest.mark.requirement("S87")
async def test_a_picture_from_a_telephone_gets_its_time_and_no_other_body_does() -> None:
    path = b"/recovery/" + b"0" * 32 + b"/upload"
    async with serving(header_deadline_seconds=LONG, body_deadline_seconds=SHORT) as place:
        slow, other = await place.connect(), await place.connect()
        await slow.say(POST.replace(b"/echo", path) + b"Content-Length: 60000\r\n\r\n1")
        assert await slow.status() == 404
        await other.say(POST + b"Content-Length: 60000\r\n\r\n1")
        assert (await other.drip(b"1")).startswith(b"HTTP/1.1 408 ")

        await slow.say(b"1" * 59_999 + GET)
        assert await slow.status() == 200


@pytest.mark.requirement("S87")
async def test_a_body_in_time_is_read_in_pieces() -> None:
    async with serving(header_deadline_seconds=LONG, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        for piece in (POST, b"Content-Len", b"gth: 10\r\n", b"\r\n12345", b"67890" + GET):
            await client.say(piece)

        assert [await client.status(), await client.status()] == [200, 200]


@pytest.mark.requirement("S87")
async def test_an_announced_body_beyond_the_limit_gets_413_and_the_connection_lives() -> None:
    async with serving(wrap=edge, body_deadline_seconds=LONG) as place:
        client = await place.connect()
        head = POST.replace(b"localhost", b"localhost:21100")
        await client.say(head + b"Content-Length: 200000\r\n\r\n" + b"1" * 200_000)
        assert await client.status() == 413
        await client.say(GET.replace(b"localhost", b"localhost:21100"))

        assert await client.status() == 200


@pytest.mark.requirement("S87")
@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 101 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 5000,
    ],
)
async def test_a_head_that_is_too_large_gets_431(head: bytes) -> None:
    async with serving(header_limit_bytes=4096, header_deadline_seconds=LONG) as place:
        client = await place.connect()
        await client.say(head)

        assert (await client.rest()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.requirement("S87")
async def test_a_head_just_within_the_limit_passes_even_beside_others_and_a_body() -> None:
    head = (
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nX-A: " + b"a" * 3900 + b"\r\n\r\n"
    )
    async with serving(header_limit_bytes=4096) as place:
        client = await place.connect()
        await client.say((head + b"1" * 5000) * 5)

        assert [await client.status() for _ in range(5)] == [200] * 5


@pytest.mark.requirement("S87")
async def test_a_large_head_behind_a_small_request_is_refused_after_its_answer() -> None:
    large = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 5000 + b"\r\n\r\n"
    async with serving(header_limit_bytes=4096) as place:
        client = await place.connect()
        await client.say(GET)
        assert await client.status() == 200
        await client.say(large)

        assert (await client.rest()).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A\x00: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\x00c\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: b\r\n\r\n",
        # Two readings of where the body ends: request smuggling, RFC 9112 §6.3.
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n1234",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_garbage_gets_400_and_is_cut_off(garbage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(garbage)

        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


async def test_garbage_behind_a_request_never_enters_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1))
        await place.entered.wait()
        await client.say(b"\x00garbage\r\n\r\n")

        assert await client.rest() == b""


async def test_garbage_behind_waiting_requests_is_no_answer_to_them(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1) + GET + b"\x00garbage\r\n\r\n")

        assert await client.rest() == b""


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(GET * 20)

        assert [await client.status() for _ in range(20)] == [200] * 20


async def test_an_upgrade_is_ignored_and_the_connection_ends_with_its_answer() -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n")
        received = await client.rest()

        assert received.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in received


async def test_a_former_protocol_version_is_answered() -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(b"GET / HTTP/1.0\r\n\r\n")

        assert (await client.rest()).endswith(b"hello")


async def test_answers_name_no_server_and_carry_a_date() -> None:
    async with serving() as place:
        client = await place.connect()
        await client.say(GET)
        head = (await client.reader.readuntil(b"\r\n\r\n")).lower()

        assert b"\r\nserver:" not in head
        assert b"\r\ndate:" in head


async def test_both_loopback_addresses_answer() -> None:
    async with serving() as place:
        for listener in place.sockets:
            client = await place.connect(listener.getsockname()[0])
            await client.say(GET)

            assert await client.status() == 200


async def test_a_taken_port_is_an_error() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(OSError, match=r"[Aa]ddress already in use"):
        listen_on_loopback(taken.getsockname()[1])


async def test_a_port_that_is_taken_on_ipv6_alone_is_an_error_too() -> None:
    with listen("::1", 0) as taken, pytest.raises(OSError, match=r"[Aa]ddress already in use"):
        listen_on_loopback(taken.getsockname()[1])


async def test_without_ipv6_one_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ipv6(family: int, *args: Any, **kwargs: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return original(family, *args, **kwargs)

    original = socket.socket
    monkeypatch.setattr("socket.socket", no_ipv6)
    [only] = listen_on_loopback(0)
    with only:
        assert only.family == socket.AF_INET


async def test_the_drain_flips_readiness_first_then_lets_open_requests_finish() -> None:
    async with serving(notice_seconds=LONG) as place:
        client, idle = await place.connect(), await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1))
        await place.entered.wait()
        place.stop.request()
        await until(lambda: _value(place.drain.is_draining), what="readiness to flip")
        # Load balancers still come, and learn that the connection ends here.
        late = await place.connect()
        await late.say(GET)
        assert b"connection: close" in await late.rest()
        place.stop.hurry()
        assert await idle.rest() == b""
        assert place.events == ["started"]
        place.gate.set()

        assert await client.status() == 200
        assert await client.rest() == b""
    assert place.events == ["started", "ended"]


async def test_after_the_drain_time_open_requests_are_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(drain_seconds=SHORT) as place:
        client = await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1))
        await place.entered.wait()
        place.stop.hurry()

        received = await client.rest()

    assert b"done" not in received
    assert place.events == ["started", "ended"]


async def test_a_second_interrupt_waits_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(drain_seconds=LONG) as place:
        client = await place.connect()
        await client.say(GET.replace(b"/", b"/slow", 1))
        await place.entered.wait()
        place.stop.hurry()
        place.stop.hurry()

        assert b"done" not in await client.rest()
    assert place.events == ["started", "ended"]


async def test_several_sites_start_in_order_and_share_the_end() -> None:
    first, second = Place(settings()), Place(settings())
    second.events = first.events
    stop = Stop()
    sites = [Site(app=place.app(), sockets=place.sockets) for place in (first, second)]
    await serve_until(stop, sites, settings(), drain=Drain(), on_ready=stop.hurry)

    assert first.events == ["started", "started", "ended", "ended"]


async def test_a_site_that_cannot_start_ends_the_others(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Any]:
        missing: dict[str, str] = {}
        yield missing["root key"]

    place = Place(settings())
    broken = listen_on_loopback(0)
    sites = [
        Site(app=place.app(), sockets=place.sockets),
        Site(app=Starlette(lifespan=lifespan), sockets=broken),
    ]

    with pytest.raises(StartFailed):
        await serve_until(Stop(), sites, settings(), drain=Drain())

    assert place.events == ["started", "ended"]
    assert [listener.fileno() for listener in broken] == [-1] * len(broken)


def _value(value: bool) -> Awaitable[bool]:
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
