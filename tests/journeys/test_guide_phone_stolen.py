"""The customer guide on a phone that is lost or stolen: a backup code, another device, or removal by support."""

import re

from playwright.async_api import Browser

from tests.journeys.authenticators import security_key
from tests.journeys.desk import KIM, SAM, agent_at_desk, do_to_case, open_case, pick_case, read_back
from tests.journeys.setting_up import NEW_PASSWORD, add_app, add_key, begin_wizard, choose, save_backup_codes
from tests.journeys.traveller import Traveller
from tests.journeys.ways_back import (
    CANCEL_LINK,
    DAY,
    NEXT,
    expect_manager,
    newcomer_with_backup,
    newcomer_with_password,
    sign_in_at,
)
from tests.journeys.worlds import Newcomer

_SECURITY = "/account/security"


async def newcomer_with_phone(reader: Traveller) -> tuple[Newcomer, list[str]]:
    """Whoever signs in with an app on their phone, and has kept these backup codes."""
    newcomer = await newcomer_with_password(reader)
    await sign_in_at(reader, newcomer, _SECURITY)
    return newcomer, await add_phone(reader, newcomer)


async def add_phone(reader: Traveller, newcomer: Newcomer) -> list[str]:
    await begin_wizard(reader, "totp")
    await add_app(reader, newcomer.customer_id, "Fairphone")
    return await save_backup_codes(reader)


async def without_phone(reader: Traveller, newcomer: Newcomer) -> None:
    """In a browser that is new, before the list of what else would do."""
    await reader.context.clear_cookies()
    await reader.begin_at_entry()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await reader.press("#second-factor [name=action][value=other-way]")
    assert reader.words("Lost your phone or key?") in await reader.page.inner_text("main")


async def remove_phone(reader: Traveller) -> None:
    """Once back in, so that whoever has it can do nothing with it."""
    await reader.page.goto(f"{reader.addresses.issuer}{_SECURITY}")
    await reader.press("a[href*='/account/security/remove']:has-text('Fairphone')")
    await reader.press("#remove-device [name=action][value=remove]")
    assert "Fairphone" not in await reader.page.inner_text("main")


async def test_phone_stolen_and_a_backup_code_kept(reader: Traveller) -> None:
    newcomer, codes = await newcomer_with_phone(reader)
    await without_phone(reader, newcomer)
    await reader.press("#other-way [name=action][value=backup-code]")
    await reader.enter_code("0000-0000-0000-0000", "second-factor")
    await reader.expect_error(
        "That isn’t one of your newest backup codes. Check for letters that you may have mistaken.",
        field="code",
    )
    await reader.enter_code(codes[0], "second-factor")
    await expect_manager(reader, newcomer)

    await begin_wizard(reader, "totp")
    await add_app(reader, f"{newcomer.customer_id} on a new phone", "New phone")
    await remove_phone(reader)
    assert "New phone" in await reader.page.inner_text("main")


async def test_phone_stolen_and_another_device_at_hand(reader: Traveller) -> None:
    await security_key(reader.page)
    newcomer, _ = await newcomer_with_phone(reader)
    await begin_wizard(reader, "security-key")
    await add_key(reader, "Blue key")
    await without_phone(reader, newcomer)
    await reader.press("#other-way [name=action][value=security-key]")
    await reader.press(f"#second-factor {NEXT}")
    await expect_manager(reader, newcomer)

    await remove_phone(reader)
    assert "Blue key" in await reader.page.inner_text("main")


async def test_phone_stolen_and_removed_by_support(reader: Traveller, browser: Browser) -> None:
    demo, page = reader.demo, reader.page
    newcomer, backup = await newcomer_with_backup(reader)
    await add_phone(reader, newcomer)
    await without_phone(reader, newcomer)
    assert await page.locator("a[href='tel:+33199000000']").count()
    async with agent_at_desk(reader, browser, SAM) as sam, agent_at_desk(reader, browser, KIM) as kim:
        reference = await open_case(sam, newcomer.customer_id, "factor")
        await read_back(sam, backup)
        await pick_case(kim, reference)
        await do_to_case(kim, "approve")
    for address in (newcomer.email, backup):
        notice, _ = await demo.mailbox.next(address, CANCEL_LINK)
        assert newcomer.customer_id in notice["text"]
    demo.pass_(DAY + 60)
    for address in (newcomer.email, backup):
        await demo.mailbox.next(address, re.compile(_SECURITY))

    await reader.begin_at_entry()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await reader.enter_code(await demo.mailbox.code(newcomer.email))
    assert await page.inner_text("h1") == reader.words("Protect your account again")
    await reader.press(f"#recommend {NEXT}")
    await choose(reader, "totp")
    await add_app(reader, f"{newcomer.customer_id} again", "New phone")
    await save_backup_codes(reader)
    await expect_manager(reader, newcomer)
