"""Every page before strangers' eyes: axe-core's rules, and a scale."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request
from starlette.testclient import TestClient

from tests.web.auditing import violations
from tests.web.samples import PARTS, answer_from, sample_application

_MOST_BYTES = 100_000


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        yield await context.new_page()
    await context.close()


@pytest.mark.parametrize("names", PARTS)
async def test_axe_finds_nothing_on_any_page(browser: Browser, page: Page, names: tuple[str, ...]) -> None:
    for name in names:
        await page.goto(f"http://localhost/{name}?language=fr")
        assert await violations(page) == [], name


@pytest.mark.parametrize("names", PARTS)
async def test_no_page_transfers_more_than_100_kb(
    browser: Browser, page: Page, names: tuple[str, ...]
) -> None:
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    for name in names:
        finished.clear()
        await page.goto(f"http://localhost/{name}")
        sizes = [(await request.sizes())["responseBodySize"] for request in [*finished]]
        assert len(sizes) > 1
        assert sum(sizes) <= _MOST_BYTES, name
