"""Cross-origin reading for browser applications: Fetch §3.2. Any origin may call, none with cookies.

Only for endpoints where a token or a client's own credentials decide, and for what is public. Never for the
authorization endpoint (S24), and never for a page.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization, content-type, dpop",
    "access-control-max-age": "7200",
}


class CrossOrigin:
    """Wraps an endpoint; `methods` are those that it answers."""

    def __init__(self, app: ASGIApp, *, methods: tuple[str, ...]) -> None:
        self._app = app
        self._methods = ", ".join(methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            response = Response(
                status_code=204, headers={**_PREFLIGHT, "access-control-allow-methods": self._methods}
            )
            await response(scope, receive, send)
            return
        if not any(name == b"origin" for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["access-control-allow-origin"] = "*"
                headers["access-control-expose-headers"] = "dpop-nonce, www-authenticate"
            await send(message)

        await self._app(scope, receive, shared)
