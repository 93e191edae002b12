"""What became of a request of the manager's: the tokens that it took, and whether each still opens anything."""

import json
import logging
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from idp.demo.addresses import Addresses
from idp.demo.fetching import connect

_log = logging.getLogger(__name__)
_INTROSPECTOR = ("introspector", "introspector-demo-secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The customer's token, and the one that the API got in exchange for it, empty where it got none: then `refusal`
    says why.
    """

    sub: str
    customers_token: str = field(repr=False)
    exchanged_token: str = field(default="", repr=False)
    entries: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A token as the page shows it. `is_active` is None where the issuer doesn't say."""

    claims: Mapping[str, Any]
    is_active: bool | None


async def follow(addresses: Addresses, sub: str, access_token: str) -> Chain:
    """Ask the API for the ledger, with the customer's token."""
    chain = Chain(sub=sub, customers_token=access_token)
    try:
        async with connect() as client:
            headers = {"Authorization": f"Bearer {access_token}"}
            answer = await client.get(f"{addresses.api}/ledger", headers=headers)
        body = answer.json()
        if answer.status_code == 200:
            return Chain(
                sub=sub,
                customers_token=access_token,
                exchanged_token=str(body["token"]),
                entries=len(body["entries"]),
            )
        reason = str(body.get("reason") or body.get("error") or answer.status_code)
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        _log.warning("the invoices API failed: %r", error)
        reason = "unreachable"
    return Chain(sub=chain.sub, customers_token=access_token, refusal=reason)


async def look_at(addresses: Addresses, token: str) -> Shown:
    """What a token says, and what the issuer says of it now (RFC 7662)."""
    is_active: bool | None = None
    try:
        async with connect() as client:
            answer = await client.post(
                f"{addresses.issuer}/introspect", data={"token": token}, auth=_INTROSPECTOR
            )
            is_active = answer.raise_for_status().json()["active"] is True
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        _log.warning("introspection failed: %r", error)
    return Shown(claims=_claims(token), is_active=is_active)


def _claims(token: str) -> Mapping[str, Any]:
    """For people to read, and nothing else: whoever lets somebody in checks the signature first."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
