"""Steps of the wizard that sets a device up, among the customer's own pages or in the middle of a sign-in."""

from tests.journeys.traveller import Traveller
from tests.journeys.worlds import Newcomer

NEW_PASSWORD = "seven green bottles on a wall"


async def choose_password(traveller: Traveller, newcomer: Newcomer) -> None:
    """By the enrolment link, in this browser."""
    await traveller.page.goto(newcomer.enrolment_link)
    await traveller.fill("#enrol [autocomplete~=new-password]", NEW_PASSWORD)
    await traveller.press("#enrol [name=action][value=continue]")


async def sign_in_with_code(traveller: Traveller, newcomer: Newcomer) -> None:
    """The whole way to the manager, in a browser that is new."""
    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    await traveller.page.wait_for_url(f"{traveller.addresses.manager}/")


async def begin_wizard(traveller: Traveller, kind: str) -> None:
    """From the customer's own pages: which device it shall be."""
    await traveller.page.goto(f"{traveller.addresses.issuer}/account/security/set-up")
    await choose(traveller, kind)


async def choose(traveller: Traveller, kind: str) -> None:
    await traveller.press(f"#set-up [name=action][value={kind}]")


async def add_app(traveller: Traveller, whose: str, name: str = "") -> str:
    """Type the secret into an app, and the app's code into the page. The secret."""
    page = traveller.page
    if await page.locator("#secret").is_hidden():
        await traveller.touch("details:has(#secret) summary")
    secret = (await page.inner_text("#secret")).replace(" ", "").replace("\n", "")
    await traveller.fill("#set-up [name=name]", name)
    await traveller.fill("#set-up [autocomplete~=one-time-code]", traveller.demo.app_code(whose, secret))
    await traveller.press("#set-up [name=action][value=continue]")
    return secret


async def add_key(traveller: Traveller, name: str = "") -> None:
    """Touch the key that is plugged in."""
    await traveller.fill("#set-up [name=name]", name)
    await traveller.press("#set-up [name=action][value=continue]")


async def save_backup_codes(traveller: Traveller) -> list[str]:
    """Read the ten codes, and say that they are kept."""
    codes = await traveller.page.locator("#codes li").all_inner_texts()
    await traveller.tick("#backup-codes [name=saved]")
    await traveller.press("#backup-codes [name=action][value=continue]")
    return codes
