"""The chain's pages on a small phone."""

import pytest
from playwright.async_api import Browser, Page

from tests.journeys.traveller import on_phone, press, travelling
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
    async with travelling(demos["postgresql"], browser, **on_phone(width, scheme)) as phone:
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
    async with travelling(demos["postgresql"], browser, **on_phone(width, scheme)) as phone:
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
