"""The worlds of the journeys: English on SQLite, French on PostgreSQL. Each lasts as long as the run."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.hands import Keys, Pointer
from tests.journeys.traveller import Traveller, travelling
from tests.journeys.worlds import Demo, demo_world
from tests.support.postgresql import Cluster

LANGUAGES = {"sqlite": "en-GB", "postgresql": "fr-FR"}


@pytest.fixture(scope="session")
def demos(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Demo]]:
    """Both worlds, each started when it is first wanted."""
    with ExitStack() as stack:
        yield _Demos(stack, tmp_path_factory, request)


class _Demos(dict[str, Demo]):
    def __init__(
        self, stack: ExitStack, folders: pytest.TempPathFactory, request: pytest.FixtureRequest
    ) -> None:
        super().__init__()
        self._stack, self._folders, self._request = stack, folders, request

    def __missing__(self, kind: str) -> Demo:
        settings = {}
        if kind == "postgresql":
            cluster: Cluster = self._request.getfixturevalue("cluster")
            settings["database"] = {"url": cluster.create("journeys")}
        world = demo_world(self._folders.mktemp(f"demo-{kind}"), LANGUAGES[kind], settings)
        self[kind] = self._stack.enter_context(world)
        return self[kind]


@pytest_asyncio.fixture(params=sorted(LANGUAGES), loop_scope="session")
async def traveller(
    request: pytest.FixtureRequest, demos: dict[str, Demo], browser: Browser
) -> AsyncIterator[Traveller]:
    """In English on SQLite, in French on PostgreSQL."""
    async with travelling(demos[request.param], browser) as traveller:
        yield traveller


@pytest_asyncio.fixture(params=sorted(LANGUAGES), loop_scope="session")
async def reader(
    request: pytest.FixtureRequest, demos: dict[str, Demo], browser: Browser
) -> AsyncIterator[Traveller]:
    """Who does what the customer guide says: in English with a pointer; in French by the keyboard alone, with pages so
    enlarged that they are 320 px wide.
    """
    enlarged = {"viewport": {"width": 320, "height": 640}}
    hand, options = (Pointer(), {}) if request.param == "sqlite" else (Keys(), enlarged)
    async with travelling(demos[request.param], browser, hand, **options) as reader:
        yield reader


@pytest_asyncio.fixture(loop_scope="session")
async def english(demos: dict[str, Demo], browser: Browser) -> AsyncIterator[Traveller]:
    """In English on SQLite alone, for what neither language nor database changes."""
    async with travelling(demos["sqlite"], browser) as traveller:
        yield traveller
