"""`GET /api/v1/customers/{sub}`: whose customer ID stands on an invoice. A resource of our own, for services alone.

The access token is one that a client got for itself (client credentials), for the resource `{issuer}/api/v1`, with the
scope `customers:read`; a person's token opens nothing here. The answer is what a document needs and no more.
RFC 6750 §3.1 for refusals, RFC 6585 §4 (429).
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import CUSTOMERS_READ
from idp.oidc.access_token import AccessToken
from idp.oidc.bearer import NO_STORE
from idp.oidc.own_api import OwnApi
from idp.records.account import Person
from idp.records.ports import Clock
from idp.spec.errors import InsufficientScope, ProtocolError
from idp.store.accounts import PERSON_BY_SUB
from idp.store.database import Database
from idp.store.pairwise import PERSON_BY_PAIRWISE_SUB
from idp.web.metrics import Metrics

PATH = "/api/v1/customers/{sub}"
MOST_EACH_MINUTE = 1_200
"""Answers to one client, at each node: an invoice run stays below, a leaked secret doesn't read everybody at once."""

_MINUTE = 60
_MOST_CLIENTS = 1_000
_LONGEST_SUB = 255  # OpenID Connect Core §2.


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersEndpoint:
    """An ASGI application."""

    own_api: OwnApi
    database: Database
    clock: Clock
    metrics: Metrics
    _counts: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ProtocolError as error:
            self.metrics.customer_read("refused")
            response = self.own_api.challenge(request, error, scope=CUSTOMERS_READ)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        now = self.clock.now()
        token = await self.own_api.token_of(request, now)
        if token is None:
            self.metrics.customer_read("refused")
            return self.own_api.challenge(request, None, scope=CUSTOMERS_READ)
        client_id = _allowed(token)
        if wait_seconds := self._wait_seconds(client_id, now):
            self.metrics.customer_read("throttled")
            headers = {**NO_STORE, "retry-after": str(wait_seconds)}
            return JSONResponse({"error": "too_many_requests"}, 429, headers=headers)
        person = await self._find(request.path_params["sub"])
        self.metrics.customer_read("found" if person else "unknown")
        if person is None:
            return JSONResponse({"error": "not_found"}, 404, headers=NO_STORE)
        return JSONResponse(_shown(person, request.path_params["sub"]), headers=NO_STORE)

    async def _find(self, sub: str) -> Person | None:
        """Whoever has a `sub`: their own, or that of a sector, which its clients' access tokens say. Nobody once the
        account is deleted.
        """
        if len(sub) > _LONGEST_SUB:
            return None
        found = await self.database.one(PERSON_BY_SUB, sub=sub)
        return found or await self.database.one(PERSON_BY_PAIRWISE_SUB, of_sub=sub)

    def _wait_seconds(self, client_id: str, now: int) -> int:
        """Count an answer; 0, or how long to wait where there were too many."""
        began_at, count = self._counts.get(client_id, (now, 0))
        if not 0 <= now - began_at < _MINUTE:
            began_at, count = now, 0
        if count >= MOST_EACH_MINUTE:
            return began_at + _MINUTE - now
        self._counts[client_id] = began_at, count + 1
        if len(self._counts) > _MOST_CLIENTS:
            self._counts.popitem(last=False)
        return 0


def _allowed(token: AccessToken) -> str:
    """The client that may read."""
    if not token.is_own:
        raise InsufficientScope("the access token was issued for a person")
    if CUSTOMERS_READ not in token.scopes:
        raise InsufficientScope(f"the access token lacks {CUSTOMERS_READ}")
    return token.client_id


def _shown(person: Person, sub: str) -> dict[str, str]:
    return {
        "sub": sub,
        "customer_id": person.customer_id,
        "name": str(person.profile.get("name") or ""),
        "status": person.status.value,
    }
