"""Every page before strangers' eyes: axe-core's rules, and a scale."""

from collections.abc import AsyncIterator
from importlib.resources import files

import pytest_asyncio
from playwright.async_api import Browser, Page, Request
from starlette.testclient import TestClient

from tests.web.samples import SAMPLES, answer_from, sample_application

_MOST_BYTES = 100_000
_AXE = files("axe_playwright_python").joinpath("axe.min.js")
# WCAG 2.2 AA, and what axe's authors hold for good practice besides.
_VIOLATIONS = """
async () => {
  document.querySelectorAll("details").forEach((each) => each.open = true);
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { passes, violations } = await axe.run({ runOnly, resultTypes: ["violations"] });
  return [passes.length, violations.map((each) => [each.id, each.nodes.map((node) => node.html)])];
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        yield await context.new_page()
    await context.close()


async def test_axe_finds_nothing_on_any_page(browser: Browser, page: Page) -> None:
    axe = _AXE.read_text()
    for name in SAMPLES:
        await page.goto(f"http://localhost/{name}?language=fr")
        await page.evaluate(axe)
        passes, violations = await page.evaluate(_VIOLATIONS)
        assert passes
        assert violations == [], name


async def test_no_page_transfers_more_than_100_kb(browser: Browser, page: Page) -> None:
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    for name in SAMPLES:
        finished.clear()
        await page.goto(f"http://localhost/{name}")
        sizes = [(await request.sizes())["responseBodySize"] for request in [*finished]]
        assert len(sizes) > 1
        assert sum(sizes) <= _MOST_BYTES, name
