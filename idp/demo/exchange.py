"""How the demo API asks Billing in a customer's name: token exchange (RFC 8693), as its service account `machine`."""

import logging
from dataclasses import dataclass
from typing import Any

import httpx2

from idp.demo.addresses import BILLING, Addresses
from idp.demo.fetching import connect

_log = logging.getLogger(__name__)
MACHINE = ("machine", "machine-demo-secret")
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SCOPE = "ledger:read"


class Refused(Exception):
    """The issuer or Billing said no, or nothing. The text is the error's code."""


@dataclass(frozen=True, slots=True)
class Exchange:
    addresses: Addresses

    async def ledger(self, customers_token: str) -> tuple[list[Any], str]:
        """The entries, and the token that they were read with. Raises Refused."""
        try:
            async with connect() as client:
                token = await self._exchanged(client, customers_token)
                headers = {"Authorization": f"Bearer {token}"}
                answer = await client.get(f"{self.addresses.billing}/ledger", headers=headers)
                return list(_checked(answer)["entries"]), token
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            _log.warning("the ledger cannot be read: %r", error)
            raise Refused("unreachable") from error

    async def _exchanged(self, client: httpx2.AsyncClient, customers_token: str) -> str:
        """§2.1. The token names the API as the actor, for that is who authenticates."""
        form = {
            "grant_type": GRANT_TYPE,
            "subject_token": customers_token,
            "subject_token_type": ACCESS_TOKEN,
            "resource": BILLING,
            "scope": SCOPE,
        }
        answer = await client.post(f"{self.addresses.issuer}/token", data=form, auth=MACHINE)
        return str(_checked(answer)["access_token"])


def _checked(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        raise Refused(str(body.get("error", answer.status_code)))
    return body
