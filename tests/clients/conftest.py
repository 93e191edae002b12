"""Rooms on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.support.rooms import Rooms, open_rooms


@pytest.fixture
async def rooms(database_url: str) -> AsyncIterator[Rooms]:
    async with open_rooms(database_url) as rooms:
        yield rooms
