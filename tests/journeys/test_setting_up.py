"""Two-factor authentication from the first device to the last: on, used, and off again; and whoever has to have it."""

from idp.account.backup_codes import looks_like_backup_code
from tests.journeys.authenticators import passkey_device
from tests.journeys.setting_up import (
    NEW_PASSWORD,
    add_app,
    add_key,
    begin_wizard,
    choose,
    choose_password,
    save_backup_codes,
    sign_in_with_code,
)
from tests.journeys.traveller import Traveller, press
from tests.journeys.worlds import Newcomer


async def _arrived(traveller: Traveller) -> Newcomer:
    """A new customer, signed in to the manager."""
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    await sign_in_with_code(traveller, newcomer)
    return newcomer


async def test_customer_turns_it_on_in_four_steps_and_off_again(reader: Traveller) -> None:
    newcomer = await _arrived(reader)
    page = reader.page
    await page.goto(f"{reader.addresses.issuer}/account/security")
    await reader.press("a[href='/account/security/set-up']")
    await choose(reader, "totp")
    secret = await add_app(reader, newcomer.customer_id, "Fairphone")
    codes = await save_backup_codes(reader)
    assert len(set(codes)) == 10
    assert all(looks_like_backup_code(code) for code in codes)
    assert await page.inner_text("h1") == reader.words("Two-factor authentication is on")

    await page.go_back()
    assert await page.locator("#codes").count() == 0
    await page.goto(f"{reader.addresses.issuer}/account/security")
    assert "Fairphone" in await page.inner_text("main")

    await page.goto(f"{reader.addresses.manager}/")
    await reader.sign_out()
    await reader.begin()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await reader.enter_code(reader.demo.app_code(newcomer.customer_id, secret), "second-factor")
    await page.wait_for_url(f"{reader.addresses.manager}/")
    await reader.sign_out()
    await reader.begin()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await reader.by("backup-code")
    await reader.enter_code(codes[9], "second-factor")
    await page.wait_for_url(f"{reader.addresses.manager}/")

    await page.goto(f"{reader.addresses.issuer}/account/security/turn-off")
    await reader.press("#turn-off [name=action][value=turn-off]")
    await page.goto(f"{reader.addresses.manager}/")
    await reader.sign_out()
    await reader.begin()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await page.wait_for_url(f"{reader.addresses.manager}/")
    subjects = [mail["subject"] for mail in await reader.demo.mailbox.messages(newcomer.email)]
    for change in ("Two-factor authentication was turned on", "Two-factor authentication was turned off"):
        assert any(subject.startswith(reader.words(change)) for subject in subjects), subjects


async def test_changing_security_asks_for_a_proof_that_is_not_old(traveller: Traveller) -> None:
    newcomer = await _arrived(traveller)
    page = traveller.page
    await begin_wizard(traveller, "totp")
    secret = await add_app(traveller, newcomer.customer_id)
    await save_backup_codes(traveller)
    traveller.demo.pass_(301)
    await page.goto(f"{traveller.addresses.issuer}/account/security/turn-off")
    assert await page.locator("#turn-off").count() == 0
    await traveller.enter_code(traveller.demo.app_code(newcomer.customer_id, secret), "second-factor")
    assert await page.locator("#turn-off").count() == 1


async def test_staff_set_a_factor_up_before_they_get_anywhere(traveller: Traveller) -> None:
    agent = traveller.demo.newcomer("--role", "support")
    await choose_password(traveller, agent)
    page = traveller.page
    await traveller.begin()
    await traveller.sign_in(agent.customer_id, NEW_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(agent.email))
    await page.goto(f"{traveller.addresses.issuer}/account")
    assert await page.locator("details.menu").count() == 0

    await traveller.begin()
    await traveller.sign_in(agent.customer_id, NEW_PASSWORD)
    await traveller.enter_code(await traveller.demo.mailbox.code(agent.email))
    await choose(traveller, "totp")
    await add_app(traveller, agent.customer_id)
    await save_backup_codes(traveller)
    await page.wait_for_url(f"{traveller.addresses.manager}/")
    await page.goto(f"{traveller.addresses.manager}/payment")
    assert await page.locator("#payment").count() == 1
    await page.goto(f"{traveller.addresses.issuer}/account/security")
    assert await page.locator("a[href='/account/security/turn-off']").count() == 0


async def test_payment_asks_whoever_can_for_the_factor_that_is_missing(traveller: Traveller) -> None:
    """Step-up, RFC 9470: the session stays, and only what it lacks is asked for."""
    newcomer = await _arrived(traveller)
    page, manager = traveller.page, traveller.addresses.manager
    await page.goto(f"{manager}/payment")
    assert await page.locator("#payment").count() == 0
    assert await page.get_attribute("a.primary", "href") == f"{traveller.addresses.issuer}/account/security"

    key = await passkey_device(page)
    await page.goto(f"{traveller.addresses.issuer}/account/security/passkey")
    await add_key(traveller, "Laptop")
    await page.goto(f"{manager}/")
    await traveller.sign_out()
    await key.be_present(False)
    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await page.wait_for_url(f"{manager}/")
    await page.goto(f"{manager}/payment")
    assert await page.locator("#login").count() == 0
    await key.be_present(True)
    await press(page, "#second-factor [name=action][value=continue]")
    assert page.url == f"{manager}/payment?asked"
    assert await page.locator("#payment").count() == 1
