"""The manager's pages about money: invoices to print, and paying one, which wants more than a password (RFC 9470)."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo.customers import Customers
from idp.demo.invoices import Invoice, StrongerSignInWanted, fetch_invoices, pay_invoice
from idp.demo.relying_party import RelyingParty
from idp.demo.visits import TWO_FACTORS, visit_of

_CAME_BACK = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePages:
    """`customers` knows the customer IDs that invoices carry."""

    party: RelyingParty
    customers: Customers

    def routes(self) -> Sequence[Route]:
        return (
            Route("/payment", self.payment),
            Route("/invoices", self.invoices),
            Route("/invoices/{number}", self.invoice),
            Route("/invoices/{number}/payment", self.pay, methods=["POST"]),
        )

    async def payment(self, request: Request) -> Response:
        """A page that wants two factors: whoever signed in with one is sent to prove another. Whoever has none comes
        back without, since nothing was demanded, and is told where to set one up.
        """
        signed_in = visit_of(request).signed_in
        if signed_in is not None and signed_in.has_two_factors:
            return self.party.page(request, "payment.html", is_open=True)
        if signed_in is not None and _CAME_BACK in request.query_params:
            return self.party.page(request, "payment.html", is_open=False)
        return await self.party.begin(request, f"/payment?{_CAME_BACK}", {"acr_values": TWO_FACTORS})

    async def invoices(self, request: Request) -> Response:
        """A customer's invoices, each with a page to print."""
        found = await self._invoices(request)
        if isinstance(found, Response):
            return found
        return self.party.page(request, "invoices.html", invoices=found)

    async def invoice(self, request: Request) -> Response:
        """One of them. The customer ID on it comes from the provider's API, by the service account of billing."""
        found = await self._invoices(request)
        if found is None or isinstance(found, Response):
            return found or self.party.page(request, "invoices.html", status=502, invoices=None)
        number = request.path_params["number"]
        invoice = next((one for one in found if one.number == number), None)
        signed_in = visit_of(request).signed_in
        if invoice is None or signed_in is None:
            return self.party.failure(request, "not_found", "", status=404)
        customer_id = await self.customers.customer_id(signed_in.sub)
        has_come_back = _CAME_BACK in request.query_params
        return self.party.page(
            request,
            "invoice.html",
            invoice=invoice,
            customer_id=customer_id or "",
            has_come_back=has_come_back,
        )

    async def pay(self, request: Request) -> Response:
        """Pays an invoice at the API. If that wants a stronger or more recent sign-in, the person is sent to it in the
        API's own words (RFC 9470 §4 and §5), and comes back to the invoice. Who comes back with no more than before is
        told where to set up a second factor.

        No token against forged requests: the cookie is SameSite=Lax, so another site's post arrives signed out.
        """
        number, party = request.path_params["number"], self.party
        page = f"/invoices/{number}"
        signed_in = await party.fresh(visit_of(request))
        if signed_in is None:
            return await party.begin(request, page, {})
        try:
            is_paid = await pay_invoice(party.application.api, str(signed_in.token["access_token"]), number)
        except StrongerSignInWanted as wanted:
            if _CAME_BACK in request.query_params and not signed_in.has_two_factors:
                return party.page(request, "payment.html", is_open=False)
            return await party.begin(request, f"{page}?{_CAME_BACK}", wanted.hints)
        if is_paid:
            return RedirectResponse(page, status_code=303)
        return party.page(request, "invoices.html", status=502, invoices=None)

    async def _invoices(self, request: Request) -> list[Invoice] | Response | None:
        """Those of who is signed in, or the way to sign in."""
        signed_in = await self.party.fresh(visit_of(request))
        if signed_in is None:
            return await self.party.begin(request, request.url.path, {})
        return await fetch_invoices(self.party.application.api, str(signed_in.token["access_token"]))
