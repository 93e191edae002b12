"""Steps of the wizard, as a person takes them."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import httpx2
import pyotp

from idp.app import create_app
from tests.portal.pressing import open_account, press
from tests.support.authenticator import SoftwareKey
from tests.support.world import Browser, World

SECURITY = "/account/security"
SET_UP = "/account/security/set-up"


def secret_of(page: httpx2.Response) -> str:
    """What the page lets people type into their app."""
    shown = re.search(r'id="secret">(.*?)</span>\n', page.text, re.DOTALL)
    assert shown is not None
    return re.sub(r"<[^>]*>|\s", "", shown[1])


def codes_of(page: httpx2.Response) -> list[str]:
    return re.findall(r'<li class="code">([^<]+)</li>', page.text)


def options_of(page: httpx2.Response) -> dict[str, Any]:
    found = re.search(r"data-options='([^']*)'", page.text)
    assert found is not None
    return dict(json.loads(unescape(found[1])))


async def choose(browser: Browser, kind: str, path: str = SET_UP) -> httpx2.Response:
    page = await browser.follow(await browser.get(path))
    return await browser.follow(await press(browser, page, "set-up", kind))


async def with_app(browser: Browser, world: World, path: str = SET_UP) -> tuple[str, httpx2.Response]:
    """Set an app up as far as the first code: its secret, and the page after it."""
    page = await choose(browser, "totp", path)
    secret = secret_of(page)
    code = pyotp.TOTP(secret).at(world.clock.at)
    return secret, await browser.follow(await press(browser, page, "set-up", "continue", code=code))


async def turned_on(browser: Browser, world: World) -> tuple[str, list[str]]:
    """Turn two-factor authentication on with an app: its secret and the backup codes."""
    secret, page = await with_app(browser, world)
    codes = codes_of(page)
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Two-factor authentication is on" in done.text
    return secret, codes


async def set_up_passkey(browser: Browser, key: SoftwareKey) -> httpx2.Response:
    page = await browser.follow(await browser.get("/account/security/passkey"))
    answer = key.create(options_of(page))
    return await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))


def with_sms(world: World) -> World:
    house = replace(
        world.house,
        settings=replace(
            world.house.settings,
            factors=replace(world.house.settings.factors, sms_url="https://sms.example.test/send"),
        ),
    )
    return replace(world, house=house, app=create_app(house))


async def open_as_staff(browser: Browser, world: World) -> httpx2.Response:
    """Sign Ada in, who has to set a device up on the way: the page that she wanted, `/account/security`."""
    page = await open_account(browser, SECURITY, identifier="ad90000-ovh")
    return await first_device(browser, world, page)


async def first_device(browser: Browser, world: World, page: httpx2.Response) -> httpx2.Response:
    """Set an app up inside a sign-in that demands it: the page that was wanted."""
    page = await browser.follow(await press(browser, page, "set-up", "totp"))
    code = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    page = await browser.follow(await press(browser, page, "set-up", "continue", code=code))
    return await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
