"""JWTs of trusted issuers that say more than their issuer may: whom they mean, and for which use they were written."""

import json
from typing import Any

import pytest

from idp.clients.metadata import JWT_BEARER
from tests.oauth.exchange.exchanging import (
    CI,
    MAIL,
    STAFF,
    exchange,
    foreign,
    foreign_claims,
    refused_and_recorded,
)
from tests.support.client_keys import client_key, signed
from tests.support.world import World

LOGOUT: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.mark.parametrize("issuer", [CI, STAFF, MAIL])
async def test_nobody_speaks_for_our_staff(sqlite_trading: World, issuer: str) -> None:
    """They sign in here, with a second factor."""
    ada = sqlite_trading.people["ada"]
    named: dict[str, dict[str, Any]] = {
        CI: {"sub": ada.customer_id},
        STAFF: {"sub": ada.sub},
        MAIL: {"email": ada.primary_email},
    }
    token = foreign(sqlite_trading, issuer, **named[issuer])

    response = await exchange(sqlite_trading, token, kind="jwt")
    assert "nobody" in await refused_and_recorded(sqlite_trading, response, "invalid_request")

    if issuer != STAFF:  # Its `aud` is another one.
        response = await sqlite_trading.browser().token("gateway", grant_type=JWT_BEARER, assertion=token)
        await refused_and_recorded(sqlite_trading, response, "invalid_grant", kind="assertion.refused")


async def test_a_report_of_an_event_stands_for_nobody(sqlite_trading: World) -> None:
    """A logout token of theirs need not say in `typ` that it is one (OpenID Connect Back-Channel Logout §2.4)."""
    token = foreign(sqlite_trading, events=LOGOUT)

    response = await exchange(sqlite_trading, token, kind="jwt")

    assert "event" in await refused_and_recorded(sqlite_trading, response, "invalid_request")


@pytest.mark.parametrize(
    ("name", "number"), [("exp", "1e400"), ("iat", "-1e400"), ("nbf", "-1e400"), ("exp", "1" + "0" * 5_000)]
)
async def test_a_time_that_is_no_number(sqlite_trading: World, name: str, number: str) -> None:
    """Python reads it as an infinite one."""
    claims = json.dumps(foreign_claims(sqlite_trading, **{name: "here"})).replace('"here"', number)
    token = signed(claims.encode(), client_key("RS256", 10), kid="one")

    response = await exchange(sqlite_trading, token, kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")
