"""The chain's pages on a small phone, and without a mouse."""

import pytest
from playwright.async_api import Browser, Page

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, press, travelling
from tests.journeys.worlds import Demo

_OWN_PAGES = (
    "/account/security",
    "/account/devices",
    "/account/security/set-up",
    "/account/security/passkey",
    "/account/security/turn-off",
    "/account/security/backup-codes",
)


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark")])
async def test_no_page_of_the_chain_scrolls_sideways(
    demos: dict[str, Demo], browser: Browser, width: int, scheme: str
) -> None:
    options = {
        "viewport": {"width": width, "height": 640},
        "color_scheme": scheme,
        "has_touch": True,
        "is_mobile": True,
    }
    async with travelling(demos["postgresql"], browser, **options) as phone:
        await phone.begin()
        await phone.sign_in()
        code = await phone.demo.mailbox.code("alice@demo.test")
        await _fits(phone.page)
        await phone.enter_code("0000 0000" if code != "0000 0000" else "1111 1111")
        await _fits(phone.page)
        asked = phone.page.url
        async with phone.page.expect_navigation():
            await phone.page.click("a[href$=lost-mailbox]")
        await _fits(phone.page)
        await phone.page.goto(asked)
        await phone.enter_code(code)
        await phone.page.goto(f"{phone.addresses.manager}/payment")
        await _fits(phone.page)
    async with travelling(demos["postgresql"], browser, **options) as phone:
        await phone.begin()
        await phone.sign_in("bb22222-ovh")
        for way in ("totp", "sms", "backup-code"):
            await press(phone.page, "#second-factor [name=action][value=other-way]")
            await _fits(phone.page)
            await press(phone.page, f"#other-way [name=action][value={way}]")
            await _fits(phone.page)
        await phone.go_on("bb22222-ovh")
        for path in _OWN_PAGES:
            await phone.page.goto(f"{phone.addresses.issuer}{path}")
            await _fits(phone.page)


async def _fits(page: Page) -> None:
    """With everything unfolded, nothing is wider than the phone, and every button can be hit by a thumb."""
    await page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    width = await page.evaluate("document.documentElement.clientWidth")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    for button in await page.locator("main button:visible").all():
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 44, (page.url, await button.inner_text())


async def test_new_customer_needs_no_mouse(english: Traveller) -> None:
    newcomer = english.demo.newcomer()
    await choose_password(english, newcomer)
    page = await english.begin()
    await page.keyboard.type(newcomer.customer_id)
    await _tab_to(page, "#password")
    await page.keyboard.type(NEW_PASSWORD)
    await _enter(page)
    await page.keyboard.type(await english.demo.mailbox.code(newcomer.email))
    await _enter(page)
    await page.wait_for_url(f"{english.addresses.manager}/")

    await page.goto(f"{english.addresses.issuer}/account/security")
    await _tab_to(page, "a[href='/account/security/set-up']")
    await _enter(page)
    await _tab_to(page, "#set-up [value=totp]")
    await _enter(page)
    await _tab_to(page, "details.more summary", backwards=True)
    await page.keyboard.press("Enter")
    secret = "".join((await page.inner_text("#secret")).split())
    await _tab_to(page, "#set-up [autocomplete~=one-time-code]")
    await page.keyboard.type(english.demo.app_code(newcomer.customer_id, secret))
    await _enter(page)
    await _tab_to(page, "[name=saved]")
    await page.keyboard.press("Space")
    await _tab_to(page, "#backup-codes [value=continue]")
    await _enter(page)
    assert await page.inner_text("h1") == "Two-factor authentication is on"

    browser = english.context.browser
    assert browser
    async with travelling(english.demo, browser) as elsewhere:
        page = await elsewhere.begin()
        await page.keyboard.type(newcomer.customer_id)
        await _tab_to(page, "#password")
        await page.keyboard.type(NEW_PASSWORD)
        await _enter(page)
        await page.keyboard.type(english.demo.app_code(newcomer.customer_id, secret))
        await _enter(page)
        await page.wait_for_url(f"{english.addresses.manager}/")


async def _tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    for _ in range(40):
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"no way to {selector} by keyboard at {page.url}")


async def _enter(page: Page) -> None:
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
