"""What a running server does by itself: prune what nobody can use any more, in small batches, one node at a time."""

import asyncio

import pytest

from idp.app.upkeep import Upkeep
from idp.store.pruning import BATCH
from idp.store.throttle import spend_try
from tests.support.world import START, World

pytestmark = pytest.mark.asyncio

_DAY = 86_400
_PRUNED = (
    "interaction", "code", "refresh_token", "family", "session", "device", "throttle", "velocity", "risk_decision",
)  # fmt: skip
_TRY = spend_try((0,), forget_seconds=60)


async def _count(world: World, table: str) -> int:
    return int((await world.rows(f"SELECT count(*) FROM {table}"))[0][0])


async def _use(world: World) -> None:
    """A sign-in that leaves a row everywhere."""
    browser = world.browser()
    page = await browser.authorize()
    await browser.submit(page, username="aa11111-ovh", password="a wrong password")
    await browser.redeem(await browser.sign_in())


async def test_what_is_still_of_use_stays(world: World) -> None:
    await _use(world)
    before = {table: await _count(world, table) for table in _PRUNED}
    assert all(before.values())

    await Upkeep(house=world.house, holder="node").once(START + 600)

    assert {table: await _count(world, table) for table in _PRUNED} == before


async def test_what_nobody_can_use_any_more_goes(world: World) -> None:
    await _use(world)

    await Upkeep(house=world.house, holder="node").once(START + 500 * _DAY)

    assert {table: await _count(world, table) for table in _PRUNED} == dict.fromkeys(_PRUNED, 0)
    assert await _count(world, "audit_event") > 0
    assert await _count(world, "account") == len(world.people)


async def test_more_than_a_batch_goes_at_once(world: World) -> None:
    effects = [_TRY.effect(key=f"k{number}", now=START) for number in range(2 * BATCH + 7)]
    assert await world.house.database.apply(effects)

    await Upkeep(house=world.house, holder="node").once(START + 2 * _DAY)

    assert await _count(world, "throttle") == 0


async def test_two_nodes_at_once_do_no_harm(world: World) -> None:
    await _use(world)
    nodes = [Upkeep(house=world.house, holder=f"node {number}") for number in range(4)]

    await asyncio.gather(*(node.once(START + 500 * _DAY) for node in nodes))

    assert await _count(world, "family") == 0
    assert len(await world.rows("SELECT 1 FROM signing_key WHERE state = 'active'")) == 4


async def test_a_pruned_interaction_restarts_for_the_home_application(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    await Upkeep(house=world.house, holder="node").once(START + 30 * _DAY)

    response = await browser.get(str(page.url))

    # No home application is configured here, so the page itself is the way on.
    assert response.status_code == 410
    assert 'href="/account"' in response.text
