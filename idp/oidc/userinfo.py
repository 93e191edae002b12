"""Userinfo: OpenID Connect Core §5.3, with bearer tokens of RFC 6750 by header, or by form where it is posted."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.oidc.access_token import AccessTokens
from idp.oidc.bearer import NO_STORE, challenge, presented_token
from idp.oidc.claims import asked_claims, scope_claims
from idp.records.ports import Clock
from idp.spec.claims_request import read_claims_request
from idp.spec.errors import InsufficientScope, InvalidToken, ProtocolError
from idp.spec.scope import OPENID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserinfoEndpoint:
    """An ASGI application."""

    access_tokens: AccessTokens
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            token = await presented_token(request)
            response: Response = await self._answer(token) if token else challenge(None, scope=OPENID)
        except ProtocolError as error:
            response = challenge(error, scope=OPENID)
        await response(scope, receive, send)

    async def _answer(self, token: str) -> Response:
        now = self.clock.now()
        found = await self.access_tokens.find(token, now)
        if found is None or not found.is_alive(now):
            raise InvalidToken("the access token is unknown, expired or revoked")
        if found.issued is None or found.issued.person is None or OPENID not in found.scopes:
            raise InsufficientScope("the access token was not issued with the scope openid")
        person, family = found.issued.person, found.issued.family
        asked = read_claims_request(family.claims).userinfo
        claims = scope_claims(person, found.scopes) | asked_claims(person, asked) | {"sub": family.sub}
        return JSONResponse(claims, headers=NO_STORE)
