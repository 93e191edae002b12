"""What a decision comes to: the answer, and the effects to commit before it is sent.

A protocol error has effects too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from idp.spec.errors import ProtocolError, TooManyRequests
from idp.store.statement import Effect

_encode = json.JSONEncoder(separators=(",", ":")).encode
# RFC 6749 §5.1: neither tokens nor what is said about them may be stored.
_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON answer, an ASGI application. `body` is None for an empty one; names of `headers` are lower-case."""

    status: int
    body: Mapping[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = b"" if self.body is None else _encode(self.body).encode()
        own = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        headers = [*_HEADERS, (b"content-length", b"%d" % len(content)), *own]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`error` is the protocol error behind the answer, for the log and the metrics."""

    answer: Answer
    effects: tuple[Effect, ...] = ()
    error: ProtocolError | None = None


def refusal(error: ProtocolError, *, effects: tuple[Effect, ...] = (), scheme: str = "") -> Outcome:
    """The answer to a protocol error. `scheme` is the authentication scheme that a 401 names (RFC 6749 §5.2)."""
    headers: dict[str, str] = {}
    if error.status == 401 and scheme:
        headers["www-authenticate"] = f'{scheme} realm="idp", error="{error.code}"'
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.wait_seconds)
    return Outcome(
        answer=Answer(status=error.status, body=error.body(), headers=headers), effects=effects, error=error
    )
