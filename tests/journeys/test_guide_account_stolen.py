"""A stolen account: blocked at once by its owner or by an agent, and got back by its owner alone."""

import re

from playwright.async_api import Browser

from tests.journeys.desk import (
    KIM,
    SAM,
    agent_at_desk,
    do_for_account,
    do_to_case,
    find_account,
    open_case,
    pick_case,
    read_back,
)
from tests.journeys.setting_up import NEW_PASSWORD, add_app, begin_wizard, save_backup_codes
from tests.journeys.traveller import Traveller, other_than, travelling
from tests.journeys.ways_back import (
    DAY,
    NEW_PASSWORD_LINK,
    NEWER_PASSWORD,
    NEXT,
    choose_newer,
    expect_manager,
    newcomer_with_backup,
    newcomer_with_password,
    sign_in_at,
)
from tests.journeys.worlds import Newcomer

_FORGOT = re.compile(r"https?://\S+/forgot")
_BLOCKED = "Your account is blocked"
# What is changed shortly before a block may be a thief's, and helps nobody to undo it.
_LONG_AGO = 8 * DAY


async def block(reader: Traveller) -> None:
    """From the security page, where the session is all that it takes."""
    await reader.press("a[href='/account/block']")
    await reader.press("#block [name=action][value=block]")
    assert await reader.page.inner_text("h1") == reader.words(_BLOCKED)


async def with_new_password(reader: Traveller, newcomer: Newcomer) -> None:
    """The right password opens nothing, and leads to the way back: a new one, and then a second proof."""
    await reader.begin_at_entry()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    assert await reader.page.inner_text("h1") == reader.words(_BLOCKED)
    await reader.press("a.primary")
    await reader.fill("#username-password", newcomer.customer_id)
    await reader.press(f"#forgot-password {NEXT}")
    _, link = await reader.demo.mailbox.next(newcomer.email, NEW_PASSWORD_LINK)
    await choose_newer(reader, link)
    await reader.press("a.primary")
    await reader.fill("#login [autocomplete~=current-password]", NEWER_PASSWORD)
    await reader.press(f"#login {NEXT}")


async def test_account_blocked_by_its_owner_and_unblocked_by_the_app(
    reader: Traveller, browser: Browser
) -> None:
    demo, page = reader.demo, reader.page
    newcomer = await newcomer_with_password(reader)
    await sign_in_at(reader, newcomer, "/account/security")
    await begin_wizard(reader, "totp")
    secret = await add_app(reader, newcomer.customer_id)
    codes = await save_backup_codes(reader)
    demo.pass_(_LONG_AGO)
    async with travelling(demo, browser) as thief:
        await thief.begin()
        await thief.sign_in(newcomer.customer_id, NEW_PASSWORD)
        await thief.enter_code(codes[0], "second-factor")
        await expect_manager(thief, newcomer)

        await page.goto(f"{reader.addresses.issuer}/account/security")
        await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
        await reader.enter_code(demo.app_code(newcomer.customer_id, secret), "second-factor")
        await block(reader)

        await thief.page.goto(f"{thief.addresses.issuer}/account")
        assert await thief.page.locator("#login").count() == 1

    await with_new_password(reader, newcomer)
    await reader.enter_code(demo.app_code(newcomer.customer_id, secret), "second-factor")
    await expect_manager(reader, newcomer)


async def test_account_blocked_by_its_owner_and_unblocked_by_two_mailboxes(reader: Traveller) -> None:
    mailbox = reader.demo.mailbox
    newcomer, backup = await newcomer_with_backup(reader)
    reader.demo.pass_(_LONG_AGO)
    await sign_in_at(reader, newcomer, "/account/security")
    await block(reader)
    for address in (newcomer.email, backup):
        await mailbox.next(address, _FORGOT)

    await with_new_password(reader, newcomer)
    codes = {"primary": await mailbox.code(newcomer.email), "backup": await mailbox.code(backup)}
    for field, code in codes.items():
        await reader.fill(f"#unblock #{field}", other_than(code) if field == "primary" else code)
    await reader.press(f"#unblock {NEXT}")
    await reader.expect_error(
        "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.",
        field="primary",
        tries=4,
    )
    for field, code in codes.items():
        await reader.fill(f"#unblock #{field}", code)
    await reader.press(f"#unblock {NEXT}")
    await expect_manager(reader, newcomer)


async def test_account_blocked_by_an_agent_and_unblocked_by_two(reader: Traveller, browser: Browser) -> None:
    demo, page = reader.demo, reader.page
    newcomer = await newcomer_with_password(reader)
    await sign_in_at(reader, newcomer, "/account")
    async with agent_at_desk(reader, browser, SAM) as sam, agent_at_desk(reader, browser, KIM) as kim:
        await find_account(sam, newcomer.customer_id)
        await do_for_account(sam, "block", "Blocked the account")
        assert await sam.page.inner_text(".badge.bad") == sam.words("Blocked by support")
        await reader.begin_at_entry()
        await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
        assert await page.inner_text("h1") == reader.words(_BLOCKED)
        assert await page.locator("a[href='tel:+33199000000']").count()

        reference = await open_case(sam, newcomer.customer_id, "unblock")
        await read_back(sam, newcomer.email)
        await pick_case(kim, reference)
        await do_to_case(kim, "approve")
    demo.pass_(DAY + 60)
    _, link = await demo.mailbox.next(newcomer.email, NEW_PASSWORD_LINK)
    await choose_newer(reader, link)
    await reader.begin_at_entry()
    await reader.sign_in(newcomer.customer_id, NEWER_PASSWORD)
    await expect_manager(reader, newcomer)
