"""The edge: the first and last of our code that a request meets.

It refuses what no endpoint should see (S81, S82, S87), and gives every answer its correlation id and
`base_headers`. Deadlines and the size of the head are `web/protocol.py`'s, which knows the connection.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from json import dumps
from time import perf_counter
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.config.settings import Settings
from idp.records.ports import Entropy
from idp.web.address import UNKNOWN, Address, TrustedProxies
from idp.web.certificate import handed_on
from idp.web.headers import base_headers
from idp.web.host import allowed_hosts
from idp.web.uploads import most_body_bytes, takes_files

Observer = Callable[[Scope, int, float], None]
"""Told of every answer: its scope, its status (499 if the client left first), the seconds it took."""

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")
"""The correlation id, for log lines. It follows a request into the tasks that it starts."""


def request_id_of(connection: HTTPConnection) -> str:
    """The correlation id: 16 hexadecimal digits that the log, X-Request-Id and the error page share."""
    return str(connection.scope["state"]["request_id"])


def address_of(connection: HTTPConnection) -> Address:
    """The client's address, seen through trusted proxies."""
    address: Address = connection.scope["state"]["address"]
    return address


def route_of(scope: Scope) -> str:
    """The template of the route that took the request (`/enrol/{link}`), or "" before or without one."""
    return getattr(scope.get("route"), "path", "")


class BodyTooLarge(HTTPException):
    """A body is past the limit. Raised by `receive`, inside whoever reads the body, where nobody knew before or where a
    person is to get a page for an answer.
    """

    def __init__(self) -> None:
        super().__init__(413, "The body is too large.")


class Edge:
    """Wraps the whole application."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, entropy: Entropy, observers: Sequence[Observer] = ()
    ) -> None:
        self._app = app
        self._entropy = entropy
        self._observers = tuple(observers)
        self._hosts = allowed_hosts(settings.issuer, (*settings.server.hosts, *_mtls_hosts(settings)))
        self._proxies = TrustedProxies(settings.server.trusted_proxies)
        self._certificate_header = settings.mtls.header.lower().encode()
        self._certificate_format = settings.mtls.format
        self._body_limit = settings.server.body_limit_bytes
        self._upload_limit = most_body_bytes(settings.recovery.document_bytes)
        self._base_headers = base_headers(https=settings.is_https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_at = perf_counter()
        request_id = self._entropy.token_bytes(8).hex()
        current_request_id.set(request_id)
        status = 499

        def answer(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._completed(message["headers"], request_id)
            return send(message)

        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        fields = dict(scope["headers"])
        state["address"] = self._client(scope, fields)
        try:
            if refusal := self._refusal(scope, fields):
                if refusal is _TOO_LARGE and b"text/html" in fields.get(b"accept", b""):
                    await self._app(scope, _unread, answer)
                else:
                    await _refuse(refusal, request_id, answer)
            elif b"transfer-encoding" in fields:
                await self._app(scope, _limited(receive, self._limit(scope)), answer)
            else:
                await self._app(scope, receive, answer)
        finally:
            seconds = perf_counter() - started_at
            for observe in self._observers:
                observe(scope, status, seconds)

    def _client(self, scope: Scope, fields: dict[bytes, bytes]) -> Address:
        peer = scope.get("client")
        if peer is None:
            return UNKNOWN
        if peer[0] in self._proxies and fields.get(b"x-forwarded-proto") in {b"http", b"https"}:
            scope["scheme"] = fields[b"x-forwarded-proto"].decode()
        return self._proxies.client(
            peer[0], [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        )

    def _refusal(self, scope: Scope, fields: dict[bytes, bytes]) -> "Refusal | None":
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_ours = len(hosts) == 1 and hosts[0].lower() in self._hosts  # RFC 9112 §3.2
        if not is_ours and scope["path"] not in _PROBES:
            return _FOREIGN_HOST
        if not is_sane_path(scope.get("raw_path") or scope["path"].encode()):
            return _MALFORMED_PATH
        if self._certificate_header and self._certificate_header in fields:
            if scope.get("client") is None or scope["client"][0] not in self._proxies:
                return _FOREIGN_CERTIFICATE
            scope["state"]["certificate"] = handed_on(
                self._certificate_format, self._certificate_header, scope["headers"]
            )
        length = fields.get(b"content-length")
        if length is not None:
            if not length.isdigit() or len(length) > _LONGEST_LENGTH:
                return _MALFORMED_LENGTH
            if int(length) > self._body_limit and not takes_files(scope["method"], scope["path"]):
                return _TOO_LARGE  # Who sends too large a file is told so by the page that it came from.
        return None

    def _limit(self, scope: Scope) -> int:
        return self._upload_limit if takes_files(scope["method"], scope["path"]) else self._body_limit

    def _completed(self, headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
        # A new list: an answer that is built once and sent often keeps its own.
        names = {name for name, _ in headers}
        return [
            *headers,
            *[header for header in self._base_headers if header[0] not in names],
            (b"x-request-id", request_id.encode()),
        ]


def _mtls_hosts(settings: Settings) -> tuple[str, ...]:
    """The host where the proxy asks for certificates, if it is one of its own."""
    return (urlsplit(settings.mtls.origin).netloc,) if settings.mtls.origin else ()


class Refusal(NamedTuple):
    status: int
    description: str


_FOREIGN_HOST = Refusal(400, "The Host header does not name this server.")
_MALFORMED_PATH = Refusal(400, "The path is malformed.")
_FOREIGN_CERTIFICATE = Refusal(400, "The header of client certificates comes from the proxy alone.")
_MALFORMED_LENGTH = Refusal(400, "The Content-Length header is malformed.")
_TOO_LARGE = Refusal(413, "The body is too large.")
_LONGEST_LENGTH = 18
# Load balancers ask by address, some without any Host. Their answers name no URL, so no host can be forged into one.
_PROBES = frozenset({"/healthz", "/readyz"})

_ORDINARY_PATH = re.compile(rb"(?:/(?:[A-Za-z0-9_~-]|\.well-known(?=/))[A-Za-z0-9._~-]*)+/?|/")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f\\]|//|/\.{1,2}(?:/|$)")


def is_sane_path(raw_path: bytes) -> bool:
    """Whether a path means the same to us and to every proxy before us: rooted, valid UTF-8, and free of control
    characters, backslashes, empty and dot segments, also when they are percent-encoded.
    """
    if _ORDINARY_PATH.fullmatch(raw_path):
        return True
    try:
        path = unquote_to_bytes(raw_path).decode()
    except UnicodeDecodeError:
        return False
    return path.startswith("/") and not _UNWANTED.search(path)


async def _refuse(refusal: Refusal, request_id: str, send: Callable[[Message], Awaitable[None]]) -> None:
    body = dumps(
        {"error": "invalid_request", "error_description": refusal.description, "reference": request_id}
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _unread() -> Message:
    raise BodyTooLarge


def _limited(receive: Receive, limit: int) -> Receive:
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise BodyTooLarge
        return message

    return receive_limited
