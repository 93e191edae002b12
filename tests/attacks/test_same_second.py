"""A proof is of one password: a change ends it, even one in the very second of the proof."""

import pytest

from idp.account.password import set_password
from idp.records.event import Occasion
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.asyncio

NEW = "battery horse correct"


async def _change(world: World, password: str) -> None:
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="system")
    assert await set_password(
        house.database,
        house.audit,
        occasion,
        world.people["alice"],
        password,
        secrets=house.secrets,
        hasher=house.hasher,
    )


@pytest.mark.requirement("S61")
async def test_a_proof_of_the_former_password_makes_no_session(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    proven = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)

    await _change(world, NEW)

    assert 'id="login"' in (await browser.follow(proven)).text


async def test_the_new_password_works_in_the_same_second(world: World) -> None:
    await _change(world, NEW)
    await _change(world, NEW)

    assert "code=" in (await world.browser().sign_in(password=NEW)).headers["location"]
