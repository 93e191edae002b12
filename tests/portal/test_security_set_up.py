"""The wizard: two-factor authentication is turned on step by step, and nothing is lost on the way."""

import json
import re
from html import unescape

import httpx2
import pyotp
import pytest

from tests.portal.pressing import forms_of, open_account, press
from tests.support.authenticator import SoftwareKey
from tests.support.mail import delivered
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


def options_of(page: httpx2.Response) -> dict[str, object]:
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


async def test_an_app_turns_two_factor_authentication_on(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, SECURITY)
    assert ">Off<" in page.text
    await delivered(world)
    page = await choose(browser, "totp")
    assert "Step 2 of 4" in page.text
    assert "<svg" in page.text
    secret = secret_of(page)
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(
        await press(browser, page, "set-up", "continue", code=f"{code[:3]} {code[3:]}", name="My phone")
    )
    assert "Step 3 of 4" in page.text
    codes = codes_of(page)
    assert len(set(codes)) == 10
    # A device is set up, and nothing is on yet: nobody could be locked out who stops here.
    assert await world.rows("SELECT two_factor_at FROM security WHERE two_factor_at IS NOT NULL") == []
    assert codes_of(await browser.get(str(page.url))) == codes
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Step 4 of 4" in done.text
    assert not codes_of(done)
    security = await browser.get(SECURITY)
    assert ">On<" in security.text
    assert "My phone" in security.text
    assert "10 codes left" in security.text
    mails = await delivered(world)
    assert {mail.to for mail in mails} == {"alice@example.test"}
    assert len(mails) == 2


async def test_the_setting_up_of_a_key_and_of_a_passkey(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "security-key")
    answer = SoftwareKey.u2f().create(options_of(page))
    page = await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))
    assert len(codes_of(page)) == 10
    await press(browser, page, "backup-codes", "continue", saved="1")
    page = await browser.follow(await browser.get("/account/security/passkey"))
    answer = SoftwareKey().create(options_of(page))
    page = await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))
    assert "Your device is set up" in page.text
    security = await browser.get(SECURITY)
    assert "Security key" in security.text
    assert "Passkey" in security.text
    assert forms_of(security).keys() >= {"rename-device", "rename-device-2"}


@pytest.mark.requirement("S46")
async def test_backup_codes_are_digests_and_wait_until_they_are_kept(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    _, page = await with_app(browser, world)
    refused = await press(browser, page, "backup-codes", "continue")
    assert refused.status_code == 422
    assert codes_of(refused) == codes_of(page)
    assert await world.rows("SELECT digest FROM backup_code") == []
    await press(browser, page, "backup-codes", "continue", saved="1")
    assert len(await world.rows("SELECT digest FROM backup_code")) == 10
    assert await world.rows("SELECT sealed FROM enrolment WHERE sealed IS NOT NULL AND kind = 'totp'") == []
