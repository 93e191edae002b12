"""Every page in a real browser: small windows, large text, contrast, targets, focus, a silent console."""

import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from starlette.testclient import TestClient

from idp.config.contrast import contrast
from tests.web.auditing import colours, cut_texts, open_everything, small_targets, width
from tests.web.markup import Markup
from tests.web.samples import PARTS, SETTINGS, answer_from, sample_application

Theme = Literal["light", "dark"]

_WORD = re.compile(r"[^\W\d_]+")


class Visit:
    """A browser window that shows samples, and what its console said."""

    def __init__(self, page: Page, client: TestClient) -> None:
        self.page = page
        self._client = client
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def show(self, name: str, language: str = "en") -> None:
        await self.page.goto(f"http://localhost/{name}?language={language}")

    def longest(self, name: str) -> str:
        """The language with the longest word on this page or, where they share it, with the most to say."""
        measures = {}
        for language in SETTINGS.language.offered:
            text = Markup(self._client.get(f"/{name}?language={language}").text).text
            measures[language] = (max(map(len, _WORD.findall(text))), len(text))
        return max(measures, key=lambda language: measures[language])


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    context = await browser.new_context(viewport={"width": 320, "height": 640})
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        yield Visit(await context.new_page(), client)
    await context.close()


@pytest.mark.parametrize("names", PARTS)
async def test_pages_fit_320_pixels_and_text_of_twice_the_size(
    browser: Browser, visit: Visit, names: tuple[str, ...]
) -> None:
    """Each page in the language whose words are the longest there: if that fits, the others do."""
    languages = set()
    for name in names:
        language = visit.longest(name)
        await visit.show(name, language)
        await _expect_fitting(visit, f"{name} in {language}")
        await visit.page.evaluate("document.documentElement.style.fontSize = '200%'")
        await _expect_fitting(visit, f"{name} in {language} with large text")
        await open_everything(visit.page)
        await _expect_fitting(visit, f"{name} in {language} opened")
        languages.add(language)
    assert visit.complaints == []
    assert len(languages) > 1


async def _expect_fitting(visit: Visit, what: str) -> None:
    assert await width(visit.page) == 320, what
    assert await cut_texts(visit.page) == [], what


@pytest.mark.parametrize("names", PARTS)
async def test_targets_are_as_large_as_a_thumb(
    browser: Browser, visit: Visit, names: tuple[str, ...]
) -> None:
    for name in names:
        await visit.show(name)
        await open_everything(visit.page)
        assert await small_targets(visit.page) == [], name


@pytest.mark.parametrize("names", PARTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_text_can_be_read_on_its_ground(
    browser: Browser, visit: Visit, theme: Theme, names: tuple[str, ...]
) -> None:
    await visit.page.emulate_media(color_scheme=theme)
    for name in names:
        await visit.show(name)
        await open_everything(visit.page)
        for pair in await colours(visit.page):
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
