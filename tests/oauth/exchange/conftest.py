"""Houses whose services exchange tokens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.oauth.exchange.exchanging import exchange_settings, exchange_world
from tests.support.world import World


@pytest.fixture
async def trading(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Once on each kind of database."""
    async with exchange_world(exchange_settings(database_url, tmp_path)) as world:
        yield world


@pytest.fixture
async def sqlite_trading(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    async with exchange_world(exchange_settings(sqlite_url, tmp_path)) as world:
        yield world
