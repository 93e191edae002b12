"""The customer guide on signing in: by ID, by e-mail, with two-factor authentication, by a mailed code without."""

import re

from playwright.async_api import expect

from tests.journeys.authenticators import security_key
from tests.journeys.setting_up import add_key, begin_wizard
from tests.journeys.traveller import ADDRESSES, Traveller, other_than

ALICE, BOB = "aa11111-ovh", "bb22222-ovh"
NO_MATCH = "The customer ID or e-mail address and the password don’t match. Check both and try again."


async def test_sign_in_by_customer_id(reader: Traveller) -> None:
    await reader.begin_at_entry()
    assert await reader.page.inner_text("h1") == reader.words("Sign in")
    await reader.sign_in(" ")
    await reader.expect_error("Enter your customer ID or e-mail address", field="username")
    await reader.arrive(ALICE)
    await reader.expect_home()


async def test_sign_in_by_email_address(reader: Traveller) -> None:
    page = await reader.begin_at_entry()
    await reader.sign_in(ADDRESSES[ALICE], "wrong horse battery")
    await reader.expect_error(NO_MATCH, field="password")
    # What was typed is still there, but for the password.
    assert await page.input_value("#login [autocomplete~=username]") == ADDRESSES[ALICE]
    assert await page.input_value("#login [autocomplete~=current-password]") == ""
    await reader.arrive(ADDRESSES[ALICE])
    await reader.expect_home()


async def test_sign_in_with_two_factor_authentication_by_app(reader: Traveller) -> None:
    await reader.begin_at_entry()
    await reader.sign_in(BOB)
    await reader.by("totp")
    assert await reader.page.inner_text("h1") == reader.words("Enter the code from your app")
    await reader.enter_code("12345", "second-factor")
    await reader.expect_error("Enter the six digits that your app shows", field="code")
    await reader.enter_code(reader.demo.app_code(BOB), "second-factor")
    await reader.expect_home(name="Bob Durand")
    sent = await reader.demo.mailbox.messages(ADDRESSES[BOB])
    assert not [mail for mail in sent if re.search(r"\d{4} \d{4}", mail["text"])]


async def test_sign_in_with_two_factor_authentication_by_security_key(reader: Traveller) -> None:
    page, key = reader.page, await security_key(reader.page)
    await reader.begin_at_entry()
    await reader.arrive(BOB)
    await begin_wizard(reader, "security-key")
    await add_key(reader, "Guide key")
    await begin_wizard(reader, "security-key")
    await reader.touch("#set-up [name=action][value=continue]")
    await expect(page.locator(".summary:focus")).to_have_text(
        reader.words("This device is set up already. Use another one.")
    )
    await expect(page).to_have_title(
        re.compile(f"^{reader.words('Error:')} {reader.words('Set up a security key')} ")
    )
    await page.goto(f"{reader.addresses.manager}/")
    await reader.sign_out()

    await reader.begin_at_entry()
    await reader.sign_in(BOB)
    await reader.by("security-key")
    heading = reader.words("Use your security key")
    assert await page.inner_text("h1") == heading
    mine = await key.credentials()
    await key.remove()
    another = await security_key(page)
    button, problem = "#second-factor [name=action][value=continue]", page.locator("[data-signing]")
    await reader.touch(button)
    await expect(problem).to_be_visible()
    await expect(page).to_have_title(re.compile(f"^{reader.words('Error:')} {heading} "))
    await expect(page.locator(button)).to_be_focused()
    assert await page.get_attribute(button, "aria-describedby") == await problem.get_attribute("id")
    await another.remove()
    await (await security_key(page)).hold(mine)
    await reader.press(button)
    await reader.expect_home(name="Bob Durand")


async def test_code_asked_without_two_factor_authentication(reader: Traveller) -> None:
    page, address = await reader.begin_at_entry(), ADDRESSES[ALICE]
    await reader.sign_in(ALICE)
    assert await page.inner_text("h1") == reader.words("Enter the code from your mailbox")
    await expect(page.locator("#email-code [autocomplete~=one-time-code]")).to_be_focused()
    assert "a•••@d•••.test" in await page.inner_text("main")
    for said in (
        "Look in your spam folder too. A mail can take a minute or two.",
        "I no longer have this mailbox",
    ):
        assert reader.words(said) in await page.inner_text("main")
    code = await reader.demo.mailbox.code(address)
    await reader.enter_code(other_than(code))
    await reader.expect_error(
        "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.",
        field="code",
        tries=4,
    )
    await reader.enter_code(code)
    await reader.expect_home()

    # The browser is known now: the password is enough.
    await reader.sign_out()
    await reader.begin_at_entry()
    await reader.sign_in(ALICE)
    await reader.expect_home()
