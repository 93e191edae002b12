"""Billing: the resource server behind the demo API, which only exchanged tokens reach.

Its identifier is no address, so it answers at the demo API's. It asks the issuer about each token, so that one ends in
the moment in which its sign-in does, and not when it expires.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.demo.addresses import BILLING, Addresses
from idp.demo.fetching import connect
from idp.records.ports import Clock
from idp.resource import Introspection, ResourceServer, Token

_ENTRIES = (
    {"date": "2026-11-02", "text": "FR-2026-0117", "euros": "-35.88"},
    {"date": "2026-10-04", "text": "FR-2026-0098", "euros": "-11.99"},
    {"date": "2026-10-04", "text": "SEPA", "euros": "11.99"},
)


def billing_routes(addresses: Addresses, *, clock: Clock) -> list[Route]:
    guard = ResourceServer(
        issuer=addresses.issuer,
        audience=BILLING,
        url=addresses.billing,
        clock=clock.now,
        connect=connect,
        introspection=Introspection(
            client_id="introspector", client_secret="introspector-demo-secret", is_always=True
        ),
    )
    return [Route("/billing/ledger", guard.requires("ledger:read")(_ledger))]


async def _ledger(request: Request) -> Response:
    """The customer's account, and who asked for it in their name."""
    token: Token = request.state.token
    asked_by = [actor.sub for actor in token.actor.chain()] if token.actor else []
    body = {"customer": token.sub, "asked_by": asked_by, "entries": _ENTRIES}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
