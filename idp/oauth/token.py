"""The token endpoint: RFC 6749 §3.2. It owns the phases that all grants share, so no grant can forget one.

Parse, refuse repeats, pick the grant, load; then Authlib decides over the facts; then the effects are applied. If
somebody else redeemed the same value meanwhile, the request is loaded and decided again, and finds it used.
"""

from dataclasses import replace

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from idp.oauth.authlib_server import Request as AuthlibRequest
from idp.oauth.endpoint import TRIES, Authority, decide_refusal, look_again, read_facts, report, too_contended
from idp.oauth.facts import TokenFacts
from idp.oauth.grants import GRANTS, GrantModule
from idp.oauth.outcome import Outcome, refusal
from idp.oidc.answer_format import key_for
from idp.signing.public_keys import PublicKey
from idp.spec.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    ProtocolError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp.spec.token_value import read_token

_GRANTS = {grant.GRANT_TYPE: grant for grant in GRANTS}


class TokenEndpoint:
    """An ASGI application."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._request = AuthlibRequest(f"{authority.settings.issuer}/token")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        facts: TokenFacts | None = None
        try:
            facts = await read_facts(self._authority, request)
            outcome = await self._answer(request, facts, _grant_of(facts))
        except ProtocolError as error:
            outcome = decide_refusal(error, None, request)
        report(self._authority, outcome, facts)
        if facts is not None and outcome.error is None:
            self._authority.metrics.token_issued(facts.form["grant_type"])
        await outcome.answer(scope, receive, send)

    async def _answer(self, request: Request, facts: TokenFacts, grant: GrantModule) -> Outcome:
        value = read_token(facts.form.get(grant.VALUE, "")) if grant.VALUE else None
        if value is not None:
            facts = replace(facts, value=value, encryption_key=await self._encryption_key(facts))
        for tried in range(TRIES):
            facts = await look_again(self._authority, facts, tried)
            rows = await grant.load(self._authority, facts)
            outcome = self._decide(request, replace(facts, **rows) if rows else facts, grant)
            if await self._authority.database.apply(outcome.effects):
                return outcome
        return refusal(too_contended())

    async def _encryption_key(self, facts: TokenFacts) -> PublicKey | None:
        """What the ID token that may come of the request will be encrypted to."""
        client = facts.client
        if client is None:
            return None
        encryption = client.id_token_encrypted_response_alg
        return await key_for(self._authority.client_keys, client, encryption, facts.now)

    def _decide(self, request: Request, facts: TokenFacts, grant: GrantModule) -> Outcome:
        """The one boundary: a protocol error is an outcome too, with the effects that it carries."""
        server = self._authority.server.for_request(facts)
        try:
            handler = grant.Grant(self._request.with_form(facts.form), server)
            handler.validate_token_request()
            answer = server.handle_response(*handler.create_token_response())
        except ProtocolError as error:
            return decide_refusal(error, server, request)
        except OAuth2Error as error:
            return decide_refusal(_translated(error), server, request)
        return Outcome(answer=answer, effects=tuple(server.effects))


def _grant_of(facts: TokenFacts) -> GrantModule:
    grant_type = facts.form.get("grant_type", "")
    if not grant_type:
        raise InvalidRequest("grant_type is missing")
    if grant_type not in _GRANTS:
        raise UnsupportedGrantType(f"grant_type {grant_type} is not supported")
    return _GRANTS[grant_type]


def _translated(error: OAuth2Error) -> ProtocolError:
    """Authlib's own refusals, as ours."""
    known: dict[str, type[ProtocolError]] = {
        "unauthorized_client": UnauthorizedClient,
        "invalid_scope": InvalidScope,
        "invalid_grant": InvalidGrant,
    }
    return known.get(error.error or "", InvalidRequest)(error.description or "")
