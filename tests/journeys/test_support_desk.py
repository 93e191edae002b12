"""Sam at the support desk, with a customer on the phone; what agents do besides is in the journeys of the guide."""

from playwright.async_api import Browser, expect

from tests.journeys.desk import SAM, agent_at_desk, do_for_account, find_account
from tests.journeys.traveller import Traveller
from tests.journeys.ways_back import NEW_PASSWORD_LINK, newcomer_with_password, sign_in_at


async def test_agent_finds_a_customer_mails_a_link_and_ends_sessions(
    reader: Traveller, browser: Browser
) -> None:
    newcomer = await newcomer_with_password(reader)
    await sign_in_at(reader, newcomer, "/account")

    async with agent_at_desk(reader, browser, SAM) as sam:
        page = sam.page
        assert await page.inner_text("h1") == sam.words("Find an account")
        await find_account(sam, "nobody@demo.test")
        await sam.expect_error(
            "Nothing has exactly this customer ID, e-mail address or reference."
            " Ask the caller to spell it again.",
            field="term",
        )
        await find_account(sam, newcomer.customer_id.upper())
        assert newcomer.customer_id in await page.inner_text("main")
        assert newcomer.email not in await page.content()

        await reader.demo.mailbox.forget()
        await do_for_account(sam, "mail-password", "Mailed a link to a new password")
        mail, link = await reader.demo.mailbox.next(newcomer.email, NEW_PASSWORD_LINK)
        assert link not in await page.content()
        assert newcomer.customer_id in mail["text"]

        await reader.page.goto(f"{reader.addresses.issuer}/account")
        await expect(reader.page.locator("details.menu")).to_have_count(1)
        await do_for_account(sam, "end-sessions", "Signed the customer out everywhere")
        await reader.page.goto(f"{reader.addresses.issuer}/account")
        await expect(reader.page.locator("#login")).to_have_count(1)


async def test_customer_who_opens_the_desk_finds_nothing(english: Traveller) -> None:
    await english.begin()
    await english.arrive()
    for path in ("/support", "/support/cases"):
        answer = await english.page.goto(f"{english.addresses.issuer}{path}")
        assert answer
        assert answer.status == 404
