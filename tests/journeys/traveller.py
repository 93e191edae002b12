"""Somebody with a browser before one of the worlds, and the steps that every journey is made of."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.messages import Catalog
from babel.messages.pofile import read_po
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect

from idp.demo.accounts import ACCOUNTS, PASSWORD
from idp.demo.addresses import Addresses
from tests.journeys.hands import Hand, Pointer
from tests.journeys.worlds import Demo
from tests.support.processes import ROOT

_POINTER = Pointer()
ADDRESSES = {account.customer_id: account.email for account in ACCOUNTS}

# What a screen reader says of a field, or of the group that it is in, besides its name.
_DESCRIPTION = """field => [field, field.closest("fieldset")].filter(Boolean)
  .flatMap(one => (one.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean))
  .map(id => document.getElementById(id).textContent).join("\\n")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """`hand` is what pages are used with; `problems` is what the browser complained about: scripts that failed, and
    what a policy refused.
    """

    demo: Demo
    context: BrowserContext
    page: Page
    hand: Hand = _POINTER
    problems: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> Addresses:
        return self.demo.addresses

    def says(self, english: str, french: str) -> str:
        """What a page says in the visitor's language."""
        return french if self.demo.is_french else english

    async def begin(self, page: Page | None = None) -> Page:
        """Open the manager and choose to sign in. Mails from before are of no interest."""
        page = page or self.page
        await self.demo.mailbox.forget()
        await page.goto(f"{self.addresses.manager}/")
        await self.hand.press(page, "a.primary")
        await page.wait_for_selector("#login")
        return page

    async def begin_at_entry(self, target: str = "/") -> Page:
        """Follow the website's link into a page of the manager, in the visitor's language."""
        await self.demo.mailbox.forget()
        came_from, subsidiary = f"{self.addresses.manager}{target}", self.says("GB", "fr")
        await self.page.goto(
            f"{self.addresses.issuer}/auth/"
            f"?action=gotomanager&from={quote(came_from, safe='')}&ovhSubsidiary={subsidiary}"
        )
        await expect(self.page.locator("#login [autocomplete~=username]")).to_be_focused()
        assert await self.page.get_attribute("html", "lang") == self.says("en", "fr")
        return self.page

    async def press(self, control: str) -> None:
        """Use a link or a button, and wait for where it leads."""
        await self.hand.press(self.page, control)

    async def touch(self, control: str) -> None:
        """Use what changes the page itself, and leads nowhere."""
        await self.hand.touch(self.page, control)

    async def fill(self, field: str, text: str) -> None:
        await self.hand.fill(self.page, field, text)

    async def tick(self, box: str) -> None:
        await self.hand.tick(self.page, box)

    async def choose(self, radio: str) -> None:
        await self.hand.choose(self.page, radio)

    async def select(self, field: str, option: str) -> None:
        await self.hand.select(self.page, field, option)

    async def upload(self, field: str, *files: Path) -> None:
        await self.hand.upload(self.page, field, *files)

    async def sign_in(self, identifier: str = "aa11111-ovh", password: str = PASSWORD) -> None:
        """Fill in the sign-in form and wait for the page that it leads to."""
        await self.fill("#login [autocomplete~=username]", identifier)
        await self.fill("#login [autocomplete~=current-password]", password)
        await self.press("#login [name=action][value=continue]")

    async def enter_code(self, code: str, form: str = "email-code") -> None:
        """Type a code where one is asked for, and wait for the page that it leads to."""
        await self.fill(f"#{form} [autocomplete~=one-time-code]", code)
        await self.press(f"#{form} [name=action][value=continue]")

    async def by(self, way: str) -> None:
        """Choose a second factor."""
        await self.press("#second-factor [name=action][value=other-way]")
        await self.press(f"#other-way [name=action][value={way}]")

    async def arrive(self, identifier: str = "aa11111-ovh", target: str = "/") -> None:
        """The whole way from the sign-in form to the manager, whatever it asks for on the way."""
        await self.sign_in(identifier)
        await self.go_on(identifier, target)

    async def go_on(self, identifier: str = "aa11111-ovh", target: str = "/") -> None:
        """From the page behind the password to the manager, by a mailed code or a second factor."""
        await self.page.wait_for_selector("#email-code, #second-factor, details.menu")
        if await self.page.locator("#email-code").count():
            address = identifier if "@" in identifier else ADDRESSES[identifier]
            await self.enter_code(await self.demo.mailbox.code(address))
        elif await self.page.locator("#second-factor").count():
            await self.by("totp")
            await self.enter_code(self.demo.app_code(identifier), "second-factor")
        await self.page.wait_for_url(f"{self.addresses.manager}{target}")

    async def expect_home(self, page: Page | None = None, *, name: str = "Alice Martin") -> None:
        """The manager greets whoever signed in."""
        page = page or self.page
        await page.wait_for_url(f"{self.addresses.manager}/")
        heading = await page.inner_text("h1")
        assert heading == self.says(f"Welcome, {name}", f"Bienvenue, {name}")

    def words(self, english: str, **values: object) -> str:
        """A sentence of the provider's pages as the visitor reads it."""
        sentence = _french(english) if self.demo.is_french else english
        return sentence % values if values else sentence

    async def expect_problem(self, english: str, **values: object) -> None:
        """The page says first what is wrong, and so does its title. Without `values`, the beginning of it will do."""
        await expect(self.page).to_have_title(re.compile("^" + self.says("Error: ", "Erreur")))
        summary = await self.page.inner_text(".summary")
        expected = self.words(english, **values)
        assert (expected if values else expected.split("%(")[0]) in summary, summary

    async def expect_error(self, english: str, *, field: str = "", **values: object) -> None:
        """The page says what is wrong to everybody: its title names error and step, its summary has the focus and leads
        to the field, and the field bears the same words. Then the focus is there. Without `field` it is nobody's fault.
        """
        await self.expect_problem(english, **values)
        page, step = self.page, await self.page.inner_text("h1")
        assert (await page.title()).startswith(f"{self.words('Error:')} {step} ")
        await expect(page.locator(".summary[role=alert]")).to_be_focused()
        if not field:
            assert await page.locator(".summary a, [aria-invalid]").count() == 0
            return
        first = page.locator(".summary li").first
        assert await first.locator("a").get_attribute("href") == f"#{field}"
        wrong = page.locator(f"#{field}")
        assert await wrong.get_attribute("aria-invalid") == "true"
        assert await first.inner_text() in await wrong.evaluate(_DESCRIPTION)
        await self.touch(".summary li:first-child a")
        await expect(wrong).to_be_focused()

    async def sign_out(self) -> None:
        """Through the menu at the top right."""
        await self.touch("details.menu summary")
        await self.press("#sign-out button")
        await self.page.wait_for_url(re.compile("/signed-out"))


@cache
def _catalogue() -> Catalog:
    with (ROOT / "templates/locale/fr/LC_MESSAGES/idp.po").open("rb") as file:
        return read_po(file)


def _french(english: str) -> str:
    message = _catalogue().get(english)
    assert message, f"the pages say nothing like this: {english}"
    assert message.string, f"there is no French for: {english}"
    return str(message.string)


def other_than(code: str) -> str:
    """A code that is not this one."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def on_phone(width: int, scheme: str) -> dict[str, Any]:
    """A browser on a phone so wide, for `travelling`. `scheme` is light or dark."""
    return {
        "viewport": {"width": width, "height": 640},
        "color_scheme": scheme,
        "has_touch": True,
        "is_mobile": True,
    }


async def fill(page: Page, identifier: str, password: str = PASSWORD) -> None:
    await page.fill("#login [autocomplete~=username]", identifier)
    await page.fill("#login [autocomplete~=current-password]", password)


async def press(page: Page, button: str) -> None:
    """Press a button, and wait for where it leads, through all redirects."""
    async with page.expect_navigation():
        await page.click(button)


@asynccontextmanager
async def travelling(
    demo: Demo, browser: Browser, hand: Hand = _POINTER, /, **options: Any
) -> AsyncIterator[Traveller]:
    """A fresh browser in the world's language. `options` are those of a context. Its console has to stay empty."""
    context = await browser.new_context(**{"locale": demo.language, **options})
    traveller = Traveller(demo=demo, context=context, page=await context.new_page(), hand=hand)

    def heard(message: ConsoleMessage) -> None:
        # A page that answers with an error status is announced there too, which is no fault of the page.
        is_status = message.text.startswith("Failed to load resource") and "/static/" not in str(
            message.location
        )
        if message.type in ("error", "warning") and not is_status:
            traveller.problems.append(message.text)

    def failed(error: WebError) -> None:
        traveller.problems.append(str(error.error))

    context.on("console", heard)
    context.on("weberror", failed)
    yield traveller
    await context.close()
    assert traveller.problems == []
