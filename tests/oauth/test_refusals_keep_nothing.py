"""A refused request leaves what it presented as it was: no half of a success is ever kept."""

import pytest

from tests.support.clients import LEDGER
from tests.support.world import World

pytestmark = pytest.mark.asyncio


async def test_a_refused_resource_leaves_the_code_usable(world: World) -> None:
    browser = world.browser()
    redirect = await browser.sign_in()

    refused = await browser.redeem(redirect, resource=LEDGER)

    assert refused.json()["error"] == "invalid_target"
    assert (await browser.redeem(redirect)).status_code == 200


async def test_a_refused_scope_leaves_the_refresh_token_usable(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    refused = await browser.token(**refresh, scope="openid invoices:pay")

    assert refused.json()["error"] == "invalid_scope"
    assert await world.rows("SELECT 1 FROM refresh_token WHERE redeemed_at IS NOT NULL") == []
    assert (await browser.token(**refresh)).status_code == 200
