"""One HTTP/1.1 connection, with the deadlines and limits that uvicorn lacks (S87, S89).

A client that is slow to send a head or a body, or sends too large a head, loses its connection; so does one
that sends what llhttp finds malformed. Bodies are counted by `web/edge.py`.
RFC 9112; RFC 9110 §15.5.9 (408); RFC 6585 §5 (431).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from idp.config.settings import Server
from idp.web.headers import base_headers
from idp.web.uploads import UPLOAD_SECONDS, takes_files

MOST_HEADERS = 100
KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep an idle connection (nginx: 60), so that none sends into one that just closed."""


@dataclass(slots=True, kw_only=True)
class Drain:
    """Whether this process is on its way out. Readiness then says no, and connections end with their answer."""

    is_draining: bool = False


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, carrying ours to each connection."""

    def __init__(self, app: ASGIApp, *, limits: Server, drain: Drain, https: bool) -> None:
        super().__init__(
            app,
            http=Connection,
            ws="none",
            lifespan="on",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # It would believe all of loopback; `web/address.py` asks the settings.
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=limits.drain_seconds,
        )
        self.limits = limits
        self.drain = drain
        self.refusals = {status: _refusal(status, https=https) for status in (400, 408, 431)}


class HeadTooLarge(Exception):
    """Stops the parser. uvicorn turns it into a call of `send_400_response`."""


class Connection(HttpToolsProtocol):
    """Adds one timer, armed only while the rest of a head or a body is awaited: a request that arrives in one
    piece never pays for it. The pause between requests is uvicorn's own timer's.
    """

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # None until the first head is complete.

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._config = config
        self._in_head = False
        self._in_body = False
        self._chunk_bytes = 0
        self._arrived_bytes = (
            0  # Since the last message ended: the whole of a head, if that is what we are in.
        )
        self._refused_status = 400
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._chunk_bytes = len(data)
        self._arrived_bytes += self._chunk_bytes
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_body:
            self._arm(self._body_seconds(), self._refuse_slow_body)
        elif self._in_head or self.cycle is None or self.cycle.response_complete:
            # Idle counts too: line ends before a request silence uvicorn's timer without beginning a message.
            if self._arrived_bytes > self._config.limits.header_limit_bytes:
                self._refuse(431)
            else:
                self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._disarm()
        if len(self.headers) > MOST_HEADERS or self._is_head_too_large():
            self._refused_status = 431
            raise HeadTooLarge
        super().on_headers_complete()
        self._in_body = True
        if self.cycle and (self._config.drain.is_draining or self.parser.should_upgrade()):
            # We ignore Upgrade, but llhttp reads nothing after it.
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._in_body = False
        self._arrived_bytes = 0
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refused_status)

    def _unsupported_upgrade_warning(self) -> None:
        """Clients that speak HTTP/2 offer it with every request: nothing to warn of."""

    def timeout_keep_alive_handler(self) -> None:
        # Closing would wait until the client has read its answer; one that never reads would stay for ever.
        self.transport.abort()

    def _is_head_too_large(self) -> bool:
        limit = self._config.limits.header_limit_bytes
        if self._arrived_bytes <= limit and self._chunk_bytes <= limit:
            return False
        # Bodies and pipelined requests arrived with it: count exactly, with ": " and line ends.
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > limit

    def _body_seconds(self) -> float:
        limits = self._config.limits
        is_upload = takes_files(self.scope["method"], self.scope["path"])
        return (
            max(UPLOAD_SECONDS, limits.body_deadline_seconds) if is_upload else limits.body_deadline_seconds
        )

    def _await_head(self) -> None:
        self._arm(self._config.limits.header_deadline_seconds, self.transport.close)

    def _arm(self, seconds: float, callback: Callable[[], None]) -> None:
        if self._deadline is None:  # More bytes don't buy more time.
            self._deadline = self.loop.call_later(seconds, callback)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse_slow_body(self) -> None:
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        if self._is_next_to_answer():
            self.transport.write(self._config.refusals[status])
        self.transport.close()

    def _is_next_to_answer(self) -> bool:
        """Whether bytes written now are read as the answer to the message at hand, and to no earlier one."""
        if self.pipeline:
            return False
        if self.cycle is None:
            return True
        return not self.cycle.response_started if self._in_body else self.cycle.response_complete


def _refusal(status: int, *, https: bool) -> bytes:
    body = f'{{"error": "invalid_request", "error_description": "{HTTPStatus(status).phrase}"}}'.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *base_headers(https=https),
    ]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])
