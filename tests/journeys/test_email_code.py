"""The code by e-mail, through real SMTP: who is asked, who isn't, and which codes open nothing."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.traveller import Traveller, other_than, press, travelling

ALICE, CAROL = "alice@demo.test", "carol@demo.test"
WRONG = "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s."
OVER = "This code works no more. Ask for a new one."
_SAID = re.compile(r"\d{4} \d{4}")


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour(traveller: Traveller, browser: Browser) -> AsyncIterator[Traveller]:
    """Somebody else's browser in the same world."""
    async with travelling(traveller.demo, browser) as neighbour:
        yield neighbour


async def test_signing_out_keeps_the_device_and_the_cookies_of_others(traveller: Traveller) -> None:
    await traveller.context.add_cookies(
        [{"name": "shop-cart", "value": "3 books", "url": f"{traveller.addresses.issuer}/"}]
    )
    await traveller.begin()
    await traveller.arrive()
    await traveller.sign_out()
    cookies = {cookie["name"]: cookie["value"] for cookie in await traveller.context.cookies()}
    assert cookies["shop-cart"] == "3 books"
    assert "idp-device" in cookies
    assert "idp-session" not in cookies


async def test_the_mail_says_what_it_is_for(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    mail, code = await traveller.demo.mailbox.next(ALICE, _SAID)
    assert code in mail["text"].strip().splitlines()[0]
    assert code in mail["html"]
    assert "aa11111-ovh" in mail["subject"]
    assert code not in mail["subject"]
    for said in (traveller.says("Manager", "Espace client"), "Chrom", "Linux"):
        assert said in mail["text"]
    assert f"{traveller.addresses.issuer}/not-me/" in mail["text"]
    await traveller.enter_code(code.replace(" ", ""))
    await traveller.expect_home()


async def test_expired_code_says_so_and_a_new_one_works(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    code = await traveller.demo.mailbox.code(ALICE)
    traveller.demo.pass_(601)
    await traveller.enter_code(code)
    await traveller.expect_problem(OVER)
    await press(traveller.page, "#email-code [name=action][value=resend]")
    await traveller.enter_code(await traveller.demo.mailbox.code(ALICE))
    await traveller.expect_home()


async def test_code_that_was_used_opens_nothing_again(traveller: Traveller, neighbour: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    used = await traveller.demo.mailbox.code(ALICE)
    await traveller.enter_code(used)
    await traveller.expect_home()
    await traveller.page.go_back()
    await traveller.expect_home()

    await neighbour.begin()
    await neighbour.sign_in()
    fresh = await traveller.demo.mailbox.code(ALICE)
    await neighbour.enter_code(used)
    await neighbour.expect_problem(WRONG, tries=4)
    await neighbour.enter_code(fresh)
    await neighbour.expect_home()


async def test_code_works_in_no_other_browser(traveller: Traveller, neighbour: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    code = await traveller.demo.mailbox.code(ALICE)
    await neighbour.begin()
    await neighbour.sign_in()
    await neighbour.demo.mailbox.code(ALICE)
    await neighbour.enter_code(code)
    await neighbour.expect_problem(WRONG, tries=4)
    await traveller.enter_code(code)
    await traveller.expect_home()


async def test_code_works_for_no_other_account(traveller: Traveller, neighbour: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    alices = await traveller.demo.mailbox.code(ALICE)
    await neighbour.begin()
    await neighbour.sign_in("cc33333-ovh")
    carols = await traveller.demo.mailbox.code(CAROL)
    await neighbour.enter_code(alices)
    await neighbour.expect_problem(WRONG, tries=4)
    await neighbour.enter_code(carols)
    await neighbour.expect_home(name="Carol Lefèvre")


async def test_sixth_try_is_none_even_with_the_right_code(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    code = await traveller.demo.mailbox.code(ALICE)
    for left in (4, 3, 2, 1):
        await traveller.enter_code(other_than(code))
        await traveller.expect_problem(WRONG, tries=left)
    other_tab = replace(traveller, page=await traveller.context.new_page())
    await other_tab.page.goto(traveller.page.url)
    await traveller.enter_code(other_than(code))
    await traveller.expect_problem(
        "The code doesn’t match, and that was the last try for it. Ask for a new one."
    )
    assert await traveller.page.locator("#email-code [autocomplete~=one-time-code]").count() == 0

    await other_tab.enter_code(code)
    await other_tab.expect_problem(OVER)

    traveller.demo.pass_(31)
    await press(traveller.page, "#email-code [name=action][value=resend]")
    await traveller.enter_code(await traveller.demo.mailbox.code(ALICE))
    await traveller.expect_home()


async def test_new_code_can_be_had_twice_and_the_last_two_work(traveller: Traveller) -> None:
    page, mailbox = traveller.page, traveller.demo.mailbox
    await traveller.begin()
    await traveller.sign_in()
    codes = [await mailbox.code(ALICE)]
    await press(page, "#email-code [name=action][value=resend]")
    assert await page.locator(".summary").count() == 1
    for _ in range(2):
        traveller.demo.pass_(31)
        await press(page, "#email-code [name=action][value=resend]")
        assert await page.locator(".summary").count() == 0
        codes.append(await mailbox.code(ALICE))
    await traveller.enter_code(codes[0])
    await traveller.expect_problem(WRONG, tries=4)
    await traveller.enter_code(codes[1])
    await traveller.expect_home()


async def test_reload_and_back_button_send_nothing(english: Traveller) -> None:
    await english.begin()
    await english.sign_in()
    code = await english.demo.mailbox.code(ALICE)
    sent = len(await english.demo.mailbox.messages(ALICE))
    for _ in range(2):
        await english.page.reload()
    await english.page.go_back()
    await english.page.go_forward()
    await english.enter_code(code)
    await english.expect_home()
    mails = await english.demo.mailbox.messages(ALICE)
    assert [mail for mail in mails[: len(mails) - sent] if _SAID.search(mail["text"])] == []


async def test_whoever_lost_the_mailbox_is_told_whom_to_call(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in()
    await traveller.demo.mailbox.code(ALICE)
    async with traveller.page.expect_navigation():
        await traveller.page.click("a[href$=lost-mailbox]")
    assert await traveller.page.locator("a[href='tel:+33199000000']").count()


async def test_the_chain_works_without_scripts(english: Traveller) -> None:
    browser = english.context.browser
    assert browser
    async with travelling(english.demo, browser, java_script_enabled=False) as plain:
        await plain.begin()
        await plain.sign_in()
        code = await plain.demo.mailbox.code(ALICE)
        await plain.enter_code(other_than(code))
        await plain.expect_problem(WRONG, tries=4)
        plain.demo.pass_(31)
        await press(plain.page, "#email-code [name=action][value=resend]")
        await plain.enter_code(await plain.demo.mailbox.code(ALICE))
        await plain.expect_home()
