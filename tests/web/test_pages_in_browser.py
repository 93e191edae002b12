"""Every page in a real browser: small windows, large text, contrast, targets, focus, a silent console."""

import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from starlette.testclient import TestClient

from idp.web.brand import contrast
from tests.web.samples import SAMPLES, answer_from, sample_application

Theme = Literal["light", "dark"]

# The colours of each text and of what lies behind it.
_INKS = """
() => {
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const ground = getComputedStyle(element).backgroundColor;
      if (ground !== "rgba(0, 0, 0, 0)") return ground;
    }
  };
  const pairs = new Set();
  for (const element of document.querySelectorAll("body, body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (text && element.checkVisibility())
      pairs.add(getComputedStyle(element).color + " on " + behind(element));
  }
  return [...pairs];
}
"""
# What can be pressed, and is smaller than a thumb; a box stands for its label too.
_SMALL = """
() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")]
  .filter((element) => element.checkVisibility() && !element.matches(".skip, h2 a, p a"))
  .map((element) => ["checkbox", "radio"].includes(element.type) ? element.parentElement : element)
  .filter((element) => element.getBoundingClientRect().height < 43.9)
  .map((element) => element.outerHTML)
"""


class Visit:
    """A browser window that shows samples, and what its console said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def show(self, name: str, language: str = "en") -> None:
        await self.page.goto(f"http://localhost/{name}?language={language}")

    async def open_everything(self) -> None:
        await self.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")

    async def width(self) -> int:
        return int(await self.page.evaluate("document.documentElement.scrollWidth"))


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        yield Visit(await context.new_page())
    await context.close()


async def test_pages_fit_320_pixels_and_text_of_twice_the_size(browser: Browser, visit: Visit) -> None:
    for name in SAMPLES:
        await visit.show(name, "fr")
        assert await visit.width() == 320, name
        await visit.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await visit.width() == 320, f"{name} with large text"
        await visit.open_everything()
        assert await visit.width() == 320, f"{name} opened"
    assert visit.complaints == []


async def test_targets_are_as_large_as_a_thumb(browser: Browser, visit: Visit) -> None:
    for name in SAMPLES:
        await visit.show(name)
        await visit.open_everything()
        assert await visit.page.evaluate(_SMALL) == [], name


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_text_can_be_read_on_its_ground(browser: Browser, visit: Visit, theme: Theme) -> None:
    await visit.page.emulate_media(color_scheme=theme)
    for name in SAMPLES:
        await visit.show(name)
        await visit.open_everything()
        for pair in await visit.page.evaluate(_INKS):
            ink, ground = (_hexadecimal(colour) for colour in pair.split(" on "))
            assert contrast(ink, ground) >= 4.5, f"{name}: {pair}"


def _hexadecimal(colour: str) -> str:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour))
    return f"#{red:02x}{green:02x}{blue:02x}"


async def test_the_summary_takes_the_focus_and_leads_to_the_field(browser: Browser, visit: Visit) -> None:
    await visit.show("login-errors")
    assert await visit.page.evaluate("document.activeElement.className") == "summary"
    await visit.page.click(".summary a >> nth=0")
    assert await visit.page.evaluate("document.activeElement.id") == "username"


async def test_a_password_is_shown_and_hidden_again(browser: Browser, visit: Visit) -> None:
    page = visit.page
    await visit.show("login")
    assert await page.evaluate("document.activeElement.id") == "username"
    await page.fill("#password", "correct horse battery")
    await page.get_by_role("button", name="Show password").click()
    assert await page.get_attribute("#password", "type") == "text"
    assert await page.text_content("#password-status") == "Your password is visible."
    await page.get_by_role("button", name="Hide password").click()
    assert await page.get_attribute("#password", "type") == "password"


async def test_the_menu_shows_who_is_signed_in_and_closes_with_escape(browser: Browser, visit: Visit) -> None:
    page = visit.page
    await visit.show("home")
    await page.click(".menu summary")
    lines = (await page.inner_text(".sheet dl")).split("\n")
    assert [line for line in lines if "@" in line or "-ovh" in line] == ["alice@demo.test", "aa11111-ovh"]
    await page.keyboard.press("Escape")
    assert await page.is_hidden("#sign-out")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_the_focus_ring_is_three_pixels(browser: Browser, visit: Visit) -> None:
    await visit.show("login")
    for _ in range(6):
        await visit.page.keyboard.press("Tab")
        outline = await visit.page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline


async def test_pages_work_without_scripts(browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        page = await context.new_page()
        await page.goto("http://localhost/login")
        assert await page.is_visible("#password")
        assert await page.is_hidden("[data-reveals]")
        await page.goto("http://localhost/home")
        await page.click(".menu summary")
        assert await page.is_visible("#sign-out button")
    await context.close()
