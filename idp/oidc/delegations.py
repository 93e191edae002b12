"""`GET /api/v1/delegations`: for whom the person behind an access token may act. A resource of our own.

The token is a person's own, for the resource `{issuer}/api/v1`, with the scope `delegations:read`: an application
offers with it to go on in a customer's name (token exchange with `requested_subject`). One that acts for somebody
already opens nothing here. RFC 6750 §3.1 for refusals.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from idp.config.settings import DELEGATIONS_READ, Settings
from idp.oidc.access_token import AccessToken
from idp.oidc.bearer import NO_STORE
from idp.oidc.own_api import OwnApi
from idp.oidc.subjects import sub_for
from idp.records.account import Person
from idp.records.client import Client
from idp.records.delegation import CustomersDelegation
from idp.records.grant import Family
from idp.records.ports import Clock, Entropy
from idp.spec.errors import InsufficientScope, ProtocolError
from idp.store.database import Database
from idp.store.delegations import ACTING_DELEGATIONS
from idp.store.exchanges import LINEAGE

PATH = "/api/v1/delegations"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationsEndpoint:
    """An ASGI application."""

    settings: Settings
    own_api: OwnApi
    database: Database
    entropy: Entropy
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ProtocolError as error:
            response = self.own_api.challenge(request, error, scope=DELEGATIONS_READ)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        now = self.clock.now()
        token = await self.own_api.token_of(request, now)
        if token is None:
            return self.own_api.challenge(request, None, scope=DELEGATIONS_READ)
        delegate, client = await self._allowed(token)
        found = await self.database.all(ACTING_DELEGATIONS, of_delegate=delegate.subject_id, now=now)
        shown = [await self._shown(client, each, now) for each in found if self._scopes(each)]
        return JSONResponse({"delegations": shown}, headers=NO_STORE)

    def _scopes(self, each: CustomersDelegation) -> tuple[str, ...]:
        return self.settings.delegation.still_offered(each.delegation.scopes)

    async def _shown(self, client: Client, each: CustomersDelegation, now: int) -> dict[str, object]:
        """`sub` is the one that the client knows the customer by, as everywhere."""
        customer = each.customer
        return {
            "sub": await sub_for(self.database, self.entropy, customer, client, now),
            "customer_id": customer.customer_id,
            "name": str(customer.profile.get("name") or ""),
            "scopes": list(self._scopes(each)),
            "expires_at": each.delegation.expires_at,
        }

    async def _allowed(self, token: AccessToken) -> tuple[Person, Client]:
        """Whose token it is, and who presents it. Raises InsufficientScope."""
        issued = token.issued
        if issued is None or issued.person is None or token.client is None:
            raise InsufficientScope("the access token was not issued for a person")
        if not await self._is_theirs(issued.family):
            raise InsufficientScope("the access token is not of a sign-in of theirs to this client")
        if DELEGATIONS_READ not in token.scopes:
            raise InsufficientScope(f"the access token lacks {DELEGATIONS_READ}")
        return issued.person, token.client

    async def _is_theirs(self, family: Family) -> bool:
        """Whether the person signed in for it to this very client, which may have exchanged its token: nobody acts for
        them in it, and no trusted issuer vouched for them. A service that was sent a token for its own API reads no
        names of others by it, whatever a rule lets it exchange.
        """
        if family.actor is not None or family.delegation_id is not None or family.authenticated_at is None:
            return False
        if family.parent_id is None:
            return True
        line = await self.database.all(LINEAGE, of_family=family.family_id)
        return all(one.client_id == family.client_id for one in line)
