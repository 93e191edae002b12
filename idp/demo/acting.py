"""The manager's page on which somebody acts for another customer who lets them.

It reads for whom they may (`/api/v1/delegations`), gets a token in that customer's name (RFC 8693 with
`requested_subject`), and shows whose invoices the API answers with, and what the token says.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.demo.addresses import Addresses
from idp.demo.chain import look_at
from idp.demo.exchange import ACCESS_TOKEN, GRANT_TYPE
from idp.demo.fetching import connect
from idp.demo.invoices import fetch_invoices
from idp.demo.relying_party import RelyingParty
from idp.demo.visits import visit_of
from idp.web.forms import read_parameters

PATH = "/acting"
_SCOPE = "delegations:read"
_log = logging.getLogger(__name__)


class _Refused(Exception):
    """The issuer or the API said no. The text is the error's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingPage:
    party: RelyingParty
    addresses: Addresses

    def routes(self) -> Sequence[Route]:
        return (Route(PATH, self.answer, methods=["GET", "POST"]),)

    async def answer(self, request: Request) -> Response:
        """For whom this person may act; by POST, in the name of one of them. Another site's post arrives signed out."""
        signed_in = await self.party.fresh(visit_of(request))
        if signed_in is None:
            return await self.party.begin(request, PATH, {})
        own_token = str(signed_in.token["access_token"])
        customers: list[Any] = []
        shown: dict[str, Any] = {"chosen": None, "invoices": [], "token": None, "refusal": ""}
        try:
            customers = await self._customers(own_token)
            if request.method == "POST":
                named = (await read_parameters(request)).get("customer", "")
                chosen = next((each for each in customers if each["customer_id"] == named), None)
                shown |= await self._act(own_token, chosen) if chosen else {"refusal": "unknown_customer"}
        except _Refused as error:
            shown["refusal"] = str(error)
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            _log.warning("nobody can be acted for: %r", error)
            shown["refusal"] = "unreachable"
        return self.party.page(request, "acting.html", customers=customers, **shown)

    async def _customers(self, own_token: str) -> list[Any]:
        api = f"{self.addresses.issuer}/api/v1"
        async with connect() as client:
            token = await self._exchanged(client, own_token, resource=api, scope=_SCOPE)
            answer = await client.get(f"{api}/delegations", headers={"Authorization": f"Bearer {token}"})
            return list(_checked(answer)["delegations"])

    async def _act(self, own_token: str, customer: Mapping[str, Any]) -> dict[str, Any]:
        """The customer's invoices, by a token in their name."""
        async with connect() as client:
            token = await self._exchanged(
                client,
                own_token,
                resource=self.addresses.api,
                scope="invoices:read",
                requested_subject=str(customer["customer_id"]),
            )
        invoices = await fetch_invoices(self.addresses.api, token)
        if invoices is None:
            raise _Refused("unreachable")
        return {"chosen": customer, "invoices": invoices, "token": await look_at(self.addresses, token)}

    async def _exchanged(self, client: httpx2.AsyncClient, own_token: str, **asked: str) -> str:
        registration = self.party.application.registration
        form = {
            "grant_type": GRANT_TYPE,
            "subject_token": own_token,
            "subject_token_type": ACCESS_TOKEN,
            **asked,
        }
        auth = (registration.client_id, registration.client_secret)
        answer = await client.post(f"{self.addresses.issuer}/token", data=form, auth=auth)
        return str(_checked(answer)["access_token"])


def _checked(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        raise _Refused(str(body.get("error", answer.status_code)))
    return body
