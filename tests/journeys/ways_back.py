"""Steps that journeys of the ways back have in common, and customers who can lose something."""

import re

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller
from tests.journeys.worlds import Newcomer

DAY = 86_400
NEWER_PASSWORD = "eight brown bears in the snow"
NEXT = "[name=action][value=continue]"
NEW_PASSWORD_LINK = re.compile(r"https?://\S+/new-password/[0-9A-Za-z_-]{64}")
CASE_LINK = re.compile(r"https?://\S+/case/[0-9A-Za-z_-]{64}")
CANCEL_LINK = re.compile(r"https?://\S+/case-cancel/[0-9A-Za-z_-]{64}")


async def newcomer_with_password(traveller: Traveller) -> Newcomer:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    return newcomer


async def newcomer_with_backup(traveller: Traveller) -> tuple[Newcomer, str]:
    """A customer with a proven backup address, signed in to their own pages; and that address."""
    newcomer = await newcomer_with_password(traveller)
    backup = f"spare.{newcomer.email}"
    await sign_in_at(traveller, newcomer, "/account/addresses/backup")
    await traveller.fill("#new-address [autocomplete~=email]", backup)
    await traveller.press(f"#new-address {NEXT}")
    await traveller.enter_code(await traveller.demo.mailbox.code(backup), "address-code")
    assert backup in await traveller.page.inner_text("main")
    return newcomer, backup


async def sign_in_at(
    traveller: Traveller, newcomer: Newcomer, path: str, password: str = NEW_PASSWORD
) -> None:
    """Open one of the customer's own pages, and prove what it asks for."""
    page, where = traveller.page, f"{traveller.addresses.issuer}{path}"
    await traveller.demo.mailbox.forget()
    await page.goto(where)
    if await page.locator("#login").count():
        await traveller.sign_in(newcomer.customer_id, password)
    if await page.locator("#email-code").count():
        await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    await page.wait_for_url(where)


async def ask_for_link(traveller: Traveller, typed: str, email: str) -> str:
    """From the sign-in page, having lost the password; the link in the mail."""
    await traveller.press("a[href*=forgot]")
    await traveller.fill("#username-password", typed)
    await traveller.press(f"#forgot-password {NEXT}")
    assert await traveller.page.inner_text("h1") == traveller.words("Look in your mailbox")
    return (await traveller.demo.mailbox.next(email, NEW_PASSWORD_LINK))[1]


async def choose_newer(traveller: Traveller, link: str) -> None:
    await traveller.page.goto(link)
    await traveller.fill("#new-password [autocomplete~=new-password]", NEWER_PASSWORD)
    await traveller.press(f"#new-password {NEXT}")
    assert await traveller.page.inner_text("h1") == traveller.words("Your password is saved")


async def expect_manager(traveller: Traveller, newcomer: Newcomer) -> None:
    """The control panel greets the customer."""
    await traveller.expect_home(name=f"Nina {newcomer.email.partition('@')[0]}")


async def case_headline(traveller: Traveller, link: str) -> str:
    """How a case stands, by its mailed link."""
    await traveller.page.goto(link)
    return await traveller.page.inner_text("h1")
