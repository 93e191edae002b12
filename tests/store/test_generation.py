"""A command beside a running server: what it changes holds at once, whatever the server remembers."""

import asyncio
import time

import pytest

from idp.clients.registration import disable_client
from idp.records.event import Occasion
from idp.store.database import create_database
from tests.support.world import START, World

pytestmark = pytest.mark.asyncio


async def _in_another_process(world: World) -> None:
    """Another connection is as good as another process: SQLite tells them apart the same way."""
    database = create_database(world.house.settings.database.url)
    await database.open()
    await disable_client(database, world.house.audit, Occasion(now=START, actor="cli:test"), "machine")
    await database.close()


async def test_a_client_that_a_command_disabled_is_refused_at_once(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert (await browser.token("machine", grant_type="client_credentials")).status_code == 200

    await _in_another_process(sqlite_world)

    began = time.perf_counter()
    while (await browser.token("machine", grant_type="client_credentials")).status_code == 200:
        assert time.perf_counter() - began < 2
        await asyncio.sleep(0)


async def test_our_own_writes_change_no_generation(sqlite_world: World) -> None:
    database = sqlite_world.house.database
    before = database.generation()
    await sqlite_world.browser().sign_in()
    loop = asyncio.get_running_loop()
    until = loop.time() + 0.2
    while loop.time() < until:
        await asyncio.sleep(0)
    assert database.generation() == before
