"""Invoices as an application gets and pays them at the demo API, with the access token of whoever is signed in."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import httpx2

from idp.demo.fetching import connect

_log = logging.getLogger(__name__)
_HINTS = ("acr_values", "max_age")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    number: str
    date: date
    euros: Decimal
    is_paid: bool


class StrongerSignInWanted(Exception):
    """RFC 9470 §3. `hints` are what the API wants, as parameters of an authorization request (§4)."""

    def __init__(self, hints: Mapping[str, str]) -> None:
        super().__init__("the API wants a stronger or more recent sign-in")
        self.hints = hints


async def fetch_invoices(api: str, access_token: str) -> list[Invoice] | None:
    """The invoices of the token's subject; None if the API refuses or doesn't answer."""
    try:
        async with connect() as client:
            response = await client.get(f"{api}/invoices", headers=_bearer(access_token))
            response.raise_for_status()
            found = response.json()["invoices"]
    except httpx2.HTTPError as error:
        _log.warning("the invoices API refused or failed: %s", error)
        return None
    return [
        Invoice(
            number=invoice["number"],
            date=date.fromisoformat(invoice["date"]),
            euros=Decimal(invoice["euros"]),
            is_paid=invoice["is_paid"],
        )
        for invoice in found
    ]


async def pay_invoice(api: str, access_token: str, number: str) -> bool:
    """Whether it is paid now; False if the API refuses or doesn't answer. Raises StrongerSignInWanted."""
    url = f"{api}/invoices/{quote(number, safe='')}/payment"
    try:
        async with connect() as client:
            response = await client.post(url, headers=_bearer(access_token))
    except httpx2.HTTPError as error:
        _log.warning("the invoices API failed: %s", error)
        return False
    challenge = response.headers.get("www-authenticate", "")
    if response.status_code == 401 and 'error="insufficient_user_authentication"' in challenge:
        raise StrongerSignInWanted(_hints(challenge))
    return response.status_code == 200


def _hints(challenge: str) -> dict[str, str]:
    sent: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    return {name: sent[name] for name in _HINTS if name in sent}


def _bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}"}
