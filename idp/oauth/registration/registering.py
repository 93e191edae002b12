"""`POST /register`: a client registers itself. RFC 7591 §3, OpenID Connect Dynamic Client Registration 1.0 §3.

With an initial access token it is as its maker said, and a use of it is spent with the registration. Without one, where
anybody may register, a network has so many an hour, spent before anything is looked into, and clients that nobody uses
are few.
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from idp.clients.asking import Asking
from idp.clients.initial_tokens import find_initial_token
from idp.clients.self_registration import TokenSpent, new_client_id, register_itself
from idp.oauth.outcome import Answer
from idp.oauth.registration.allowance import spend
from idp.oauth.registration.document import read_document
from idp.oauth.registration.registrar import Registrar, bearer_of
from idp.records.client import InitialToken
from idp.spec.errors import InvalidToken, ProtocolError, TooManyRegistrations
from idp.store.registrations import UNUSED_BEYOND

_DAY_SECONDS = 86_400


class RegisterEndpoint:
    """An ASGI application."""

    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ProtocolError as error:
            answer = self._registrar.refused(error)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        registrar = self._registrar
        client_id = new_client_id(registrar.entropy)
        occasion = registrar.occasion(request, f"client:{client_id}")
        initial = await self._initial_token(request, occasion.now)
        if initial is None:
            await self._spend(request, occasion.now)
        sent = await read_document(request)
        asking = Asking(
            sent=sent,
            stated=await registrar.statement_claims(sent, occasion.now),
            given=initial.policy if initial else {},
            names=() if initial else registrar.reserved_names(),
        )
        client = await registrar.checked(client_id, asking)
        client = replace(
            client, created_at=occasion.now, software_statement=sent.get("software_statement") or ""
        )
        try:
            holding = await register_itself(
                registrar.database,
                registrar.audit,
                registrar.entropy,
                occasion,
                client,
                initial=initial,
                root_keys=registrar.root_keys,
            )
        except TokenSpent:
            raise _unknown_token() from None
        registrar.metrics.registration_answered("registered")
        return Answer(status=201, body=registrar.held(holding))

    async def _initial_token(self, request: Request, now: int) -> InitialToken | None:
        """None where anybody may register and no token is shown: a wrong one is never as good as none."""
        value = bearer_of(request)
        if not value:
            if self._registrar.settings.registration.mode == "open":
                return None
            raise InvalidToken("an initial access token is needed to register a client here")
        token = await find_initial_token(self._registrar.database, value, now)
        if token is None:
            raise _unknown_token()
        return token

    async def _spend(self, request: Request, now: int) -> None:
        registrar = self._registrar
        await spend(registrar, request, "register", now)
        fewer = registrar.settings.registration.most_unused - 1
        if await registrar.database.one(UNUSED_BEYOND, fewer=fewer) is not None:
            message = "too many clients were registered that nobody uses"
            raise TooManyRegistrations(message, wait_seconds=_DAY_SECONDS)


def _unknown_token() -> InvalidToken:
    return InvalidToken("the initial access token is unknown, used up, revoked or expired")
