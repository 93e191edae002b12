"""A thief makes a service account in the very moment in which the owner reports them."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from tests.portal.pressing import press
from tests.support.mail import delivered
from tests.support.service_accounts import NEW_PATH, OFFERED, make
from tests.support.waiting import until
from tests.support.world import World, open_world, settings_for

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
async def postgresql_serving_world(postgresql_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Where transactions run side by side."""
    settings = replace(settings_for(postgresql_url, tmp_path), service_accounts=OFFERED)
    async with open_world(settings) as world:
        yield world


async def test_what_is_made_beside_a_report_is_turned_off(
    postgresql_serving_world: World, postgresql_url: str
) -> None:
    world = postgresql_serving_world
    thief, owner = world.browser(), world.browser()
    await make(thief)
    mail = (await delivered(world))[-1]
    link = re.search(r"http://localhost:8000(/not-me/\S+)", mail.text)
    assert link is not None
    form, report = await thief.get(NEW_PATH), await owner.get(link[1])
    server = await asyncpg.connect(postgresql_url)
    try:
        # Whoever wants the session waits in the order of their coming: the thief is first.
        async with server.transaction():
            await server.execute("SELECT 1 FROM session FOR UPDATE")
            fields = {"name": "Another", "scope": "invoices:read", "method": "client_secret_basic"}
            making = asyncio.create_task(press(thief, form, "new-service-account", "continue", **fields))
            await until(lambda: _are_waiting(server, 1))
            reporting = asyncio.create_task(press(owner, report, "not-me", "continue"))
            await until(lambda: _are_waiting(server, 2))
        assert (await making).status_code == 200
        assert (await reporting).status_code in (200, 303)
    finally:
        await server.close()

    assert await world.rows("SELECT count(*), count(disabled_at) FROM client WHERE owner_id IS NOT NULL") == [
        (2, 2)
    ]


async def _are_waiting(server: asyncpg.Connection, many: int) -> bool:
    """However often it is asked within a transaction, the answer is of this moment."""
    await server.execute("SELECT pg_stat_clear_snapshot()")
    return int(await server.fetchval(_WAITING)) >= many
