"""Invoices as an application gets them from the demo API, with the access token of whoever is signed in."""

import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import httpx2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    number: str
    date: date
    euros: Decimal
    is_paid: bool


async def fetch_invoices(api: str, access_token: str) -> list[Invoice] | None:
    """The invoices of the token's subject; None if the API refuses or doesn't answer."""
    headers = {"Authorization": f"Bearer {access_token}"}
    try:
        async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=10) as client:
            response = await client.get(f"{api}/invoices", headers=headers)
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
