"""The demo API: a resource server that trusts our JWT access tokens without asking us about each.

`idp.resource` checks them, as it would in anybody's API. Paying wants a recent sign-in with two factors (RFC 9470); the
ledger is somebody else's, so the API exchanges the token that it was called with for one of its own (`exchange.py`).
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.demo.addresses import Addresses
from idp.demo.billing import billing_routes
from idp.demo.exchange import Exchange, Refused
from idp.demo.fetching import connect
from idp.records.ports import Clock
from idp.resource import ResourceServer, Token

RECENT_SECONDS = 300
"""How long a sign-in counts when money is paid."""
_TWO_FACTORS = ("2", "3")
_NOT_KEPT = {"Cache-Control": "no-store"}
_MOST_PAYERS = 10_000
_INVOICES = (
    {"number": "FR-2026-0117", "date": "2026-11-02", "euros": "35.88", "is_paid": False},
    {"number": "FR-2026-0098", "date": "2026-10-02", "euros": "11.99", "is_paid": True},
    {"number": "FR-2026-0081", "date": "2026-09-02", "euros": "11.99", "is_paid": True},
)


def create_api(addresses: Addresses, *, clock: Clock) -> ASGIApp:
    """The ASGI application of the resource server, and of Billing behind it."""
    guard = ResourceServer(
        issuer=addresses.issuer,
        audience=addresses.api,
        clock=clock.now,
        scopes=("invoices:read", "invoices:pay"),
        name="Invoices",
        algorithms=("ES256",),  # What it agreed on with the issuer, and nothing else.
        connect=connect,
    )
    api = InvoicesApi(Exchange(addresses))
    pay = guard.requires("invoices:pay", acr=_TWO_FACTORS, max_age=RECENT_SECONDS)(api.pay)
    routes = [
        Route("/invoices", guard.requires("invoices:read")(api.invoices)),
        Route("/invoices/{number}/payment", pay, methods=["POST"]),
        Route("/ledger", guard.requires("invoices:read")(api.ledger)),
        *guard.routes(),
        *billing_routes(addresses, clock=clock),
    ]
    return Starlette(routes=routes)


class InvoicesApi:
    """Remembers in memory who paid what, as befits a demo."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._paid: OrderedDict[str, set[str]] = OrderedDict()

    async def invoices(self, request: Request) -> Response:
        """The invoices of whom the token is about."""
        token: Token = request.state.token
        customer = _customer_of(token)
        body = {"customer": customer, "invoices": self._invoices_of(customer)}
        return JSONResponse(body, headers=_NOT_KEPT)

    async def pay(self, request: Request) -> Response:
        """Pays one of them. A second time changes nothing."""
        token: Token = request.state.token
        number = request.path_params["number"]
        if all(invoice["number"] != number for invoice in _INVOICES):
            return JSONResponse({"error": "not_found"}, status_code=404, headers=_NOT_KEPT)
        self._paid.setdefault(token.sub, set()).add(number)
        while len(self._paid) > _MOST_PAYERS:
            self._paid.popitem(last=False)
        return JSONResponse({"number": number, "is_paid": True}, headers=_NOT_KEPT)

    async def ledger(self, request: Request) -> Response:
        """What Billing knows of this customer. The answer also shows the token that Billing was asked with, so that the
        manager has something to show: no real API hands its tokens on.
        """
        try:
            entries, used = await self._exchange.ledger(request.state.token.value)
        except Refused as error:
            body = {"error": "ledger_unavailable", "reason": str(error)}
            return JSONResponse(body, status_code=502, headers=_NOT_KEPT)
        return JSONResponse({"entries": entries, "token": used}, headers=_NOT_KEPT)

    def _invoices_of(self, sub: str) -> list[dict[str, Any]]:
        paid = self._paid.get(sub, set())
        return [
            invoice | {"is_paid": invoice["is_paid"] or invoice["number"] in paid} for invoice in _INVOICES
        ]


def _customer_of(token: Token) -> str:
    """Whose invoices they are: a customer's own program has a token about itself that says whose it is."""
    owner = token.claims.get("owner")
    return str(owner["sub"]) if isinstance(owner, Mapping) else token.sub
