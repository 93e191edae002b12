"""`/api/v1/service-accounts`: customers' programs make and end service accounts. A resource of our own, for people.

The access token is one that a customer let a client have, for the resource `{issuer}/api/v1`, with the scope
`service_accounts:manage`. What the client gives to a service account is never more than it was allowed itself, and
neither is what it gets the secret of. Whoever acts for a customer leaves nothing behind that lasts longer.
RFC 6750 §3.1 for refusals; members are those of RFC 7591 §2.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.account.address_mails import Whence, change_mails
from idp.clients.metadata import InvalidMetadata
from idp.clients.registry import Clients
from idp.clients.service_account_asked import read_wish, wish_of
from idp.clients.service_accounts import (
    LONGEST_OVERLAP_SECONDS,
    ChangedMeanwhile,
    Hand,
    TooMany,
    TooOften,
    create,
    delete,
    end_secret,
    find_own,
    living_secrets,
    mailed_name,
    new_id,
    own_service_accounts,
    rotate,
)
from idp.config.settings import SERVICE_ACCOUNTS_MANAGE, Settings
from idp.events.audit import Audit
from idp.events.outbox import Outbox
from idp.oauth.registration.document import parse, read_document
from idp.oidc.access_token import AccessToken
from idp.oidc.bearer import NO_STORE
from idp.oidc.own_api import OwnApi
from idp.records.account import Person
from idp.records.client import Client
from idp.records.event import Occasion
from idp.records.ports import Clock, Entropy
from idp.signing.sealing import RootKeys
from idp.spec.errors import InsufficientScope, InvalidClientMetadata, ProtocolError
from idp.spec.scope import scopes_of
from idp.store.database import Database
from idp.store.grants import KEEP_FAMILY
from idp.web.circumstances import circumstances_of

PATH = "/api/v1/service-accounts"
_OVERLAP_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Caller:
    """For whom a request is, and what the client that sent it may give."""

    hand: Hand
    application: Client
    within: frozenset[str]

    @property
    def person(self) -> Person:
        return self.hand.person

    @property
    def now(self) -> int:
        return self.hand.occasion.now


Act = Callable[[Request, _Caller], Awaitable[Response]]


class _Answered(Exception):
    """A refusal that has nothing to do with the token."""

    def __init__(self, status: int, error: str, description: str = "", *, wait_seconds: int = 0) -> None:
        super().__init__(error)
        said = {"error": error} | ({"error_description": description} if description else {})
        later = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
        self.response = JSONResponse(said, status, headers=NO_STORE | later)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountsApi:
    """What all of its paths work with."""

    settings: Settings
    own_api: OwnApi
    database: Database
    clients: Clients
    clock: Clock
    entropy: Entropy
    root_keys: RootKeys
    audit: Audit
    outbox: Outbox

    def endpoints(self) -> tuple[tuple[str, tuple[str, ...], ASGIApp], ...]:
        """Paths, their methods, and who answers."""
        one, secrets = f"{PATH}/{{client_id}}", f"{PATH}/{{client_id}}/secrets"
        return (
            (PATH, ("GET",), _Endpoint(self, self._list)),
            (PATH, ("POST",), _Endpoint(self, self._create)),
            (one, ("GET",), _Endpoint(self, self._read)),
            (one, ("DELETE",), _Endpoint(self, self._delete)),
            (secrets, ("POST",), _Endpoint(self, self._rotate)),
            (f"{secrets}/{{secret_id}}", ("DELETE",), _Endpoint(self, self._end_secret)),
        )

    async def caller(self, request: Request) -> _Caller | None:
        """None where no token is presented. Raises a ProtocolError."""
        now = self.clock.now()
        token = await self.own_api.token_of(request, now)
        return self._caller(request, token, now) if token is not None else None

    async def _list(self, request: Request, caller: _Caller) -> Response:
        found = await own_service_accounts(self.database, caller.person)
        shown = [_shown(client, caller.now, with_secrets=False) for client in found]
        return JSONResponse({"service_accounts": shown}, headers=NO_STORE)

    async def _create(self, request: Request, caller: _Caller) -> Response:
        wish = await read_document(request)
        try:
            client = read_wish(new_id(self.entropy), wish, self.settings, within=caller.within)
        except InvalidMetadata as error:
            raise InvalidClientMetadata("; ".join(map(str, error.problems))) from None
        try:
            registered = await create(self._telling(caller, "service-account-made", client), client)
        except TooMany:
            most = self.settings.service_accounts.most
            message = f"at most {most}, deleted ones of the last day included; none once the grant has ended"
            raise _Answered(409, "too_many", message) from None
        self.outbox.wake()
        made = replace(client, created_at=caller.now)
        said = {**_shown(made, caller.now, with_secrets=False), **_secret(registered.secret)}
        location = {"location": f"{self.settings.issuer}{PATH}/{client.client_id}"}
        return JSONResponse(said, 201, headers=NO_STORE | location)

    async def _read(self, request: Request, caller: _Caller) -> Response:
        return JSONResponse(_shown(await self._asked(request, caller), caller.now), headers=NO_STORE)

    async def _delete(self, request: Request, caller: _Caller) -> Response:
        await delete(caller.hand, await self._asked(request, caller))
        return Response(status_code=204, headers=NO_STORE)

    async def _rotate(self, request: Request, caller: _Caller) -> Response:
        client, overlap_seconds = await self._asked(request, caller), await _overlap(request)
        if not client.has_secret:
            raise _Answered(409, "no_secrets", "it proves itself by a key or certificate of its own")
        if not client.scopes <= caller.within:
            raise InsufficientScope("the service account may do more than the client of this token")
        hand = self._telling(caller, "service-account-secret", client)
        secret = await rotate(hand, client, overlap_seconds=overlap_seconds)
        self.outbox.wake()
        former = caller.now + overlap_seconds if living_secrets(client, caller.now) else None
        said = {"client_id": client.client_id, **_secret(secret), "former_secret_expires_at": former}
        return JSONResponse(said, 201, headers=NO_STORE)

    async def _end_secret(self, request: Request, caller: _Caller) -> Response:
        client, named = await self._asked(request, caller), request.path_params["secret_id"]
        secret = next((one for one in client.secrets if one.secret_id == named), None)
        if secret is None:
            raise _Answered(404, "not_found")
        await end_secret(caller.hand, client, secret)
        return Response(status_code=204, headers=NO_STORE)

    async def _asked(self, request: Request, caller: _Caller) -> Client:
        """The service account of the path, if it is the caller's."""
        client = await find_own(self.database, caller.person, request.path_params["client_id"])
        if client is None:
            raise _Answered(404, "not_found")
        return client

    def _caller(self, request: Request, token: AccessToken, now: int) -> _Caller:
        """Raises InsufficientScope for whoever is not a customer's program with the right to do this."""
        issued = token.issued
        if token.client is None or issued is None or issued.person is None:
            raise InsufficientScope("the access token was not issued for a person")
        if "act" in token.claims or not issued.family.is_of_sign_in:
            raise InsufficientScope("the access token is one of somebody who acts for a customer")
        if SERVICE_ACCOUNTS_MANAGE not in token.scopes:
            raise InsufficientScope(f"the access token lacks {SERVICE_ACCOUNTS_MANAGE}")
        occasion = Occasion(
            now=now,
            actor=f"client:{token.client.client_id}",
            circumstances=circumstances_of(request),
        )
        # Whose grant ends while the rest of the request is on its way leaves nothing behind that lasts.
        kept = KEEP_FAMILY.effect(expects=1, of_family=issued.family.family_id)
        hand = Hand(desk=self, occasion=occasion, person=issued.person, also=[kept])
        # A token that was asked for with less stands for less.
        granted = str(token.claims.get("narrowed", issued.family.scope))
        return _Caller(hand=hand, application=token.client, within=frozenset(scopes_of(granted)))

    def _telling(self, caller: _Caller, what: str, client: Client) -> Hand:
        """One whose owner gets a mail: which application did it, to which service account."""
        person = caller.person
        language = person.language or self.settings.language.default
        mails = change_mails(
            self,
            person,
            what,
            person.proven_addresses,
            whence=Whence(browser=caller.application.mailed_name(language)),
            detail=mailed_name(client),
            now=caller.now,
        )
        return replace(caller.hand, also=[*caller.hand.also, *mails])


class _Endpoint:
    """An ASGI application: who is it, then the act."""

    def __init__(self, api: ServiceAccountsApi, act: Act) -> None:
        self._api = api
        self._act = act

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except InvalidClientMetadata as error:
            response = JSONResponse(error.body(), error.status, headers=NO_STORE)
        except ProtocolError as error:
            response = self._api.own_api.challenge(request, error, scope=SERVICE_ACCOUNTS_MANAGE)
        except _Answered as refused:
            response = refused.response
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        caller = await self._api.caller(request)
        if caller is None:
            return self._api.own_api.challenge(request, None, scope=SERVICE_ACCOUNTS_MANAGE)
        try:
            return await self._act(request, caller)
        except ChangedMeanwhile:
            raise _Answered(409, "changed_meanwhile", "look again, then repeat") from None
        except TooOften as error:
            most = self._api.settings.service_accounts.changes_per_hour
            message = f"at most {most} times in an hour for one customer"
            raise _Answered(429, "too_often", message, wait_seconds=error.wait_seconds) from None


async def _overlap(request: Request) -> int:
    """How long the former secret lives on; a body may say so. Raises InvalidClientMetadata."""
    body = await request.body()
    sent = parse(body) if body else {}
    seconds = sent.get("overlap_seconds", _OVERLAP_SECONDS)
    is_known = {*sent} <= {"overlap_seconds"} and isinstance(seconds, int) and not isinstance(seconds, bool)
    if not is_known or not 0 <= seconds <= LONGEST_OVERLAP_SECONDS:
        raise InvalidClientMetadata(f"overlap_seconds alone may be sent, from 0 to {LONGEST_OVERLAP_SECONDS}")
    return int(seconds)


def _secret(secret: str | None) -> dict[str, Any]:
    """As RFC 7591 §3.2.1 has it: zero means that it does not end by itself."""
    return {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}


def _shown(client: Client, now: int, *, with_secrets: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": client.created_at,
        **wish_of(client),
        "resources": sorted(client.resources),
        "last_used_at": client.used_at,
        "disabled_at": client.disabled_at,
    }
    if not with_secrets:
        return shown
    secrets = [
        {"secret_id": one.secret_id, "created_at": one.created_at, "expires_at": one.expires_at}
        for one in living_secrets(client, now)
    ]
    return {**shown, "secrets": secrets}
