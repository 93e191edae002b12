"""The system's Chromium, driven by Playwright.

The browser lasts as long as the run, so it lives on the session's event loop; tests that use it run there too. Each
test gets a context of its own: no cookie, cache or history is shared.
"""

from collections.abc import AsyncIterator, Iterable
from inspect import iscoroutinefunction

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.programs import CHROMIUM

# Nothing in the background: what the network sees is what the test does.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# As long as Playwright waits for everything else; its five seconds are a pause of a busy machine.
expect.set_options(timeout=30_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.get(), args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh profile that speaks English. Tests that need another call `browser.new_context`."""
    context = await browser.new_context(locale="en-GB")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """An empty tab of `context`."""
    return await context.new_page()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Put the tests that use the browser on its event loop."""
    for item in items:
        if (
            isinstance(item, pytest.Function)
            and "browser" in item.fixturenames
            and iscoroutinefunction(item.function)
        ):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
