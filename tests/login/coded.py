"""Somebody whose sign-in is risky, the code that is mailed to them, and what they do with it."""

import re
from dataclasses import dataclass

import httpx2

from tests.login.guessing import OURS, form_of
from tests.support.mail import Mail, delivered
from tests.support.world import PASSWORD, Browser, World

_CODE = re.compile(
    r"^([0-9]{4} [0-9]{4}|[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4})\b", re.MULTILINE
)
_LINK = re.compile(r"http://localhost:8000(/not-me/[0-9A-Za-z_-]+)")


@dataclass(kw_only=True)
class Visitor:
    """A browser, and the page that it is on."""

    world: World
    browser: Browser
    page: httpx2.Response

    @property
    def path(self) -> str:
        """Of the prompt."""
        return self.page.url.path

    async def look(self, path: str = "") -> httpx2.Response:
        self.page = await self.browser.follow(await self.browser.get(path or self.path))
        return self.page

    async def press(self, action: str, **fields: str) -> httpx2.Response:
        """A button of the form; the answer is followed as far as it stays with us."""
        answered = await self.browser.http.post(
            self.path, data=form_of(self.page, **{"action": action, **fields}), headers=OURS
        )
        self.page = await self.browser.follow(answered)
        return self.page

    async def enter(self, code: str) -> httpx2.Response:
        return await self.press("continue", code=code)

    async def resend(self) -> httpx2.Response:
        return await self.press("resend")


async def ask_for_code(
    world: World, who: str = "aa11111-ovh", *, address: str = "192.0.2.1", **parameters: str
) -> Visitor:
    """A fresh browser, whose right password is followed by the question for a code."""
    browser = world.browser(address=address)
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize(**parameters))
    await visitor.press("continue", username=who, password=PASSWORD)
    return visitor


async def mails_to(world: World, template_words: str = "") -> list[Mail]:
    return [mail for mail in await delivered(world) if template_words in mail.subject]


async def mailed_code(world: World) -> str:
    """The code of the only mail that is waiting."""
    mails = await mails_to(world, "code")
    assert len(mails) == 1, [mail.subject for mail in mails]
    return code_in(mails[0])


def code_in(mail: Mail) -> str:
    found = _CODE.search(mail.text)
    assert found, mail.text
    return found[1]


def link_in(mail: Mail) -> str:
    found = _LINK.search(mail.text)
    assert found, mail.text
    return found[1]


def other_than(*codes: str) -> str:
    """A code that is none of these."""
    taken = {code.replace(" ", "") for code in codes}
    return next(f"{number:08}" for number in range(100) if f"{number:08}" not in taken)
