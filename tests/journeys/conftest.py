"""Demo worlds to travel in, each a process of its own: `idp demo` in English, and the same on PostgreSQL in French."""

import re
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from idp.demo.addresses import HIGHEST_DISTANCE, Addresses
from tests.support.postgresql import Cluster
from tests.support.processes import Running, running

BASES = range(24_000, 26_000, 100)
PASSWORD = "correct horse battery"
LANGUAGES = {"sqlite": "en-GB", "postgresql": "fr-FR"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo world, and the language that its visitors speak."""

    addresses: Addresses
    language: str
    server: Running

    @property
    def is_french(self) -> bool:
        return self.language.startswith("fr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """Somebody with a fresh browser before one of the worlds."""

    demo: Demo
    context: BrowserContext
    page: Page

    @property
    def addresses(self) -> Addresses:
        return self.demo.addresses

    def says(self, english: str, french: str) -> str:
        """What a page says in the visitor's language."""
        return french if self.demo.is_french else english

    async def begin(self, page: Page | None = None) -> Page:
        """Open the manager and choose to sign in."""
        page = page or self.page
        await page.goto(f"{self.addresses.manager}/")
        await page.click("a.primary")
        await page.wait_for_selector("#login")
        return page

    async def sign_in(self, identifier: str = "aa11111-ovh", password: str = PASSWORD) -> None:
        """Fill in the sign-in form and wait for the page that it leads to."""
        await fill(self.page, identifier, password)
        async with self.page.expect_navigation():
            await self.page.click("#login [name=action]")

    async def expect_home(self, page: Page | None = None) -> None:
        """The manager greets Alice."""
        page = page or self.page
        await page.wait_for_url(f"{self.addresses.manager}/")
        heading = await page.inner_text("h1")
        assert heading == self.says("Welcome, Alice Martin", "Bienvenue, Alice Martin")

    async def sign_out(self) -> None:
        """Through the menu at the top right."""
        await self.page.click("details.menu summary")
        await self.page.click("#sign-out button")
        await self.page.wait_for_url(re.compile("/signed-out"))


async def fill(page: Page, identifier: str, password: str = PASSWORD) -> None:
    await page.fill("#login [autocomplete~=username]", identifier)
    await page.fill("#login [autocomplete~=current-password]", password)


def free_base() -> int:
    """A base port above which nothing listens."""
    for base in BASES:
        if all(_is_free(base + distance) for distance in range(HIGHEST_DISTANCE + 1)):
            return base
    raise AssertionError(f"no base port is free in {BASES}")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


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
        base, folder = free_base(), self._folders.mktemp(f"demo-{kind}")
        command = _on_sqlite(base, folder)
        if kind == "postgresql":
            cluster: Cluster = self._request.getfixturevalue("cluster")
            command = _on_postgresql(base, folder, cluster.create("journeys"))
        addresses = Addresses(port=base)
        server = self._stack.enter_context(running(command, ready=f"ready {addresses.issuer}"))
        self[kind] = Demo(addresses=addresses, language=LANGUAGES[kind], server=server)
        return self[kind]


def _on_sqlite(base: int, folder: Path) -> list[str | Path]:
    return [sys.executable, "-m", "idp", "demo", "--port", str(base), "--data-dir", folder]


def _on_postgresql(base: int, folder: Path, url: str) -> list[str | Path]:
    return [sys.executable, "-m", "tests.journeys.on_postgresql", str(base), folder, url]


@asynccontextmanager
async def travelling(demo: Demo, browser: Browser, **options: Any) -> AsyncIterator[Traveller]:
    """A fresh browser in the world's language. `options` are those of a context."""
    context = await browser.new_context(**{"locale": demo.language, **options})
    yield Traveller(demo=demo, context=context, page=await context.new_page())
    await context.close()


@pytest_asyncio.fixture(params=sorted(LANGUAGES), loop_scope="session")
async def traveller(
    request: pytest.FixtureRequest, demos: dict[str, Demo], browser: Browser
) -> AsyncIterator[Traveller]:
    """In English on SQLite, in French on PostgreSQL."""
    async with travelling(demos[request.param], browser) as traveller:
        yield traveller


@pytest_asyncio.fixture(loop_scope="session")
async def english(demos: dict[str, Demo], browser: Browser) -> AsyncIterator[Traveller]:
    """In English on SQLite alone, for what neither language nor database changes."""
    async with travelling(demos["sqlite"], browser) as traveller:
        yield traveller
