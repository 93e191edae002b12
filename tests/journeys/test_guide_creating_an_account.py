"""The customer guide on creating an account: from the website to the control panel, mails read, and ways aside."""

import re

from playwright.async_api import expect

from tests.journeys.traveller import Traveller, other_than, press

CHOSEN = "seven green otters"
_CUSTOMER_ID = re.compile(r"\b[a-z]{2}\d{5,}-ovh\b")


async def begin(traveller: Traveller) -> None:
    """From the website's link, by the sign-in page's."""
    await traveller.begin_at_entry()
    await traveller.press("a[href^='/sign-up']")
    await traveller.select("[autocomplete~=country]", traveller.says("Belgium", "Belgique"))


async def answer(traveller: Traveller, step: str, **fields: str) -> None:
    """Fill fields in, found by one token of their autocomplete, and go on."""
    for token, text in fields.items():
        await traveller.fill(f"#sign-up-{step} [autocomplete~={token.replace('_', '-')}]", text)
    await traveller.press(f"#sign-up-{step} [name=action][value=continue]")


async def test_create_an_account(reader: Traveller) -> None:
    page, email = reader.page, f"nina.{reader.demo.language[:2]}@demo.test"
    await begin(reader)
    assert await page.inner_text("h1") == reader.words("Create an account")
    await answer(reader, "country")

    await answer(reader, "credentials", email=email, new_password="elevenchars")
    await reader.expect_error(
        "The password is too short. Use at least %(minimum)s characters.", field="password", minimum=12
    )
    await reader.fill("[autocomplete~=new-password]", CHOSEN)
    await expect(page.locator(".strength")).to_be_visible()
    await answer(reader, "credentials")

    code = await reader.demo.mailbox.code(email)
    await reader.enter_code(other_than(code), "sign-up-code")
    await reader.expect_error(
        "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.",
        field="code",
        tries=4,
    )
    await reader.enter_code(code, "sign-up-code")

    # Without a choice the browser stays, and leads to the first.
    await reader.touch("#sign-up-type [name=action][value=continue]")
    await expect(page.locator("#kind:invalid")).to_be_focused()
    await reader.choose("input[value=association]")
    await answer(reader, "type")
    await answer(reader, "name", organization="Les Amis du Pastel", given_name=" ", family_name="Novak")
    await reader.expect_error("Enter your first name", field="given_name")
    await answer(reader, "name", given_name="Nina")

    assert await page.inner_text("h1") == reader.words("Welcome, %(name)s", name="Nina Novak")
    customer_id = await page.inner_text("#customer-id")
    assert _CUSTOMER_ID.fullmatch(customer_id)
    mail, mailed = await reader.demo.mailbox.next(email, _CUSTOMER_ID)
    assert (mailed, customer_id in mail["subject"]) == (customer_id, True)

    await reader.press("main a.primary")
    await _add_backup(reader, email)
    await reader.expect_home(name="Nina Novak")
    assert customer_id in await page.content()

    # The browser is known: the password is enough.
    await reader.sign_out()
    await reader.begin_at_entry()
    await reader.sign_in(customer_id, CHOSEN)
    await reader.expect_home(name="Nina Novak")


async def _add_backup(reader: Traveller, email: str) -> None:
    """What a sign-up ends with: the same mailbox is none, another one is proven by a code."""
    field, button = "#backup-address [autocomplete~=email]", "#backup-address [name=action][value=continue]"
    await reader.fill(field, email)
    await reader.press(button)
    await reader.expect_error(
        "This is your primary address. The backup address has to be another one.", field="email"
    )
    await reader.fill(field, f"spare.{email}")
    await reader.press(button)
    await reader.enter_code(await reader.demo.mailbox.code(f"spare.{email}"), "address-code")


async def test_who_has_an_account_already_learns_it_by_mail_alone(traveller: Traveller) -> None:
    page = traveller.page
    await begin(traveller)
    await answer(traveller, "country")
    await answer(traveller, "credentials", email="carol@demo.test", new_password=CHOSEN)
    assert await page.inner_text("h1") == traveller.words("Enter the code from your mailbox")
    mail, link = await traveller.demo.mailbox.next("carol@demo.test", re.compile(r"http://\S+/forgot"))
    assert "cc33333-ovh" in mail["subject"]
    assert (await page.goto(link)).ok  # type: ignore[union-attr]


async def test_back_reload_and_another_tab_never_end_the_way(traveller: Traveller) -> None:
    page, email = traveller.page, f"noel.{traveller.demo.language[:2]}@demo.test"
    await begin(traveller)
    await answer(traveller, "country")
    await answer(traveller, "credentials", email=email, new_password=CHOSEN)
    await page.go_back()
    assert await page.input_value("[autocomplete~=email]") == email
    await page.go_forward()
    await page.reload()
    other = await traveller.context.new_page()
    await other.goto(page.url)
    await traveller.enter_code(await traveller.demo.mailbox.code(email), "sign-up-code")
    await other.reload()
    await other.wait_for_selector("#sign-up-type")
    await other.check("input[value=individual]")
    await press(other, "#sign-up-type [name=action][value=continue]")
    await other.fill("[autocomplete~=given-name]", "Noël")
    await other.fill("[autocomplete~=family-name]", "Petit")
    await press(other, "#sign-up-name [name=action][value=continue]")
    await page.reload()
    await page.wait_for_selector("#customer-id")
    await page.go_back()
    await page.wait_for_selector("#customer-id")
