"""A command beside a running server: what it changes holds at once, whatever the server remembers."""

import asyncio

import pytest

from idp.clients.registration import disable_client
from idp.records.event import Occasion
from idp.store.opening import create_database
from tests.support.waiting import until
from tests.support.world import START, World

pytestmark = pytest.mark.asyncio


async def _in_another_process(world: World) -> None:
    """Another connection is as good as another process: SQLite tells them apart the same way."""
    database = create_database(world.house.settings.database.url)
    await database.open()
    await disable_client(database, world.house.audit, Occasion(now=START, actor="cli:test"), "machine")
    await database.close()


async def test_a_client_that_a_command_disabled_is_soon_refused(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert (await browser.token("machine", grant_type="client_credentials")).status_code == 200

    await _in_another_process(sqlite_world)

    async def is_refused() -> bool:
        # The clock of this world stands still, so its copy of the client never grows old.
        return (await browser.token("machine", grant_type="client_credentials")).status_code == 401

    assert await until(is_refused)


async def test_our_own_writes_change_no_generation(sqlite_world: World) -> None:
    database = sqlite_world.house.database
    loop = asyncio.get_running_loop()
    before, next_look_at = database.generation(), loop.time() + 0.2
    await sqlite_world.browser().sign_in()

    async def has_looked() -> bool:
        return loop.time() > next_look_at

    await until(has_looked)
    assert database.generation() == before
