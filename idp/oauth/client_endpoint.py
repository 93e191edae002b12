"""An endpoint of Authlib's (revocation, introspection) over facts: client first, then the token, then the effects."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.oauth.authlib_server import Request as AuthlibRequest
from idp.oauth.authlib_server import Server
from idp.oauth.endpoint import TRIES, Authority, decide_refusal, look_again, read_facts, report, too_contended
from idp.oauth.facts import TokenFacts
from idp.oauth.held_token import load_held
from idp.oauth.outcome import Outcome, refusal
from idp.spec.errors import InvalidRequest, ProtocolError


class ClientEndpoint:
    """An ASGI application. `handler` is built for each request, since Authlib's endpoints are shared otherwise."""

    def __init__(self, authority: Authority, path: str, handler: type[Any]) -> None:
        self._authority = authority
        self._request = AuthlibRequest(f"{authority.settings.issuer}{path}")
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        facts: TokenFacts | None = None
        try:
            facts = await read_facts(self._authority, request)
            outcome = await self._answer(request, facts)
        except ProtocolError as error:
            outcome = decide_refusal(error, None, request)
        report(self._authority, outcome, facts)
        if outcome.answer.body is not None and "active" in outcome.answer.body:
            self._authority.metrics.introspected(active=outcome.answer.body["active"])
        answer = await self._dressed(request, facts, outcome)
        await answer(scope, receive, send)

    async def _dressed(self, request: Request, facts: TokenFacts | None, outcome: Outcome) -> ASGIApp:
        """The answer in the form that the client wants."""
        return outcome.answer

    async def _answer(self, request: Request, facts: TokenFacts) -> Outcome:
        for tried in range(TRIES):
            facts = await load_held(self._authority, await look_again(self._authority, facts, tried))
            outcome = self._decide(request, facts)
            if await self._authority.database.apply(outcome.effects):
                return outcome
        return refusal(too_contended())

    def _decide(self, request: Request, facts: TokenFacts) -> Outcome:
        server: Server = self._authority.server.for_request(facts)
        try:
            handler = self._handler(server)
            answer = server.handle_response(
                *handler.create_endpoint_response(self._request.with_form(facts.form))
            )
        except ProtocolError as error:
            return decide_refusal(error, server, request)
        except OAuth2Error as error:
            return decide_refusal(InvalidRequest(error.description or ""), server, request)
        return Outcome(answer=answer, effects=tuple(server.effects))
