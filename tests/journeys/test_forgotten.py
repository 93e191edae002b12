"""Numbered ways of the guide: the ID found by mail; the password lost, or changed; an account blocked and unblocked."""

import re

from playwright.async_api import Browser, Page

from tests.journeys.setting_up import (
    NEW_PASSWORD,
    add_app,
    choose,
    choose_password,
    save_backup_codes,
    sign_in_with_code,
)
from tests.journeys.traveller import Traveller, press, travelling
from tests.journeys.worlds import Newcomer

DAY = 86_400
NEWER_PASSWORD = "eight brown bears in the snow"
_LINK = re.compile(r"https?://\S+/new-password/[0-9A-Za-z_-]{64}")
_NEXT = "[name=action][value=continue]"


async def newcomer_in(traveller: Traveller) -> Newcomer:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    return newcomer


async def ask_for_link(traveller: Traveller, typed: str, email: str) -> str:
    """From the sign-in page; the link in the mail."""
    page = traveller.page
    await press(page, "a[href*=forgot]")
    await page.fill("#forgot-password [autocomplete~=username]", typed)
    await press(page, f"#forgot-password {_NEXT}")
    assert await page.inner_text("h1") == traveller.words("Look in your mailbox")
    return (await traveller.demo.mailbox.next(email, _LINK))[1]


async def choose_newer(traveller: Traveller, page: Page, link: str) -> None:
    await page.goto(link)
    await page.fill("#new-password [autocomplete~=new-password]", NEWER_PASSWORD)
    await press(page, f"#new-password {_NEXT}")
    assert await page.inner_text("h1") == traveller.words("Your password is saved")


async def test_forgotten_id_is_found_by_mail(traveller: Traveller) -> None:
    newcomer = await newcomer_in(traveller)
    page = await traveller.begin()
    await press(page, "a[href*=forgot]")
    await page.fill("#forgot-id [autocomplete~=username]", newcomer.email)
    await press(page, f"#forgot-id {_NEXT}")
    mail, found = await traveller.demo.mailbox.next(newcomer.email, re.compile(newcomer.customer_id))
    assert found in mail["subject"]
    await page.click(f"text={traveller.words('Back to sign in')}")
    await page.wait_for_selector("#login")
    await traveller.sign_in(found, NEW_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    await page.wait_for_url(f"{traveller.addresses.manager}/")


async def test_lost_password_is_replaced_and_the_application_goes_on(traveller: Traveller) -> None:
    newcomer = await newcomer_in(traveller)
    page = await traveller.begin()
    link = await ask_for_link(traveller, newcomer.customer_id, newcomer.email)
    await choose_newer(traveller, page, link)
    await press(page, "a.primary")
    assert await page.input_value("#login [autocomplete~=username]") == newcomer.customer_id
    await page.fill("#login [autocomplete~=current-password]", NEWER_PASSWORD)
    await press(page, f"#login {_NEXT}")
    await page.wait_for_url(f"{traveller.addresses.manager}/")
    await page.goto(link)
    assert await page.locator("#new-password").count() == 0


async def test_lost_password_is_replaced_on_another_device(traveller: Traveller, browser: Browser) -> None:
    newcomer = await newcomer_in(traveller)
    await traveller.begin()
    link = await ask_for_link(traveller, newcomer.email, newcomer.email)
    async with travelling(traveller.demo, browser) as phone:
        await choose_newer(traveller, phone.page, link)
        await phone.page.click("a.primary")
        await phone.page.wait_for_selector("#login")
        await phone.sign_in(newcomer.customer_id, NEWER_PASSWORD)
        await phone.page.wait_for_url(f"{phone.addresses.manager}/")


async def test_password_is_changed_while_signed_in(traveller: Traveller) -> None:
    newcomer = await newcomer_in(traveller)
    await sign_in_with_code(traveller, newcomer)
    page, issuer = traveller.page, traveller.addresses.issuer
    await page.goto(f"{issuer}/account/security")
    await press(page, "a[href='/account/password']")
    await page.fill("#change-password [autocomplete~=current-password]", "not this one at all")
    await page.fill("#change-password [autocomplete~=new-password]", NEWER_PASSWORD)
    await press(page, f"#change-password {_NEXT}")
    await traveller.expect_problem("This is not your current password. Check it and try again.")
    await page.fill("#change-password [autocomplete~=current-password]", NEW_PASSWORD)
    await page.fill("#change-password [autocomplete~=new-password]", NEWER_PASSWORD)
    assert await page.is_checked("#sign_out")
    await press(page, f"#change-password {_NEXT}")
    await page.wait_for_url(f"{issuer}/account/security")
    await traveller.demo.mailbox.next(newcomer.email, re.compile(r"/not-me/"))
    await page.goto(f"{issuer}/account")
    assert await page.locator("details.menu").count() == 1


async def test_account_is_blocked_and_unblocked_by_the_app(traveller: Traveller) -> None:
    newcomer = await newcomer_in(traveller)
    await sign_in_with_code(traveller, newcomer)
    page, demo, issuer = traveller.page, traveller.demo, traveller.addresses.issuer
    await page.goto(f"{issuer}/account/security/set-up")
    await choose(traveller, "totp")
    secret = await add_app(traveller, newcomer.customer_id)
    await save_backup_codes(traveller)
    demo.pass_(8 * DAY)
    await page.goto(f"{issuer}/account/security")
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await traveller.enter_code(demo.app_code(newcomer.customer_id, secret), "second-factor")
    await press(page, "a[href='/account/block']")
    await press(page, "#block [name=action][value=block]")
    assert await page.inner_text("h1") == traveller.words("Your account is blocked")

    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    assert await page.inner_text("h1") == traveller.words("Your account is blocked")
    await press(page, "a.primary")
    await page.fill("#forgot-password [autocomplete~=username]", newcomer.customer_id)
    await press(page, f"#forgot-password {_NEXT}")
    _, link = await demo.mailbox.next(newcomer.email, _LINK)
    await choose_newer(traveller, page, link)
    await press(page, "a.primary")
    await page.fill("#login [autocomplete~=current-password]", NEWER_PASSWORD)
    await press(page, f"#login {_NEXT}")
    await traveller.enter_code(demo.app_code(newcomer.customer_id, secret), "second-factor")
    await page.wait_for_url(f"{traveller.addresses.manager}/")
