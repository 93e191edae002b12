"""What a decision comes to: the answer, and the effects to commit before it is sent.

A protocol error has effects too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from idp.spec.errors import ProtocolError
from idp.store.statement import Effect

# RFC 6749 §5.1: neither tokens nor what is said about them may be stored.
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON answer. `body` is None for an empty one."""

    status: int
    body: Mapping[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        content = b"" if self.body is None else json.dumps(self.body, separators=(",", ":")).encode()
        return Response(
            content, self.status, headers={**NO_STORE, **self.headers}, media_type="application/json"
        )


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
    return Outcome(
        answer=Answer(status=error.status, body=error.body(), headers=headers), effects=effects, error=error
    )
