"""The pushed authorization request endpoint: RFC 9126.

A client authenticates as at the token endpoint and asks what it would ask by the browser. Everything is checked that
can be checked before somebody comes; what was stored is told by a reference, of which we keep a digest. Who pushes with
a DPoP proof binds the code to its key (RFC 9449 §10.1).
"""

import json

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from idp.oauth.asked import Untrusted, check_asked, check_redirect_uri, kept_parameters
from idp.oauth.authlib_server import Request as AuthlibRequest
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import TRIES, Authority, decide_refusal, look_again, read_facts, report, too_contended
from idp.oauth.facts import TokenFacts
from idp.oauth.outcome import Answer, Outcome, refusal
from idp.oauth.pushed import URN
from idp.oauth.request_object import BY_REFERENCE, BY_VALUE, RequestObjects
from idp.records.client import Client
from idp.spec.errors import InvalidRequest, ProtocolError
from idp.spec.token_value import TokenValue
from idp.store.pushed_requests import INSERT_PUSHED_REQUEST
from idp.store.statement import Effect

PATH = "/par"
_CREATED = 201


class PushedRequestEndpoint:
    """An ASGI application."""

    def __init__(self, authority: Authority, objects: RequestObjects) -> None:
        self._authority = authority
        self._objects = objects
        self._request = AuthlibRequest(f"{authority.settings.issuer}{PATH}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        facts: TokenFacts | None = None
        try:
            facts = await read_facts(self._authority, request)
            outcome = await self._answer(request, facts)
        except ProtocolError as error:
            outcome = decide_refusal(error, None, request)
        report(self._authority, outcome, facts)
        await outcome.answer(scope, receive, send)

    async def _answer(self, request: Request, facts: TokenFacts) -> Outcome:
        for tried in range(TRIES):
            facts = await look_again(self._authority, facts, tried)
            outcome = await self._decide(request, facts)
            if await self._authority.database.apply(outcome.effects):
                return outcome
        return refusal(too_contended())

    async def _decide(self, request: Request, facts: TokenFacts) -> Outcome:
        """Who asks comes first: nothing is fetched or looked up for anybody else."""
        server = self._authority.server.for_request(facts)
        try:
            form = self._request.with_form(facts.form)
            view = server.authenticate_client(form, list(METHOD_NAMES), endpoint="par")
            parameters = await self._checked(facts, view.client)
        except ProtocolError as error:
            return decide_refusal(error, server, request)
        token = self._authority.mint.token(facts.now)
        lifetime_seconds = self._authority.settings.requests.pushed_lifetime_seconds
        row = _row(token, view.client, parameters, expires_at=facts.now + lifetime_seconds, now=facts.now)
        body = {"request_uri": f"{URN}{token.value}", "expires_in": lifetime_seconds}
        return Outcome(answer=Answer(status=_CREATED, body=body), effects=(*server.effects, row))

    async def _checked(self, facts: TokenFacts, client: Client) -> dict[str, str]:
        """What an interaction keeps of the request, checked as at the authorization endpoint. Raises a
        ProtocolError.
        """
        if BY_REFERENCE in facts.form:
            raise InvalidRequest("request_uri can't be pushed")  # §2.1.
        parameters = _bound(await self._resolved(facts, client), facts)
        try:
            check_redirect_uri(parameters, client)
        except Untrusted as error:
            raise InvalidRequest(error.reason) from None
        authority = self._authority
        await check_asked(
            parameters,
            client,
            settings=authority.settings,
            database=authority.database,
            keyring=authority.keyring,
            now=facts.now,
        )
        return kept_parameters(parameters)

    async def _resolved(self, facts: TokenFacts, client: Client) -> dict[str, str]:
        """`client_id` is that of whoever authenticated: an object has to say the same. Raises a ProtocolError."""
        # §3: beside an object nothing counts but what authenticates the client.
        beside = {} if BY_VALUE in facts.form else {**facts.form, "resource": " ".join(facts.resources)}
        sent = {name: value for name, value in beside.items() if value}
        request = facts.form.get(BY_VALUE)
        if request:
            sent[BY_VALUE] = request
        return await self._objects.resolve({**sent, "client_id": client.client_id}, client, facts.now)


def _bound(parameters: dict[str, str], facts: TokenFacts) -> dict[str, str]:
    """RFC 9449 §10.1: with a proof as well as `dpop_jkt`, both are of one key. Raises InvalidRequest."""
    proven = facts.confirmation.jkt
    if not proven:
        return parameters
    if parameters.get("dpop_jkt", proven) != proven:
        raise InvalidRequest("dpop_jkt is not the key of the DPoP proof")
    return {**parameters, "dpop_jkt": proven}


def _row(
    token: TokenValue, client: Client, parameters: dict[str, str], *, expires_at: int, now: int
) -> Effect:
    return INSERT_PUSHED_REQUEST.effect(
        request_id=token.identifier,
        digest=token.digest,
        client_id=client.client_id,
        parameters=json.dumps(parameters),
        created_at=now,
        expires_at=expires_at,
    )
