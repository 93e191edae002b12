"""Sam at the support desk, with a customer on the phone."""

import re

from playwright.async_api import Browser, expect

from idp.demo.accounts import PASSWORD
from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, fill, press, travelling

_NEW_PASSWORD_LINK = re.compile(r"https?://\S+/new-password/\S+")


async def test_agent_finds_a_customer_mails_a_link_ends_sessions_and_blocks(
    traveller: Traveller, browser: Browser
) -> None:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    await traveller.page.wait_for_url(f"{traveller.addresses.manager}/")

    async with travelling(traveller.demo, browser) as sam:
        page = sam.page
        await _come_in(sam)
        assert await page.inner_text("h1") == sam.words("Find an account")
        await page.fill("#term", "nobody@demo.test")
        await press(page, "#search [name=action]")
        await sam.expect_problem(
            "Nothing has exactly this customer ID, e-mail address or reference."
            " Ask the caller to spell it again."
        )
        await page.fill("#term", newcomer.customer_id.upper())
        await press(page, "#search [name=action]")
        assert newcomer.customer_id in await page.inner_text("main")
        assert newcomer.email not in await page.content()

        await traveller.demo.mailbox.forget()
        await _act(sam, "mail-password", "Mailed a link to a new password")
        mail, link = await traveller.demo.mailbox.next(newcomer.email, _NEW_PASSWORD_LINK)
        assert link not in await page.content()
        assert newcomer.customer_id in mail["text"]

        await traveller.page.goto(f"{traveller.addresses.issuer}/account")
        await expect(traveller.page.locator("details.menu")).to_have_count(1)
        await _act(sam, "end-sessions", "Signed the customer out everywhere")
        await traveller.page.goto(f"{traveller.addresses.issuer}/account")
        await expect(traveller.page.locator("#login")).to_have_count(1)

        await _act(sam, "block", "Blocked the account")
        await expect(page.locator(".badge.bad")).to_have_text(sam.words("Blocked by support"))
        await fill(traveller.page, newcomer.customer_id, NEW_PASSWORD)
        await press(traveller.page, "#login [name=action][value=continue]")
        assert await traveller.page.inner_text("h1") == traveller.says(
            "Your account is blocked", "Votre compte est bloqué"
        )


async def test_customer_who_opens_the_desk_finds_nothing(english: Traveller) -> None:
    await english.begin()
    await english.arrive()
    for path in ("/support", "/support/cases"):
        answer = await english.page.goto(f"{english.addresses.issuer}{path}")
        assert answer
        assert answer.status == 404


async def _come_in(sam: Traveller) -> None:
    """With the password and the app, as staff always does."""
    await sam.page.goto(f"{sam.addresses.issuer}/support")
    await sam.sign_in("ss90001-ovh", PASSWORD)
    if await sam.page.locator("#second-factor [autocomplete~=one-time-code]").count() == 0:
        await sam.by("totp")
    await sam.enter_code(sam.demo.app_code("ss90001-ovh"), "second-factor")
    await sam.page.wait_for_url(f"{sam.addresses.issuer}/support")


async def _act(sam: Traveller, act: str, done: str) -> None:
    """Open the act, say why, and press its button: the page says that it is done."""
    page = sam.page
    await page.click(f"details:has(#{act}) summary")
    await page.fill(f"#why-{act}", "on the phone, knew the last invoice")
    await press(page, f"#{act} [name=action]")
    assert await page.inner_text("[role=status].notice") == sam.words("Done: %(what)s.", what=sam.words(done))
