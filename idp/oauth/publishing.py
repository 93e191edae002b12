"""What anybody may read and keep for a while: discovery metadata and the JWKS. Prepared bytes, with an ETag."""

import hashlib
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import Settings
from idp.oauth.metadata import encoded
from idp.records.ports import Clock
from idp.signing.keyring import Keyring

_METADATA_SECONDS = 3_600


class MetadataEndpoint:
    """An ASGI application."""

    def __init__(self, settings: Settings) -> None:
        self._body = encoded(settings)
        self._etag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"cache-control": f"public, max-age={_METADATA_SECONDS}", "etag": self._etag}
        response = _published(scope, self._body, "application/json", headers, self._etag)
        await response(scope, receive, send)


@dataclass(frozen=True, slots=True, kw_only=True)
class JwksEndpoint:
    """An ASGI application."""

    keyring: Keyring
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.keyring.refresh(self.clock.now())
        jwks = self.keyring.jwks()
        headers = {"cache-control": jwks.cache_control, "etag": jwks.etag}
        response = _published(scope, jwks.body, "application/jwk-set+json", headers, jwks.etag)
        await response(scope, receive, send)


def _published(scope: Scope, body: bytes, media_type: str, headers: dict[str, str], etag: str) -> Response:
    if etag in Headers(scope=scope).get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
