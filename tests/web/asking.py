"""An edge around a small application, and requests to it through ASGI alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.adapters.entropy import SystemEntropy
from idp.config.settings import Server, Settings
from idp.web.edge import Edge, Observer

ISSUER = "http://localhost:21100"
HOST = b"localhost:21100"


def settings(issuer: str = ISSUER, **server: Any) -> Settings:
    return Settings(issuer=issuer, server=replace(Server(), **server))


def edge(app: ASGIApp, given: Settings | None = None, observers: Sequence[Observer] = ()) -> Edge:
    return Edge(app, settings=given or settings(), entropy=SystemEntropy(), observers=observers)


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers any request with its body."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came back, and what the application saw."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    scope: Scope

    def header(self, name: str) -> str | None:
        values = [value.decode() for other, value in self.headers if other == name.encode()]
        assert len(values) <= 1, f"{name} stands there {len(values)} times"
        return values[0] if values else None


async def ask(
    app: ASGIApp,
    path: str = "/",
    *,
    method: str = "GET",
    raw_path: bytes | None = None,
    hosts: Sequence[bytes] = (HOST,),
    headers: Mapping[bytes, bytes] | Sequence[tuple[bytes, bytes]] = (),
    client: tuple[str, int] | None = ("192.0.2.1", 5000),
    chunks: Sequence[bytes] = (b"",),
) -> Answer:
    given = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode() if raw_path is None else raw_path,
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("localhost", 21100),
        "client": client,
        "headers": [*((b"host", host) for host in hosts), *given],
        "state": {},
    }
    answer = Answer(scope=scope)
    waiting = list(chunks)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
