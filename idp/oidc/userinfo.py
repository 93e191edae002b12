"""Userinfo: OpenID Connect Core §5.3, with bearer tokens of RFC 6750 by header, or by form where it is posted; with a
proof where they are bound to a key (`possession.py`).

JSON, or a JWT that is signed, encrypted or both, as the client registered (§5.3.2, `answer_format.py`).
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.clients.keys import ClientKeys
from idp.oidc.access_token import AccessTokens
from idp.oidc.answer_format import key_for, userinfo_format, write_answer
from idp.oidc.bearer import NO_STORE, PresentedToken, challenge, presented_token
from idp.oidc.claims import asked_claims, scope_claims
from idp.oidc.possession import Possession
from idp.records.client import Client
from idp.records.ports import Clock
from idp.signing.keyring import Keyring
from idp.spec.claims_request import read_claims_request
from idp.spec.errors import InsufficientScope, InvalidToken, ProtocolError
from idp.spec.scope import OPENID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserinfoEndpoint:
    """An ASGI application."""

    access_tokens: AccessTokens
    possession: Possession
    client_keys: ClientKeys
    keyring: Keyring
    issuer: str
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            token = await presented_token(request)
            response = await self._answer(request, token) if token else challenge(request, None, scope=OPENID)
        except ProtocolError as error:
            response = challenge(request, error, scope=OPENID)
        await response(scope, receive, send)

    async def _answer(self, request: Request, token: PresentedToken) -> Response:
        now = self.clock.now()
        found = await self.access_tokens.find(token.value, now)
        if found is None or not found.is_alive(now):
            raise InvalidToken("the access token is unknown, expired or revoked")
        await self.possession.check_held(request, token, found, now)
        if found.issued is None or found.issued.person is None or OPENID not in found.scopes:
            raise InsufficientScope("the access token was not issued with the scope openid")
        person, family = found.issued.person, found.issued.family
        asked = read_claims_request(family.claims).userinfo
        claims = scope_claims(person, found.scopes) | asked_claims(person, asked) | {"sub": family.sub}
        client = found.client
        assert client is not None  # Or the token would not be alive.
        form = userinfo_format(client)
        if not form.is_jwt:
            return JSONResponse(claims, headers=NO_STORE)
        key = await key_for(self.client_keys, client, form.encryption, now)
        answer = write_answer(self.keyring, form, self._addressed(claims, client), key)
        return Response(answer, headers=NO_STORE, media_type="application/jwt")

    def _addressed(self, claims: dict[str, Any], client: Client) -> dict[str, Any]:
        """§5.3.2: what leaves TLS says whose it is and for whom. Without times it is no ID token."""
        return {**claims, "iss": self.issuer, "aud": client.client_id}
