"""The header DPoP-Nonce: RFC 9449 §8.2. Every answer to a request with a proof has it, so that a client always knows
the nonce for its next one, whatever became of this.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.records.ports import Clock
from idp.signing.nonces import Nonces
from idp.spec.dpop import NONCE_HEADER, PROOF_HEADER

_PROOF = PROOF_HEADER.encode()


class GivesNonce:
    """Wraps an endpoint that looks at proofs."""

    def __init__(self, app: ASGIApp, *, nonces: Nonces, clock: Clock) -> None:
        self._app = app
        self._nonces = nonces
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not any(name == _PROOF for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return

        async def with_nonce(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[NONCE_HEADER] = self._nonces.current(self._clock.now())
            await send(message)

        await self._app(scope, receive, with_nonce)
