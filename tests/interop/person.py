"""What a person does in a browser, page by page."""

import re

import pyotp
from playwright.async_api import Page

from idp.demo.mails import Mails
from tests.journeys.worlds import Demo
from tests.support.waiting import until

_CODE = re.compile(r"\d{4} \d{4}")
PASSWORD = "seven green bottles on a wall"


async def choose_password(page: Page, enrolment_link: str) -> None:
    """Open an enrolment link, and choose a password there."""
    await page.goto(enrolment_link)
    await page.fill("#enrol [autocomplete~=new-password]", PASSWORD)
    await press(page, "#enrol [name=action][value=continue]")


async def sign_in(page: Page, identifier: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in form that the tab shows."""
    await page.fill("#login [autocomplete~=username]", identifier)
    await page.fill("#login [autocomplete~=current-password]", password)
    await press(page, "#login [name=action][value=continue]")


async def enter_code(page: Page, mails: Mails) -> None:
    """Type the code that is mailed to whoever signs in with a new browser."""

    async def newest() -> str:
        found = (_CODE.search(mail.text) for mail in mails.all())
        return next((code[0] for code in found if code), "")

    code = await until(newest, what="a code in the mailbox")
    await page.fill("#email-code [autocomplete~=one-time-code]", code)
    await press(page, "#email-code [name=action][value=continue]")


async def set_up_app(page: Page) -> None:
    """Whoever has to have a second factor sets an authenticator app up on the way, and keeps the backup codes."""
    await press(page, "#set-up [name=action][value=totp]")
    await page.click("details:has(#secret) summary")
    secret = "".join((await page.inner_text("#secret")).split())
    await page.fill("#set-up [autocomplete~=one-time-code]", pyotp.TOTP(secret).now())
    await press(page, "#set-up [name=action][value=continue]")
    await page.check("#backup-codes [name=saved]")
    await press(page, "#backup-codes [name=action][value=continue]")


async def sign_out_elsewhere(page: Page, demo: Demo) -> None:
    """Sign in to the demo's second application, where nothing is asked any more, and out again."""
    await page.goto(f"{demo.addresses.second}/login")
    await page.click("details.menu summary")
    await press(page, "#sign-out [name=action]")
    # On the way a page of ours tells the others in frames, and goes on by itself.
    await page.wait_for_url(lambda address: address.startswith(demo.addresses.second))


async def press(page: Page, button: str) -> None:
    """Press a button, and wait for where it leads, through all redirects."""
    async with page.expect_navigation():
        await page.click(button)
