"""Somebody who becomes a customer, question by question."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2

from tests.login.coded import code_in
from tests.portal.pressing import forms_of, press
from tests.support.mail import Mail, delivered
from tests.support.world import Browser, World

EMAIL = "nina@new.test"
CHOSEN = "seven green otters"


@dataclass(kw_only=True)
class Newcomer:
    """A browser, the page that it is on, and the mails that arrived meanwhile."""

    world: World
    browser: Browser
    page: httpx2.Response
    mails: list[Mail] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.page.url.path

    @property
    def step(self) -> str:
        return self.path.rpartition("/")[2]

    async def look(self, path: str = "") -> httpx2.Response:
        self.page = await self.browser.follow(await self.browser.get(path or self.path))
        return self.page

    async def press(self, action: str = "continue", /, **fields: str) -> httpx2.Response:
        """A button of the page's form; the answer is followed as far as it stays with us."""
        [form] = [name for name in forms_of(self.page) if name.startswith("sign-up")]
        answered = await press(self.browser, self.page, form, action, **fields)
        self.page = await self.browser.follow(answered)
        return self.page

    async def say_where(self, country: str = "FR", language: str = "en") -> httpx2.Response:
        return await self.press(country=country, language=language)

    async def choose(self, email: str = EMAIL, password: str = CHOSEN) -> httpx2.Response:
        return await self.press(email=email, password=password)

    async def mailed_code(self) -> str:
        """The code of the only mail with one that is waiting."""
        [mail] = [mail for mail in await delivered(self.world) if "code" in mail.subject]
        return code_in(mail)

    async def enter(self, code: str) -> httpx2.Response:
        return await self.press(code=code)

    async def prove(self) -> httpx2.Response:
        return await self.enter(await self.mailed_code())

    async def name(self, given: str = "Nina", family: str = "Novak", **more: str) -> httpx2.Response:
        return await self.press(given_name=given, family_name=family, **more)

    async def until(self, step: str, *, email: str = EMAIL, password: str = CHOSEN) -> "Newcomer":
        """Answer everything before a question."""
        answers: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
            "country": self.say_where,
            "credentials": lambda: self.choose(email, password),
            "code": self.prove,
            "type": lambda: self.press(kind="individual"),
            "name": self.name,
        }
        for question, answer in answers.items():
            if question == step:
                break
            await answer()
        assert step in (self.step, "country"), self.page.text
        return self

    async def go_on(self) -> httpx2.Response:
        """From the welcome to whatever comes next."""
        found = re.search(r'<a class="primary" href="([^"]+)"', self.page.text)
        assert found, self.page.text
        return await self.look(found[1])


async def begin(world: World, *, address: str = "192.0.2.1", path: str = "/sign-up") -> Newcomer:
    browser = world.browser(address=address)
    return Newcomer(world=world, browser=browser, page=await browser.follow(await browser.get(path)))


async def begin_from(world: World, *, address: str = "192.0.2.1", **parameters: str) -> Newcomer:
    """From the sign-in page of an application, by its link."""
    browser = world.browser(address=address)
    page = await browser.authorize(**parameters)
    if found := re.search(r'href="(/sign-up\?from=[0-9a-f]+)"', page.text):
        page = await browser.get(found[1])
    return Newcomer(world=world, browser=browser, page=page)
