"""Bob's second factor, each way that he has, and what is refused of it."""

import re

import pyotp
from playwright.async_api import Browser

from idp.demo.accounts import BACKUP_CODES, TOTP_SECRET
from tests.journeys.traveller import Traveller, press, travelling

BOB, PHONE = "bb22222-ovh", "+33199005678"
HOME_NAME = "Bob Durand"
USED_STEP = "That code was used before, and each works once. Wait for the next code, %(wait)s."
WRONG_STEP = "That code isn’t right. Check that you use the app for this account, and that its code is new."
USED_BACKUP = "You have used that backup code before, and each works once. Use another one."


async def test_known_browser_is_asked_all_the_same_on_the_way_last_used(traveller: Traveller) -> None:
    for _ in range(2):
        await traveller.begin()
        await traveller.sign_in(BOB)
        await traveller.by("totp")
        await traveller.enter_code(traveller.demo.app_code(BOB), "second-factor")
        await traveller.expect_home(name=HOME_NAME)
        await traveller.sign_out()
    await traveller.begin()
    await traveller.sign_in(BOB)
    assert await traveller.page.input_value("#second-factor [name=way]") == "totp"


async def test_code_of_an_app_works_once_and_the_page_says_when_the_next_comes(
    traveller: Traveller, browser: Browser
) -> None:
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("totp")
    code = traveller.demo.app_code(BOB)
    await traveller.enter_code(code, "second-factor")
    await traveller.expect_home(name=HOME_NAME)
    async with travelling(traveller.demo, browser) as again:
        await again.begin()
        await again.sign_in(BOB)
        await again.by("totp")
        await again.enter_code(code, "second-factor")
        await again.expect_problem(USED_STEP)


async def test_wrong_code_of_an_app_is_refused(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("totp")
    wrong = pyotp.TOTP(TOTP_SECRET).at(traveller.demo.now + 86_400)
    await traveller.enter_code(wrong, "second-factor")
    await traveller.expect_problem(WRONG_STEP)
    await traveller.enter_code(traveller.demo.app_code(BOB), "second-factor")
    await traveller.expect_home(name=HOME_NAME)


async def test_backup_code_works_once(traveller: Traveller, browser: Browser) -> None:
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("backup-code")
    await traveller.enter_code(BACKUP_CODES[0].lower(), "second-factor")
    await traveller.expect_home(name=HOME_NAME)
    async with travelling(traveller.demo, browser) as again:
        await again.begin()
        await again.sign_in(BOB)
        await again.by("backup-code")
        await again.enter_code(BACKUP_CODES[0], "second-factor")
        await again.expect_problem(USED_BACKUP)
        await again.enter_code(BACKUP_CODES[1], "second-factor")
        await again.expect_home(name=HOME_NAME)


async def test_backup_code_goes_into_the_field_of_the_app_too(english: Traveller) -> None:
    await english.begin()
    await english.sign_in(BOB)
    await english.by("totp")
    await english.enter_code(BACKUP_CODES[2], "second-factor")
    await english.expect_home(name=HOME_NAME)


async def test_code_by_sms(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("sms")
    await press(traveller.page, "#second-factor [name=action][value=send]")
    await traveller.enter_code(await traveller.demo.mailbox.code(PHONE), "second-factor")
    await traveller.expect_home(name=HOME_NAME)


async def test_mailed_code_is_no_way_for_bob(traveller: Traveller) -> None:
    """Nor does the address of its page help."""
    await traveller.begin()
    await traveller.sign_in(BOB)
    asked = traveller.page.url
    await traveller.page.goto(re.sub(r"/[a-z-]+$", "/email-code", asked))
    assert await traveller.page.locator("#email-code").count() == 0
    assert await traveller.page.locator("#second-factor").count() == 1
    await press(traveller.page, "#second-factor [name=action][value=other-way]")
    offered = await traveller.page.eval_on_selector_all(
        "#other-way [name=action]", "buttons => buttons.map(button => button.value)"
    )
    assert {"totp", "sms", "backup-code"} <= set(offered) <= {"security-key", "totp", "sms", "backup-code"}
    assert await traveller.page.locator("a[href$=email-code]").count() == 0
