"""From bound sockets to a clean end: several applications in one event loop, one drain for all of them.

On SIGTERM readiness says no first, so that load balancers look elsewhere while we still answer; then the sockets close,
open requests finish, and the process ends. `web/protocol.py` is each connection, `web/workers.py` several processes.
"""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from idp.config.settings import Settings
from idp.web.protocol import Drain, ServerConfig

BACKLOG = 2048
_COLLECT_AFTER = (20_000, 10, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An application and the listening sockets that it answers on. Serving closes them."""

    app: ASGIApp
    sockets: Sequence[socket.socket]


class StartFailed(Exception):
    """An application's lifespan refused to start. The log says why."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The order to end. Each method may be called again."""

    requested: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    forced: asyncio.Event = field(default_factory=asyncio.Event)

    def request(self) -> None:
        """End; while readiness says no, keep answering for the notice period."""
        self.requested.set()

    def hurry(self) -> None:
        """End without a notice period. Said twice: don't wait for open requests either."""
        if self.hurried.is_set():
            self.forced.set()
        self.hurried.set()
        self.requested.set()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. `OSError` names what is wrong: the port is taken, the address isn't ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def listen_on_loopback(port: int) -> list[socket.socket]:
    """Sockets on 127.0.0.1 and ::1, or on the first alone where the machine has no IPv6. Port 0 picks one for both."""
    sockets = [listen("127.0.0.1", port)]
    try:
        sockets.append(listen("::1", sockets[0].getsockname()[1]))
    except OSError as error:
        if error.errno not in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}:
            sockets[0].close()
            raise
    return sockets


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs `main` to its end on the event loop that production uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve(
    sites: Sequence[Site],
    settings: Settings,
    *,
    drain: Drain,
    on_ready: Callable[[], None] = lambda: None,
    notice_seconds: float | None = None,
) -> None:
    """Serves until SIGTERM, SIGINT (which skips the notice period; twice, the drain too) or our supervisor's death."""
    stop = Stop()

    def ready() -> None:
        _keep_what_is_loaded()
        on_ready()

    with _signals(stop):
        await serve_until(stop, sites, settings, drain=drain, on_ready=ready, notice_seconds=notice_seconds)


async def serve_until(
    stop: Stop,
    sites: Sequence[Site],
    settings: Settings,
    *,
    drain: Drain,
    on_ready: Callable[[], None] = lambda: None,
    notice_seconds: float | None = None,
) -> None:
    """Starts the sites in order, calls `on_ready` when all of them answer, and ends them when `stop` says so.

    The notice period, a quarter of the drain time unless given, is part of `drain_seconds`. Raises `StartFailed`.
    """
    drain_seconds = settings.server.drain_seconds
    notice = drain_seconds / 4 if notice_seconds is None else notice_seconds
    servers = [_SiteServer(site, settings, drain) for site in sites]
    ticking: list[asyncio.Task[None]] = []
    try:
        for server in servers:
            await server.begin()
            ticking.append(asyncio.create_task(server.main_loop()))
        on_ready()
        await stop.requested.wait()
        drain.is_draining = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.hurried.wait(), notice)
    finally:
        forcing = asyncio.create_task(_force(stop, servers))
        await asyncio.gather(*(server.end() for server in servers))
        forcing.cancel()
        await asyncio.gather(*ticking)


def _keep_what_is_loaded() -> None:
    """Spare the garbage collector what lives as long as the process: it would look through all of it again and again.
    A request leaves hardly any cycles, so it need not look for them often either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


class _SiteServer(uvicorn.Server):
    """uvicorn's server in three steps, without its signal handlers, which would be one set for each site."""

    def __init__(self, site: Site, settings: Settings, drain: Drain) -> None:
        super().__init__(ServerConfig(site.app, limits=settings.server, drain=drain, https=settings.is_https))
        self._sockets = list(site.sockets)

    async def begin(self) -> None:
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        try:
            await self.startup(self._sockets)
        except SystemExit as error:
            raise StartFailed from error

    async def end(self) -> None:
        self.should_exit = True
        if self.started:
            await self.shutdown(self._sockets)
        for listener in self._sockets:
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends whatever is still open. The application's own end is not skipped: it closes the database."""
        for task in self.server_state.tasks:
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()


async def _force(stop: Stop, servers: Sequence["_SiteServer"]) -> None:
    await stop.forced.wait()
    for server in servers:
        server.cut()


@contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.request)
    loop.add_signal_handler(signal.SIGINT, stop.hurry)
    supervisor = parent_process()
    if supervisor is not None:
        loop.add_reader(supervisor.sentinel, stop.request)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)
        if supervisor is not None:
            loop.remove_reader(supervisor.sentinel)
