"""Deleting an account: asked for, kept after all, asked for again, and gone after the time of grace."""

import re

from playwright.async_api import Browser

from tests.journeys.desk import SAM, agent_at_desk, find_account
from tests.journeys.setting_up import NEW_PASSWORD
from tests.journeys.traveller import Traveller
from tests.journeys.ways_back import DAY, newcomer_with_password, sign_in_at

_KEEP_LINK = re.compile(r"https?://\S+/deletion/\S+")
_NO_MATCH = "The customer ID or e-mail address and the password don’t match. Check both and try again."
_PATH = "/account/delete"


async def ask(reader: Traveller, customer_id: str) -> None:
    await reader.fill("#delete [name=customer_id]", customer_id)
    await reader.press("#delete [name=action][value=delete]")


async def test_account_deleted(reader: Traveller, browser: Browser) -> None:
    demo, page = reader.demo, reader.page
    newcomer = await newcomer_with_password(reader)
    await sign_in_at(reader, newcomer, _PATH)
    await ask(reader, "zz00000-ovh")
    await reader.expect_error("Type your customer ID as it stands above", field="customer_id")
    await ask(reader, newcomer.customer_id)
    assert await page.inner_text("h1") == reader.words("Your account will be deleted")
    mail, link = await demo.mailbox.next(newcomer.email, _KEEP_LINK)
    assert newcomer.customer_id in mail["subject"]

    await page.goto(link)
    await reader.press("#keep [name=action][value=keep]")
    assert await page.inner_text("h1") == reader.words("Your account stays")

    await sign_in_at(reader, newcomer, _PATH)
    await ask(reader, newcomer.customer_id)
    await page.goto(f"{reader.addresses.issuer}/account")
    await reader.press("#deletion a")
    await reader.press("#keep [name=action][value=keep]")
    assert await page.inner_text("h1") == reader.words("Delete your account")

    await ask(reader, newcomer.customer_id)
    await demo.mailbox.forget()
    demo.pass_(30 * DAY + 60)
    gone, _ = await demo.mailbox.next(newcomer.email, re.compile(newcomer.customer_id))
    assert gone["subject"] == reader.words(
        "Your account was deleted – %(customer_id)s",  # noqa: RUF001 - as people read it
        customer_id=newcomer.customer_id,
    )
    await reader.begin_at_entry()
    for identifier in (newcomer.customer_id, newcomer.email):
        await reader.sign_in(identifier, NEW_PASSWORD)
        await reader.expect_error(_NO_MATCH, field="password")
    async with agent_at_desk(reader, browser, SAM) as sam:
        await find_account(sam, newcomer.customer_id)
        assert newcomer.email not in await sam.page.content()
        assert "Nina" not in await sam.page.content()
        await find_account(sam, newcomer.email)
        assert await sam.page.locator(".summary").count() == 1
