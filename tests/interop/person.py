"""What a person does in a browser, page by page."""

from playwright.async_api import Page

PASSWORD = "seven green bottles on a wall"


async def choose_password(page: Page, enrolment_link: str) -> None:
    """Open an enrolment link, and choose a password there."""
    await page.goto(enrolment_link)
    await page.fill("#enrol [autocomplete~=new-password]", PASSWORD)
    await press(page, "#enrol [name=action][value=continue]")


async def sign_in(page: Page, identifier: str) -> None:
    """Fill in the sign-in form that the tab shows."""
    await page.fill("#login [autocomplete~=username]", identifier)
    await page.fill("#login [autocomplete~=current-password]", PASSWORD)
    await press(page, "#login [name=action][value=continue]")


async def press(page: Page, button: str) -> None:
    """Press a button, and wait for where it leads, through all redirects."""
    async with page.expect_navigation():
        await page.click(button)
