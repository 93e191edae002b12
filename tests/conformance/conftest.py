"""What a battery function is given: the suite, for the run that it is parametrized with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.client import Suite
from tests.conformance.fapi2 import FIRST, SECOND, Fapi
from tests.conformance.modules import Run
from tests.conformance.world import open_suite
from tests.support.world import World

# A part runs on PostgreSQL: everything that a client can register has a module there.
_ON_POSTGRESQL = "oidcc-dynamic-certification-test-plan"


@pytest.fixture
async def suite(run: Run, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Suite]:
    """The suite before its first request."""
    kind = "postgresql" if run.variant.plan == _ON_POSTGRESQL else "sqlite"
    async with open_suite(run, request.getfixturevalue(f"{kind}_url"), tmp_path) as suite:
        yield suite


@pytest.fixture
async def fapi(world: World) -> Fapi:
    """The FAPI suite with its two clients, once on each kind of database."""
    fapi = Fapi(world=world, browser=world.browser(headers={"accept": "text/html"}))
    for client in (FIRST, SECOND):
        await fapi.register(client)
    return fapi
