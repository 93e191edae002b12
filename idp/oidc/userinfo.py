"""Userinfo: OpenID Connect Core §5.3, with bearer tokens of RFC 6750 by header, or by form where it is posted."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.oidc.access_token import AccessTokens
from idp.oidc.claims import scope_claims
from idp.records.ports import Clock
from idp.spec.errors import InsufficientScope, InvalidRequest, InvalidToken, ProtocolError
from idp.spec.scope import OPENID
from idp.web.authorization import authorization_of
from idp.web.forms import FORM_TYPE, MalformedForm, read_parameters

_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserinfoEndpoint:
    """An ASGI application."""

    access_tokens: AccessTokens
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            token = await _presented(request)
            response: Response = await self._answer(token) if token else _challenge(None)
        except ProtocolError as error:
            response = _challenge(error)
        await response(scope, receive, send)

    async def _answer(self, token: str) -> Response:
        now = self.clock.now()
        found = await self.access_tokens.find(token, now)
        if found is None or not found.is_alive(now):
            raise InvalidToken("the access token is unknown, expired or revoked")
        if found.issued is None or found.issued.person is None or OPENID not in found.scopes:
            raise InsufficientScope("the access token was not issued with the scope openid")
        person = found.issued.person
        return JSONResponse({"sub": person.sub, **scope_claims(person, found.scopes)}, headers=_NO_STORE)


async def _presented(request: Request) -> str | None:
    """The one access token of the request, or None. RFC 6750 §2: header or form, never both, never the query."""
    authorization = authorization_of(request)
    scheme, _, from_header = authorization.partition(" ")
    if authorization and (scheme.lower() != "bearer" or not from_header.strip()):
        raise InvalidRequest("the Authorization header is not Bearer")
    from_form = await _posted(request) if request.method == "POST" else ""
    if "access_token" in request.query_params:
        raise InvalidRequest("an access token in the query would end up in logs")
    if from_header and from_form:
        raise InvalidRequest("the access token is sent more than once")
    return from_header.strip() or from_form or None


async def _posted(request: Request) -> str:
    if not request.headers.get("content-type", "").lower().startswith(FORM_TYPE):
        return ""
    try:
        form = await read_parameters(request)
    except MalformedForm as error:
        raise InvalidRequest(error.detail) from None
    if form.repeated():
        raise InvalidRequest("a parameter is sent more than once")
    return form.get("access_token", "")


def _challenge(error: ProtocolError | None) -> Response:
    """RFC 6750 §3: without a token only the scheme is named; with one, what was wrong with it."""
    if error is None:
        return Response(status_code=401, headers={"www-authenticate": 'Bearer realm="idp"', **_NO_STORE})
    parameters = ['realm="idp"', *(f'{name}="{value}"' for name, value in error.body().items())]
    if isinstance(error, InsufficientScope):
        parameters.append('scope="openid"')
    headers = {"www-authenticate": "Bearer " + ", ".join(parameters), **_NO_STORE}
    return JSONResponse(error.body(), error.status, headers=headers)
