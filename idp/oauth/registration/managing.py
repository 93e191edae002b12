"""`/register/{client_id}`: a client reads, replaces or ends its registration. RFC 7592 §2, OpenID Connect Registration
§4.

The registration access token opens its own client alone. Whatever else is presented gets one answer, whether there is
such a client or not. A change gives the next token, and the one that made it ends.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from idp.clients.asking import OPERATORS, Asking
from idp.clients.initial_tokens import policy_of
from idp.clients.registry import load_client
from idp.clients.self_registration import TokenSpent, change_itself, end_itself, find_registration
from idp.clients.statements import stated_before
from idp.oauth.outcome import Answer
from idp.oauth.registration.allowance import spend
from idp.oauth.registration.document import read_document
from idp.oauth.registration.registrar import Registrar, bearer_of
from idp.records.client import SelfRegistered
from idp.records.event import Occasion
from idp.spec.errors import AccessDenied, InvalidClientMetadata, InvalidToken, ProtocolError
from idp.spec.token_value import digest_of, is_same
from idp.store.clients import metadata_of

_OURS = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


class _Disabled(AccessDenied):
    """RFC 7592 §2.1: a client that may not read its record."""

    status = 403


class RegistrationEndpoint:
    """An ASGI application."""

    def __init__(self, registrar: Registrar) -> None:
        self._registrar = registrar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer: Answer | Response = await self._answer(request)
        except TokenSpent:
            answer = self._registrar.refused(_unknown_token())
        except ProtocolError as error:
            answer = self._registrar.refused(error)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Answer | Response:
        registrar = self._registrar
        client_id: str = request.path_params["client_id"]
        registered = await find_registration(registrar.database, client_id, bearer_of(request))
        if registered is None:
            raise _unknown_token()
        if registered.client.disabled_at is not None:
            raise _Disabled("this client was turned off")
        occasion = registrar.occasion(request, f"client:{client_id}")
        match request.method:
            case "PUT":
                return await self._replace(request, registered, occasion)
            case "DELETE":
                return await self._end(registered, occasion)
            case _:
                registrar.metrics.registration_answered("read")
                return Answer(status=200, body=registrar.document(registered.client))

    async def _replace(self, request: Request, registered: SelfRegistered, occasion: Occasion) -> Answer:
        registrar, before = self._registrar, registered.client
        if before.is_unverified:
            await spend(registrar, request, "change", occasion.now)
        sent = await read_document(request)
        await self._check_own(sent, before.client_id, occasion.now)
        has_new = sent.get("software_statement") not in (None, before.software_statement)
        asking = Asking(
            sent=sent,
            stated=await registrar.statement_claims(sent, occasion.now)
            if has_new
            else stated_before(before.software_statement),
            given=await policy_of(registrar.database, before.registered_by),
            kept={name: value for name, value in metadata_of(before).items() if name in OPERATORS},
            names=registrar.reserved_names() if before.is_unverified else (),
        )
        after = replace(
            await registrar.checked(before.client_id, asking),
            created_at=before.created_at,
            software_statement=sent["software_statement"] if has_new else before.software_statement,
        )
        holding = await change_itself(
            registrar.database,
            registrar.audit,
            registrar.entropy,
            occasion,
            before=registered,
            after=after,
            root_keys=registrar.root_keys,
        )
        registrar.clients.forget(before.client_id)
        registrar.metrics.registration_answered("changed")
        return Answer(status=200, body=registrar.held(holding))

    async def _check_own(self, sent: Mapping[str, Any], client_id: str, now: int) -> None:
        """RFC 7592 §2.2: what names the client has to be right, and what is ours is not sent back. Raises
        InvalidClientMetadata.
        """
        if ours := next((name for name in _OURS if name in sent), None):
            raise InvalidClientMetadata(f"{ours} is not for clients to say (RFC 7592 §2.2)")
        if sent.get("client_id") != client_id:
            raise InvalidClientMetadata("client_id is not that of this client (RFC 7592 §2.2)")
        secret = sent.get("client_secret")
        if secret is None:
            return
        client = await load_client(self._registrar.database, client_id)
        living = [one.digest for one in (client.secrets if client else ()) if one.is_alive(now)]
        digest = digest_of(secret) if isinstance(secret, str) and secret.isascii() else b""
        if not any(is_same(digest, one) for one in living):
            raise InvalidClientMetadata("client_secret is not the one of this client (RFC 7592 §2.2)")

    async def _end(self, registered: SelfRegistered, occasion: Occasion) -> Response:
        registrar = self._registrar
        await end_itself(registrar.database, registrar.audit, occasion, registered)
        registrar.clients.forget(registered.client.client_id)
        registrar.metrics.registration_answered("ended")
        # RFC 9110 §8.6: without a length, unlike an empty answer of another status.
        return Response(status_code=204, headers={"cache-control": "no-store", "pragma": "no-cache"})


def _unknown_token() -> InvalidToken:
    return InvalidToken("the registration access token is not one that opens this client")
