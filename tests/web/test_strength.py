"""The strength meter: what it says of passwords, that pages work without it, and that nothing leaves the page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect
from starlette.testclient import TestClient

from idp.web.pages import template_folders
from tests.web.samples import answer_from, sample_application

SCRIPT = template_folders()[0] / "static/js/strength.js"
PANEL = "[data-strength]"


@dataclass
class Choosing:
    """The page where a password is chosen, and what the browser sent and said."""

    page: Page
    sent: list[Request] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def heard(self, request: Request) -> None:
        """The browser may still fetch the page's icon."""
        if "/static/" not in request.url:
            self.sent.append(request)

    async def type(self, password: str, email: str = "") -> str:
        """What the meter makes of a password."""
        await self.page.fill("#email", email)
        await self.page.fill("#password", password)
        return await self.page.get_attribute(PANEL, "data-grade") or ""


@pytest_asyncio.fixture(loop_scope="session")
async def choosing(browser: Browser) -> AsyncIterator[Choosing]:
    context = await browser.new_context(viewport={"width": 390, "height": 800})
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        found = Choosing(await context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        await found.page.goto("http://localhost/sign-up-credentials?language=en")
        found.page.on("request", found.heard)
        yield found
    await context.close()


def test_the_script_is_small() -> None:
    assert SCRIPT.stat().st_size < 4_096


async def test_words_follow_the_guesses_that_a_password_takes(choosing: Choosing) -> None:
    expected = {
        "short": ["a", "elevenchars", "Tr0ub4dor&3"],
        "weak": [
            "passwordpassword",
            "abcdefghijklmnop",
            "aaaaaaaaaaaaaaaaaa",
            "qwertyuiop1234567890",
            "Bonjour20262026",
        ],
        "good": ["correct horse battery staple"],
        "strong": ["vT7#qm_2Lp!xR9wZ", "quatre loutres vertes sous un parapluie rouge"],
    }
    for grade, passwords in expected.items():
        for password in passwords:
            found = await choosing.type(password)
            assert found == grade or (grade, found) == ("good", "strong"), f"{password}: {found}"
    assert choosing.said == []


async def test_what_is_known_of_the_person_counts_for_nothing(choosing: Choosing) -> None:
    alone = await choosing.type("valentine montgolfier")
    beside = await choosing.type("valentine montgolfier", "valentine.montgolfier@new.test")
    assert (alone, beside) == ("good", "weak")


async def test_it_is_seen_once_something_is_typed_and_heard_after_a_pause(choosing: Choosing) -> None:
    await expect(choosing.page.locator(PANEL)).to_be_hidden()
    await choosing.type("short")
    await expect(choosing.page.locator(PANEL)).to_be_visible()
    await expect(choosing.page.locator(f"{PANEL} [role=status]")).to_have_text("Too short")
    assert await choosing.page.get_attribute(f"{PANEL} meter", "aria-label") == "Strength of the password"
    await choosing.type("quatre loutres vertes sous un parapluie")
    await expect(choosing.page.locator(f"{PANEL} [role=status]")).to_have_text("Strong")
    assert await choosing.page.eval_on_selector(f"{PANEL} meter", "meter => meter.value") == 4
    await choosing.type("")
    await expect(choosing.page.locator(PANEL)).to_be_hidden()


async def test_nothing_is_sent_while_one_types(choosing: Choosing) -> None:
    await choosing.type("quatre loutres vertes", "nina@new.test")
    await expect(choosing.page.locator(f"{PANEL} [role=status]")).not_to_be_empty()
    assert choosing.sent == []
    assert (
        await choosing.page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)]")
        == []
    )


async def test_a_very_long_password_keeps_nobody_waiting(choosing: Choosing) -> None:
    assert await choosing.type("loutre verte " * 5_000) in {"weak", "fair", "good", "strong"}


async def test_without_scripts_the_page_is_whole(browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    with TestClient(sample_application()) as client:
        await context.route("**/*", answer_from(client))
        page = await context.new_page()
        await page.goto("http://localhost/sign-up-credentials?language=en")
        await expect(page.locator(PANEL)).to_be_hidden()
        await expect(page.locator("#password")).to_be_visible()
    await context.close()
