"""A television that somebody connects with their phone, as the customer guide would tell it. RFC 8628."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.journeys.traveller import ADDRESSES, Traveller, press, travelling

_ALICE = "aa11111-ovh"


@pytest_asyncio.fixture(loop_scope="session")
async def viewer(traveller: Traveller, browser: Browser) -> AsyncIterator[Traveller]:
    """What the television is shown by: a browser without anybody's cookies."""
    async with travelling(traveller.demo, browser) as viewer:
        yield viewer


async def test_a_television_is_connected_by_scanning_its_code(
    traveller: Traveller, viewer: Traveller
) -> None:
    television, phone = viewer.page, traveller.page
    code = await _turn_on(viewer)
    assert await television.locator("svg.qr").count() == 1
    await traveller.demo.mailbox.forget()

    await phone.goto(f"{traveller.addresses.issuer}/device?user_code={code}")
    await _sign_in(traveller)
    assert await phone.get_attribute("html", "lang") == traveller.says("en", "fr")
    assert await phone.input_value("#device-code [autocomplete~=one-time-code]") == code
    await traveller.press("#device-code [name=action][value=continue]")
    assert "Demo television" in await phone.inner_text("h1")
    assert "Demo-Television/1.0" in await phone.inner_text("#device")
    await traveller.press("#device-approve [name=action][value=allow]")

    assert await phone.inner_text("h1") == traveller.says(
        "The device is connected", "L’appareil est connecté"
    )
    await television.wait_for_selector("#connected")
    assert "Alice" in await television.inner_text("h1")
    await _is_listed(phone, traveller)


async def test_a_code_that_is_typed_by_hand_and_declined_connects_nothing(
    traveller: Traveller, viewer: Traveller
) -> None:
    code = await _turn_on(viewer)
    await traveller.demo.mailbox.forget()

    await traveller.page.goto(f"{traveller.addresses.issuer}/device")
    await _sign_in(traveller)
    await traveller.fill("#device-code [name=user_code]", code.lower().replace("-", " "))
    await traveller.press("#device-code [name=action][value=continue]")
    await traveller.press("#device-approve [name=action][value=deny]")

    await viewer.page.wait_for_selector("#reason")
    assert await viewer.page.inner_text("#reason") == "access_denied"


async def _turn_on(viewer: Traveller) -> str:
    """The code on the screen."""
    await viewer.page.goto(f"{viewer.addresses.second}/television")
    await press(viewer.page, "#turn-on [name=action]")
    return await viewer.page.inner_text("#user-code")


async def _sign_in(traveller: Traveller) -> None:
    """By password, and by the code that a new browser is asked for."""
    await traveller.sign_in(_ALICE)
    await traveller.page.wait_for_selector("#email-code, #device-code")
    if await traveller.page.locator("#email-code").count():
        await traveller.enter_code(await traveller.demo.mailbox.code(ADDRESSES[_ALICE]))


async def _is_listed(page: Page, traveller: Traveller) -> None:
    """The person finds it in their account, and what they did in the history."""
    await page.goto(f"{traveller.addresses.issuer}/account/applications")
    assert "Demo television" in await page.inner_text("main")
    await page.goto(f"{traveller.addresses.issuer}/account/history")
    assert traveller.says(
        "You connected a device", "Vous avez connecté un appareil"
    ) in await page.inner_text("#history")
