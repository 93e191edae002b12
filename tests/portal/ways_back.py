"""What people do who forgot something: ask, read the mail, follow its link, choose, and go on."""

import re
from html import unescape

import httpx2

from idp.store.address_changes import SET_BACKUP
from tests.portal.pressing import press
from tests.support.mail import Mail, delivered
from tests.support.world import Browser, World

CHOSEN = "seven quiet herons"
_LINK = re.compile(r"^http://localhost:8000(/new-password/[0-9A-Za-z_-]{64})$", re.MULTILINE)
_PRIMARY = re.compile(r'class="primary" href="([^"]*)"')


async def ask(
    browser: Browser, typed: str, *, what: str = "password", path: str = "/forgot"
) -> httpx2.Response:
    """Fill in one of the two forms; nothing is followed. `what` is password or id."""
    return await press(browser, await browser.get(path), f"forgot-{what}", "continue", username=typed)


async def mailed_link(
    world: World, typed: str = "aa11111-ovh", *, browser: Browser | None = None, path: str = "/forgot"
) -> str:
    """The path of the link that somebody asked for."""
    asked = await ask(browser or world.browser(), typed, path=path)
    assert asked.status_code == 303, asked.text
    return link_in(next(mail for mail in await delivered(world) if "/new-password/" in mail.text))


def link_in(mail: Mail) -> str:
    found = _LINK.search(mail.text)
    assert found, mail.text
    return found[1]


async def choose(browser: Browser, link: str, password: str = CHOSEN) -> httpx2.Response:
    """Open a link and choose a password by it."""
    page = await browser.get(link)
    assert page.status_code == 200, page.text
    return await press(browser, page, "new-password", "continue", password=password)


def primary_link(page: httpx2.Response) -> str:
    """Where the page leads first."""
    found = _PRIMARY.search(page.text)
    assert found, page.text
    return unescape(found[1])


async def go_on(
    browser: Browser, saved: httpx2.Response, password: str = CHOSEN, *, who: str = "aa11111-ovh"
) -> httpx2.Response:
    """From “Your password is saved” through the sign-in page, whose name is filled in."""
    page = await browser.get(primary_link(saved))
    assert f'value="{who}"' in page.text
    form = re.search(r'<form id="login".*?</form>', page.text, re.DOTALL)
    assert form
    return await browser.follow(await browser.submit(page, "login", username=who, password=password))


async def give_backup(world: World, who: str, address: str) -> None:
    """A backup address that was proven, long ago."""
    effect = SET_BACKUP.effect(
        expects=1,
        of_account=world.people[who].account_id,
        new_email=address,
        new_key=address,
        now=world.clock.now(),
    )
    assert await world.house.database.apply([effect])


async def is_gone(browser: Browser, link: str) -> bool:
    page = await browser.get(link, headers={"accept": "text/html"})
    return page.status_code == 404 and "This link doesn’t work any more" in page.text
