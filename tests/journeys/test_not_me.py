"""Somebody knows a password: the owner stops them by the link in the mail, and chooses a new one."""

from playwright.async_api import Browser

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, press, travelling

NEWER_PASSWORD = "eight brown bears in the snow"


async def test_owner_stops_a_sign_in_and_chooses_a_new_password(
    traveller: Traveller, browser: Browser
) -> None:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    async with travelling(traveller.demo, browser) as thief:
        await thief.begin()
        await thief.sign_in(newcomer.customer_id, NEW_PASSWORD)
        mailed = await traveller.demo.mailbox.both(newcomer.email)

        page = traveller.page
        await page.goto(mailed.link)
        assert newcomer.customer_id in await page.inner_text("main")
        await press(page, "#not-me [name=action][value=continue]")
        await page.fill("#new-password [autocomplete~=new-password]", NEWER_PASSWORD)
        await press(page, "#new-password [name=action][value=continue]")

        await thief.enter_code(mailed.code)
        assert await thief.page.locator("details.menu").count() == 0

    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    assert await traveller.page.locator("#login .error, .summary").count() > 0
    await traveller.sign_in(newcomer.customer_id, NEWER_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    await traveller.page.wait_for_url(f"{traveller.addresses.manager}/")


async def test_link_of_a_notice_ends_the_session_that_it_tells_of(
    traveller: Traveller, browser: Browser
) -> None:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    async with travelling(traveller.demo, browser) as thief:
        await thief.begin()
        await thief.sign_in(newcomer.customer_id, NEW_PASSWORD)
        await thief.enter_code(await traveller.demo.mailbox.code(newcomer.email))
        await thief.page.wait_for_url(f"{traveller.addresses.manager}/")
        link = await traveller.demo.mailbox.not_me_link(newcomer.email)

        traveller.demo.pass_(3 * 86_400)
        await traveller.page.goto(link)
        await press(traveller.page, "#not-me [name=action][value=continue]")
        await traveller.page.fill("#new-password [autocomplete~=new-password]", NEWER_PASSWORD)
        await press(traveller.page, "#new-password [name=action][value=continue]")

        await thief.page.goto(f"{traveller.addresses.issuer}/account")
        assert await thief.page.locator("#login").count() == 1


async def test_link_is_of_no_use_once_a_password_was_chosen_by_it(english: Traveller) -> None:
    newcomer = english.demo.newcomer()
    await choose_password(english, newcomer)
    await english.begin()
    await english.sign_in(newcomer.customer_id, NEW_PASSWORD)
    link = await english.demo.mailbox.not_me_link(newcomer.email)
    await english.page.goto(link)
    await press(english.page, "#not-me [name=action][value=continue]")
    await english.page.fill("#new-password [autocomplete~=new-password]", NEWER_PASSWORD)
    await press(english.page, "#new-password [name=action][value=continue]")
    await english.page.goto(link)
    assert await english.page.locator("#not-me").count() == 0
