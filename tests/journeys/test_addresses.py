"""E-mail addresses: a backup address; another primary one, at once by a code, after a day, or stopped from the mail."""

import re

from playwright.async_api import Browser

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, press, travelling
from tests.journeys.worlds import Newcomer

_CANCEL = re.compile(r"https?://\S+/address/\S+")


async def _newcomer(traveller: Traveller) -> Newcomer:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    return newcomer


async def _open(traveller: Traveller, newcomer: Newcomer, path: str) -> None:
    """One of the pages about addresses, signing in as far as it asks for it."""
    page = traveller.page
    await traveller.demo.mailbox.forget()
    await page.goto(f"{traveller.addresses.issuer}{path}")
    if await page.locator("#login").count():
        await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    if await page.locator("#email-code").count():
        await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    while await page.locator("[name=action][value=skip]").count():
        await press(page, "[name=action][value=skip]")
    await page.wait_for_url(f"{traveller.addresses.issuer}{path}")


async def _prove(traveller: Traveller, address: str) -> None:
    """Type a new address, and the code that arrives there."""
    page = traveller.page
    await page.fill("#new-address [autocomplete~=email]", address)
    await press(page, "#new-address [name=action][value=continue]")
    await traveller.enter_code(await traveller.demo.mailbox.code(address), "address-code")


async def _shown(traveller: Traveller) -> str:
    await traveller.page.goto(f"{traveller.addresses.issuer}/account/addresses")
    return await traveller.page.inner_text("main")


async def test_backup_address_is_added(traveller: Traveller) -> None:
    newcomer = await _newcomer(traveller)
    spare = f"spare.{newcomer.email}"
    await _open(traveller, newcomer, "/account/addresses/backup")
    await traveller.page.fill("#new-address [autocomplete~=email]", newcomer.email)
    await press(traveller.page, "#new-address [name=action][value=continue]")
    await traveller.expect_problem("This is your primary address. Enter another one.")
    await _prove(traveller, spare)
    assert spare in await traveller.page.inner_text("main")


async def test_primary_address_changes_at_once_with_a_code_from_the_current_mailbox(
    traveller: Traveller,
) -> None:
    newcomer = await _newcomer(traveller)
    new = f"new.{newcomer.email}"
    await _open(traveller, newcomer, "/account/addresses/primary")
    await _prove(traveller, new)
    page = traveller.page
    assert await page.inner_text("h1") == traveller.words("Enter the code from your current mailbox")
    await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email), "address-change-code")
    assert new in await page.inner_text("main")
    assert newcomer.email not in (await page.inner_text("main")).replace(new, "")
    await page.click("details.menu summary")
    assert new in await page.inner_text("details.menu")


async def test_primary_address_changes_by_itself_after_a_day(traveller: Traveller) -> None:
    newcomer = await _newcomer(traveller)
    new = f"late.{newcomer.email}"
    await _open(traveller, newcomer, "/account/addresses/primary")
    await _prove(traveller, new)
    await press(traveller.page, f"a:has-text('{traveller.words('Wait instead')}')")
    assert newcomer.email in (await _shown(traveller)).replace(new, "")
    traveller.demo.pass_(86_400)
    await _open(traveller, newcomer, "/account/addresses")
    assert newcomer.email not in (await _shown(traveller)).replace(new, "")
    assert new in await _shown(traveller)


async def test_owner_stops_a_change_from_the_mail_in_any_browser(
    traveller: Traveller, browser: Browser
) -> None:
    newcomer = await _newcomer(traveller)
    new = f"thief.{newcomer.email}"
    await _open(traveller, newcomer, "/account/addresses/primary")
    await _prove(traveller, new)
    _, link = await traveller.demo.mailbox.next(newcomer.email, _CANCEL)
    async with travelling(traveller.demo, browser) as owner:
        await owner.page.goto(link)
        assert newcomer.customer_id in await owner.page.inner_text("main")
        await press(owner.page, "#stop-change [name=action][value=stop]")
        assert await owner.page.inner_text("h1") == traveller.words("The change is stopped")
        assert "forgot" in str(await owner.page.locator("main a.primary").get_attribute("href"))
    assert new not in await _shown(traveller)
