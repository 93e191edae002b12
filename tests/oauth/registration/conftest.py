"""Houses where clients may register themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.config.registration import Registration
from tests.oauth.registration.registering import registering_world
from tests.support.world import EVERY_EXCEPTION, World


@pytest.fixture
async def open_house_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Anybody may register, once on each kind of database."""
    async with registering_world(database_url, tmp_path) as world:
        yield world


@pytest.fixture
async def sqlite_open_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    async with registering_world(sqlite_url, tmp_path) as world:
        yield world


@pytest.fixture
async def token_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Only holders of an initial access token may, and every exception is on; once on each kind of database."""
    registration = Registration(mode="token")
    async with registering_world(
        database_url, tmp_path, registration=registration, exceptions=EVERY_EXCEPTION
    ) as world:
        yield world
