"""A client that costs less than what it measures: prepared bytes over kept-open connections, answers kept as bytes.

`burst` sends the next request as soon as one is answered, `paced` at a fixed rate whatever the answers do; its times
count from when a request was due, so a server that stalls can't hide the requests that it kept waiting.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """The first value of a header. Raises KeyError."""
        found = re.search(rb"\r\n" + name.encode() + rb": ([^\r]*)", self.head, re.IGNORECASE)
        if found is None:
            raise KeyError(name)
        return found[1].decode()

    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        pairs = re.findall(rb"\r\nset-cookie: ([^=;]+)=([^;\r]*)", self.head, re.IGNORECASE)
        return {name.decode(): value.decode() for name, value in pairs}


class UnexpectedAnswer(Exception):
    """The server answered something else than what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where requests go: a port of loopback, and the Host header that it wants."""

    port: int
    host: str

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> bytes:
        return self._request("GET", target, headers or {}, b"")

    def post(self, target: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
        body = urlencode(form).encode()
        length = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        return self._request("POST", target, {**length, **(headers or {})}, body)

    def _request(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = [f"{method} {target} HTTP/1.1", f"host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def burst(
    site: Site,
    requests: Sequence[bytes],
    *,
    connections: int,
    expects: int,
    when_warm: Callable[[], None] | None = None,
) -> list[Answer]:
    """Every answer, in the order of the requests. With `when_warm`, each connection is answered something first, then
    that is called, then the requests begin. Raises UnexpectedAnswer.
    """
    answers: list[Answer | None] = [None] * len(requests)
    todo = iter(range(len(requests)))
    opened = [await _connect(site) for _ in range(min(connections, len(requests)))]

    async def work(connection: _Connection) -> None:
        for number in todo:
            answers[number] = await connection.ask(requests[number], perf_counter())
        connection.close()

    if when_warm is not None:
        await asyncio.gather(*(one.ask(site.get("/nothing"), perf_counter()) for one in opened))
        when_warm()
    await asyncio.gather(*(work(connection) for connection in opened))
    return _checked([answer for answer in answers if answer is not None], expects)


async def paced(
    site: Site, requests: Iterator[bytes], *, rate: float, seconds: float, connections: int, expects: int
) -> list[Answer]:
    """The answers to `rate` requests a second for `seconds`."""
    idle: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(await _connect(site))
    answers: list[Answer] = []

    async def ask(request: bytes, due_at: float) -> None:
        connection = await idle.get()
        answers.append(await connection.ask(request, due_at))
        idle.put_nowait(connection)

    began = perf_counter()
    async with asyncio.TaskGroup() as asking:
        for number in range(int(rate * seconds)):
            due_at = began + number / rate
            await asyncio.sleep(max(0.0, due_at - perf_counter()))
            asking.create_task(ask(next(requests), due_at))
    while not idle.empty():
        idle.get_nowait().close()
    return _checked(answers, expects)


def _checked(answers: list[Answer], expects: int) -> list[Answer]:
    for answer in answers:
        if answer.status != expects:
            text = (answer.head + answer.body).decode()[:1_000]
            raise UnexpectedAnswer(f"{answer.status} instead of {expects}: {text}")
    return answers


async def _connect(site: Site) -> "_Connection":
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(_Connection, "127.0.0.1", site.port)
    return connection


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._data = b""
        self._answered: asyncio.Future[Answer] | None = None
        self._began = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    async def ask(self, request: bytes, began: float) -> Answer:
        self._began = began
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(_END)
        if not end or self._answered is None:
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return
        self._data = b""
        answer = Answer(status=int(head[9:12]), head=head, body=body, seconds=perf_counter() - self._began)
        self._answered.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            with suppress(asyncio.InvalidStateError):
                self._answered.set_exception(UnexpectedAnswer(f"the connection closed: {exc}"))
