"""The customer guide on a lost password: a link by mail, in this browser or on another device; and on changing it."""

import re

from playwright.async_api import Browser

from tests.journeys.setting_up import NEW_PASSWORD
from tests.journeys.traveller import Traveller, travelling
from tests.journeys.ways_back import (
    NEWER_PASSWORD,
    NEXT,
    ask_for_link,
    choose_newer,
    expect_manager,
    newcomer_with_password,
    sign_in_at,
)

_FIELD = "#new-password [autocomplete~=new-password]"


async def test_password_lost(reader: Traveller) -> None:
    newcomer = await newcomer_with_password(reader)
    page = await reader.begin_at_entry()
    await reader.press("a[href*=forgot]")
    await reader.fill("#username-password", " ")
    await reader.press(f"#forgot-password {NEXT}")
    await reader.expect_error("Enter your customer ID or e-mail address", field="username-password")
    await reader.press(f"a:text-is('{reader.words('Back to sign in')}')")

    link = await ask_for_link(reader, newcomer.customer_id, newcomer.email)
    await page.goto(link)
    await reader.fill(_FIELD, "too short")
    await reader.press(f"#new-password {NEXT}")
    await reader.expect_error(
        "The password is too short. Use at least %(minimum)s characters.", field="password", minimum=12
    )
    await choose_newer(reader, link)
    await reader.press("a.primary")
    assert await page.input_value("#login [autocomplete~=username]") == newcomer.customer_id
    await reader.fill("#login [autocomplete~=current-password]", NEWER_PASSWORD)
    await reader.press(f"#login {NEXT}")
    await expect_manager(reader, newcomer)

    await page.goto(link)
    assert await page.locator("#new-password").count() == 0


async def test_password_lost_and_the_link_opened_on_another_device(
    reader: Traveller, browser: Browser
) -> None:
    newcomer = await newcomer_with_password(reader)
    await reader.begin_at_entry()
    link = await ask_for_link(reader, newcomer.email, newcomer.email)
    async with travelling(reader.demo, browser, reader.hand) as phone:
        await choose_newer(phone, link)
        await phone.press("a.primary")
        await phone.sign_in(newcomer.customer_id, NEWER_PASSWORD)
        await expect_manager(phone, newcomer)


async def test_password_changed_while_signed_in(reader: Traveller) -> None:
    newcomer = await newcomer_with_password(reader)
    page, security = reader.page, f"{reader.addresses.issuer}/account/security"
    await sign_in_at(reader, newcomer, "/account/security")
    await reader.press("a[href='/account/password']")
    await reader.fill("#change-password [autocomplete~=current-password]", "not this one at all")
    await reader.fill("#change-password [autocomplete~=new-password]", NEWER_PASSWORD)
    await reader.press(f"#change-password {NEXT}")
    await reader.expect_error("This is not your current password. Check it and try again.", field="current")
    await reader.fill("#change-password [autocomplete~=current-password]", NEW_PASSWORD)
    await reader.fill("#change-password [autocomplete~=new-password]", NEWER_PASSWORD)
    assert await page.is_checked("#sign_out")
    await reader.press(f"#change-password {NEXT}")
    await page.wait_for_url(security)
    await reader.demo.mailbox.next(newcomer.email, re.compile(r"/not-me/"))
    await page.goto(f"{reader.addresses.issuer}/account")
    assert await page.locator("details.menu").count() == 1
