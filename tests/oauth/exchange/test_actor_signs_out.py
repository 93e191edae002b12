"""Who acts for a customer and signs out. A token hangs on one session: that of whose token was exchanged."""

import pytest

from idp.account.ending import end_all_sessions
from idp.records.event import Occasion
from tests.oauth.exchange.exchanging import DESK, claims_of, exchanged, is_active, panel_tokens
from tests.support.clients import API
from tests.support.delegating import ALICE, BOB, agreed
from tests.support.world import World


@pytest.mark.parametrize("how", ["sign-out", "all-sessions", "time"])
async def test_a_delegates_token_ends_with_their_own_session(trading: World, how: str) -> None:
    await agreed(trading)
    browser = trading.browser()
    own = await panel_tokens(trading, browser, identifier=BOB)
    acting = await exchanged(trading, own["access_token"], "panel", requested_subject=ALICE)
    further = await exchanged(trading, acting["access_token"], "gateway", audience=API)
    assert await is_active(trading, further["access_token"])

    if how == "sign-out":
        await browser.get("/logout", params={"id_token_hint": own["id_token"]})
    elif how == "all-sessions":
        house, occasion = trading.house, Occasion(now=trading.clock.now(), actor="cli:test")
        bob = trading.people["bob"].subject_id
        await end_all_sessions(house.database, house.audit, occasion, subject_id=bob)
    else:
        trading.clock.pass_(own["expires_in"])

    assert not await is_active(trading, acting["access_token"])
    assert not await is_active(trading, further["access_token"])


async def test_an_actors_sign_out_leaves_what_hangs_on_the_customers_session(trading: World) -> None:
    """Until the actor's own token is over, at the latest: docs/delegation.md says so."""
    alices = await panel_tokens(trading)
    browser = trading.browser()
    bobs = await panel_tokens(trading, browser, identifier=BOB, **DESK)
    form = {
        "actor_token": bobs["access_token"],
        "actor_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
    tokens = await exchanged(trading, alices["access_token"], "desk", **form)
    assert claims_of(trading, tokens)["exp"] <= claims_of(trading, bobs)["exp"]

    await browser.get("/logout", params={"id_token_hint": bobs["id_token"]})

    assert not await is_active(trading, bobs["access_token"])
    assert await is_active(trading, tokens["access_token"])
    house, occasion = trading.house, Occasion(now=trading.clock.now(), actor="cli:test")
    alice = trading.people["alice"].subject_id
    await end_all_sessions(house.database, house.audit, occasion, subject_id=alice)
    assert not await is_active(trading, tokens["access_token"])
