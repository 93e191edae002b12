"""Introspection for whoever wants it signed: RFC 9701. A resource server asks by its Accept header (§4)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from idp.oauth.client_endpoint import ClientEndpoint
from idp.oauth.endpoint import decide_refusal
from idp.oauth.facts import TokenFacts
from idp.oauth.outcome import Outcome
from idp.oidc.answer_format import introspection_format, key_for, write_answer
from idp.records.client import Client
from idp.spec.errors import InvalidClientMetadata

MEDIA_TYPE = "application/token-introspection+jwt"
_TYPE = "token-introspection+jwt"
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


class IntrospectEndpoint(ClientEndpoint):
    """An ASGI application."""

    async def _dressed(self, request: Request, facts: TokenFacts | None, outcome: Outcome) -> ASGIApp:
        client, body = facts.client if facts else None, outcome.answer.body
        if facts is None or client is None or outcome.error is not None or not _wants_jwt(request):
            return outcome.answer
        assert body is not None  # An introspection always says something.
        try:
            answer = await self._signed(client, dict(body), facts.now)
        except InvalidClientMetadata as error:
            return decide_refusal(error, None, request).answer
        return Response(answer, headers=_NO_STORE, media_type=MEDIA_TYPE)

    async def _signed(self, client: Client, body: dict[str, Any], now: int) -> str:
        """§5. The members of the token stay inside `token_introspection`, so that nobody takes the answer for a token.
        Raises InvalidClientMetadata where there is no key to encrypt to.
        """
        authority, form = self._authority, introspection_format(client)
        claims = {
            "iss": authority.settings.issuer,
            "aud": client.client_id,
            "iat": now,
            "token_introspection": body,
        }
        key = await key_for(authority.client_keys, client, form.encryption, now)
        return write_answer(authority.keyring, form, claims, key, typ=_TYPE)


def _wants_jwt(request: Request) -> bool:
    """Whether one of the media types that are accepted is this one by name: `*/*` gets JSON, as RFC 7662 has it."""
    for one in request.headers.get("accept", "").split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        if name == MEDIA_TYPE and not any(part.replace(" ", "") in ("q=0", "q=0.0") for part in parameters):
            return True
    return False
