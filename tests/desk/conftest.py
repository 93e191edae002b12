"""A house with two agents and a customer whom they may help."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from idp.config.settings import Support
from idp.records.account import Person
from tests.desk.agents import make_agent, make_person, open_desk
from tests.support.mail import delivered
from tests.support.world import Browser, World, open_world, settings_for


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`browser` is Sam's, signed in with two factors; `page` is the search."""

    world: World
    sam: Person
    carol: Person
    browser: Browser
    page: httpx2.Response

    async def events(self, kind: str, fields: str = "reason") -> list[tuple[object, ...]]:
        """What the trail holds of a kind, the oldest first."""
        return await self.world.rows(
            f"SELECT {fields} FROM audit_event WHERE type = '{kind}' ORDER BY event_id"
        )


async def open_for_sam(world: World) -> Desk:
    sam = await make_agent(world, "sam")
    carol = await make_person(world, "carol", "cc33333-ovh", backup="carol.spare@example.test")
    browser, page = await open_desk(world, sam)
    await delivered(world)
    return Desk(world=world, sam=sam, carol=carol, browser=browser, page=page)


@pytest.fixture
async def desk(world: World) -> Desk:
    return await open_for_sam(world)


@pytest.fixture
async def sqlite_desk(sqlite_world: World) -> Desk:
    return await open_for_sam(sqlite_world)


@pytest.fixture
async def strict_desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """An hour allows ten views, and ten searches."""
    few = Support(views_per_hour=10, searches_per_hour=10)
    async with open_world(replace(settings_for(database_url, tmp_path), support=few)) as world:
        yield await open_for_sam(world)
