"""What anybody may read and keep for a while: discovery metadata and the JWKS. Prepared answers, with an ETag."""

import hashlib
import json

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import Settings
from idp.oauth.metadata import encoded
from idp.records.ports import Clock
from idp.resource.description import description, metadata_path
from idp.signing.jwks import Jwks
from idp.signing.keyring import Keyring

_METADATA_SECONDS = 3_600


class Document:
    """An ASGI application: the document, or nothing for whoever has it already (RFC 9110 §13.1.2)."""

    def __init__(self, body: bytes, *, media_type: str, cache_control: str, etag: str) -> None:
        headers = {"cache-control": cache_control, "etag": etag}
        self._etag = etag.encode()
        self._whole = Response(body, headers=headers, media_type=media_type)
        self._unchanged = Response(status_code=304, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_held = any(name == b"if-none-match" and self._etag in value for name, value in scope["headers"])
        await (self._unchanged if is_held else self._whole)(scope, receive, send)


def metadata_document(settings: Settings) -> Document:
    """Nothing in it changes while a process lives."""
    return _document(encoded(settings))


def _document(body: bytes) -> Document:
    return Document(
        body,
        media_type="application/json",
        cache_control=f"public, max-age={_METADATA_SECONDS}",
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )


def own_api_document(settings: Settings) -> tuple[str, Document]:
    """How our own API describes itself (RFC 9728), and where."""
    api = settings.own_api
    described = description(
        resource=api.identifier,
        issuer=settings.issuer,
        scopes=api.scopes,
        name=f"{settings.brand.name} API",
        documentation=settings.discovery.documentation_url,
    )
    return metadata_path(api.identifier), _document(json.dumps(described, separators=(",", ":")).encode())


class JwksEndpoint:
    """An ASGI application."""

    def __init__(self, *, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock
        self._prepare(keyring.jwks())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._keyring.refresh(self._clock.now())
        jwks = self._keyring.jwks()
        if jwks is not self._jwks:
            self._prepare(jwks)
        await self._document(scope, receive, send)

    def _prepare(self, jwks: Jwks) -> None:
        self._jwks = jwks
        self._document = Document(
            jwks.body,
            media_type="application/jwk-set+json",
            cache_control=jwks.cache_control,
            etag=jwks.etag,
        )
