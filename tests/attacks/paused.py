"""Sign-ins that wait at a prompt, each in a fresh browser, and an attacker with a valid form token for every form."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx2

from idp.signing.secrets import Purpose
from idp.web.csrf import form_token
from tests.support.factors import BACKUP_CODES, totp_at
from tests.support.mail import delivered
from tests.support.world import ISSUER, PASSWORD, Browser, World, is_asking

ALICE, BOB, ADA = "aa11111-ovh", "bb22222-ovh", "ad90000-ovh"
OURS = {"origin": ISSUER, "sec-fetch-site": "same-origin"}
CODE = re.compile(r"\b\d{4} \d{4}\b")


@dataclass(kw_only=True)
class Paused:
    """A browser, and the page that it is on."""

    world: World
    browser: Browser
    page: httpx2.Response
    base: str
    sent: list[str] = field(default_factory=list)

    @classmethod
    async def at_login(
        cls, world: World, *, browser: Browser | None = None, address: str = "192.0.2.1", **parameters: str
    ) -> "Paused":
        browser = browser or world.browser(address=address)
        page = await browser.authorize(**parameters)
        found = re.search(r'action="(/sign-in/[0-9a-f]{32})/', page.text)
        assert found, page.status_code
        return cls(world=world, browser=browser, page=page, base=found[1])

    async def password(self, who: str = ALICE, password: str = PASSWORD, **fields: str) -> httpx2.Response:
        """The password, and whatever comes next."""
        return await self.post("login", username=who, password=password, action="continue", **fields)

    async def post(self, step: str, **fields: str) -> httpx2.Response:
        """A form to any prompt, as if we had sent its page; the answer is followed as far as it stays with us."""
        answered = await self.send(step, **fields)
        self.page = await self.browser.follow(answered)
        return self.page

    async def send(self, step: str, **fields: str) -> httpx2.Response:
        path = f"{self.base}/{step}"
        data = {"csrf_token": self.token(path), **fields}
        return await self.browser.http.post(path, data=data, headers=OURS)

    def token(self, path: str) -> str:
        browser = self.browser.http.cookies["idp-browser"]
        return form_token(self.world.house.secrets.newest(Purpose.FORM).value, browser=browser, purpose=path)

    async def next(self) -> httpx2.Response:
        """What the dispatcher says."""
        self.page = await self.browser.follow(await self.browser.get(self.base))
        return self.page

    async def mailed_code(self) -> str:
        """The newest code that a mail brought."""
        mails = [mail for mail in await delivered(self.world) if CODE.search(mail.text)]
        self.sent += [CODE.findall(mail.text)[0] for mail in mails]
        return self.sent[-1]

    def is_at(self, step: str) -> bool:
        return is_asking(self.page, step)


@dataclass(kw_only=True)
class Slow:
    """A form whose body comes when the sender likes: what the request looked up before is old by then."""

    fields: dict[str, str]
    is_awaited: asyncio.Event = field(default_factory=asyncio.Event)
    may_come: asyncio.Event = field(default_factory=asyncio.Event)

    async def body(self) -> AsyncIterator[bytes]:
        self.is_awaited.set()
        await self.may_come.wait()
        yield urlencode(self.fields).encode()

    async def send(self, browser: Browser, path: str) -> httpx2.Response:
        headers = {"origin": ISSUER, "content-type": "application/x-www-form-urlencoded"}
        return await browser.http.post(path, content=self.body(), headers=headers)


def copied(world: World, browser: Browser, *, address: str = "192.0.2.1") -> Browser:
    """Another browser with the cookies that this one holds now, or the same one elsewhere."""
    copy = world.browser(address=address)
    for cookie in browser.http.cookies.jar:
        copy.http.cookies.jar.set_cookie(cookie)
    return copy


async def at_email_code(world: World, who: str = ALICE, *, address: str = "192.0.2.1") -> Paused:
    """A password that is right, in a browser that nobody knows."""
    paused = await Paused.at_login(world, address=address)
    await paused.password(who)
    assert paused.is_at("email-code")
    return paused


async def at_second_factor(world: World, who: str = BOB, *, address: str = "192.0.2.1") -> Paused:
    """Bob, who has two-factor authentication on."""
    paused = await Paused.at_login(world, address=address)
    await paused.password(who)
    assert paused.is_at("second-factor")
    return paused


async def at_set_up(world: World, who: str = ADA, *, address: str = "192.0.2.1") -> Paused:
    """Staff without a factor, who have to set one up."""
    paused = await at_email_code(world, who, address=address)
    await paused.post("email-code", action="continue", code=await paused.mailed_code())
    assert paused.is_at("set-up-choose") or "set-up" in paused.page.url.path, paused.page.url
    return paused


async def sign_in_with_code(world: World, browser: Browser, who: str = ALICE) -> httpx2.Response:
    """A whole sign-in of somebody whose browser is unknown."""
    paused = await Paused.at_login(world, browser=browser, prompt="login")
    await paused.password(who)
    if paused.is_at("email-code"):
        await paused.post("email-code", action="continue", code=await paused.mailed_code())
    return paused.page


async def sign_in_with_app(
    world: World, browser: Browser, who: str = BOB, **parameters: str
) -> httpx2.Response:
    """A whole sign-in of somebody who has an app."""
    paused = await Paused.at_login(world, browser=browser, **{"prompt": "login", **parameters})
    await paused.password(who)
    return await paused.post("second-factor", action="continue", way="totp", code=totp_at(world.clock.now()))


def backup_code(number: int = 0) -> str:
    return BACKUP_CODES[number]
