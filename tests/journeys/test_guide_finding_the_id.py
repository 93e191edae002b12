"""The customer guide on finding the customer ID: by mail, on an invoice, by e-mail sign-in, in the menu."""

import re

from playwright.async_api import expect

from tests.journeys.traveller import ADDRESSES, Traveller

ALICE, CAROL = "aa11111-ovh", "cc33333-ovh"
NEXT = "[name=action][value=continue]"
NO_MATCH = "The customer ID or e-mail address and the password don’t match. Check both and try again."


async def test_id_found_by_mail(reader: Traveller) -> None:
    page = await reader.begin_at_entry()
    await reader.press("a[href^='/forgot']")
    assert await page.inner_text("h1") == reader.words("Find your way back in")
    await _ask_for_id(reader, " ")
    await reader.expect_error("Enter your e-mail address", field="username-id")
    # Nobody's address: the same answer, and no mail.
    await _ask_for_id(reader, "nobody@demo.test")
    answer = await page.inner_text("main")
    await reader.press("a[href^='/forgot']")
    await _ask_for_id(reader, ADDRESSES[CAROL])
    assert await page.inner_text("main") == answer
    said = reader.words(
        "%(customer_id)s is your %(brand)s customer ID.", customer_id=CAROL, brand="Demo Hosting"
    )
    mail, _ = await reader.demo.mailbox.next(ADDRESSES[CAROL], re.compile(re.escape(said)))
    assert CAROL in mail["subject"]
    assert await reader.demo.mailbox.messages("nobody@demo.test") == []

    await reader.press(f"a:has-text('{reader.words('Back to sign in')}')")
    await reader.arrive(CAROL)
    await reader.expect_home(name="Carol Lefèvre")


async def _ask_for_id(reader: Traveller, email: str) -> None:
    await reader.fill("#forgot-id [autocomplete~=username]", email)
    await reader.press(f"#forgot-id {NEXT}")


async def test_id_found_on_an_invoice(reader: Traveller) -> None:
    page = await reader.begin_at_entry("/invoices")
    await reader.sign_in(f"not.{ADDRESSES[ALICE]}")
    await reader.expect_error(NO_MATCH, field="password")
    await reader.arrive(ADDRESSES[ALICE], "/invoices")
    assert await page.inner_text("h1") == reader.says("Your invoices", "Vos factures")
    await reader.press("#invoices li:first-child a")
    assert await page.inner_text("#customer-id") == ALICE
    assert reader.says("Customer ID", "Identifiant client") in await page.inner_text("#invoice header")
    box = await page.locator("#customer-id").bounding_box()
    sheet = await page.locator("#invoice").bounding_box()
    assert box
    assert sheet
    # At the top right of the sheet.
    assert box["x"] + box["width"] > sheet["x"] + sheet["width"] * 0.75
    assert box["y"] < sheet["y"] + 160


async def test_id_found_by_signing_in_by_email(reader: Traveller) -> None:
    page = await reader.begin_at_entry()
    # An empty form stays in the browser, which leads to the first empty field.
    await reader.touch(f"#login {NEXT}")
    await expect(page.locator("#username:invalid")).to_be_focused()
    await reader.sign_in(ADDRESSES[ALICE])
    await reader.enter_code("1234")
    await reader.expect_error("A code has eight characters. Copy all of it from our message.", field="code")
    await reader.go_on(ADDRESSES[ALICE])
    await reader.press(f"main a[href='{reader.addresses.issuer}/account']")
    assert await page.inner_text("h1") == reader.words("Your account")
    assert await page.inner_text("#customer-id") == ALICE
    await reader.press("main a[href='/account/profile']")
    assert await page.inner_text("#customer-id") == ALICE


async def test_id_found_in_the_account_menu(reader: Traveller) -> None:
    page = await reader.begin_at_entry()
    await reader.sign_in(ADDRESSES[ALICE])
    await reader.enter_code(" ")
    await reader.expect_error("Enter the code", field="code")
    await reader.go_on(ADDRESSES[ALICE])
    summary, email = page.locator("details.menu summary"), page.get_by_text(ADDRESSES[ALICE])
    assert await summary.inner_text() == "Alice Martin"
    box, viewport = await summary.bounding_box(), page.viewport_size
    assert box
    assert viewport
    assert box["x"] + box["width"] > viewport["width"] * 0.75
    assert box["y"] < 100
    assert not await email.is_visible()
    await reader.touch("details.menu summary")
    above = await email.bounding_box()
    beneath = await page.get_by_text(ALICE).bounding_box()
    assert above
    assert beneath
    assert above["y"] + above["height"] <= beneath["y"]
    await reader.touch("details.menu summary")
    assert not await email.is_visible()

    # What was found signs in.
    await reader.sign_out()
    await reader.begin_at_entry()
    await reader.sign_in(ALICE)
    await reader.expect_home()
