"""Becoming a customer, from the manager and back to it: mails read, in both languages."""

import re

from playwright.async_api import expect

from tests.journeys.traveller import Traveller, press

CHOSEN = "seven green otters"
_CUSTOMER_ID = re.compile(r"\b[a-z]{2}\d{5,}-ovh\b")


async def begin(traveller: Traveller) -> None:
    """From the manager's sign-in page by the link."""
    await traveller.begin()
    await press(traveller.page, "a[href^='/sign-up']")
    # Nobody knows where loopback is.
    await traveller.page.select_option("[autocomplete~=country]", "BE")


async def answer(traveller: Traveller, step: str, **fields: str) -> None:
    """Fill fields in, found by one token of their autocomplete, and go on."""
    for token, text in fields.items():
        await traveller.page.fill(f"#sign-up-{step} [autocomplete~={token.replace('_', '-')}]", text)
    await press(traveller.page, f"#sign-up-{step} [name=action][value=continue]")


async def test_a_stranger_becomes_a_customer_and_arrives_at_the_manager(traveller: Traveller) -> None:
    page, email = traveller.page, f"nina.{traveller.demo.language[:2]}@demo.test"
    await begin(traveller)
    assert await page.inner_text("h1") == traveller.words("Create an account")
    await answer(traveller, "country")

    await answer(traveller, "credentials", email=email, new_password="elevenchars")
    await traveller.expect_problem(
        "The password is too short. Use at least %(minimum)s characters.", minimum=12
    )
    await page.fill("[autocomplete~=new-password]", CHOSEN)
    await expect(page.locator(".strength")).to_be_visible()
    await answer(traveller, "credentials")

    code = await traveller.demo.mailbox.code(email)
    await traveller.enter_code(code[:-1] + str((int(code[-1]) + 1) % 10), "sign-up-code")
    await traveller.expect_problem(
        "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.", tries=4
    )
    await traveller.enter_code(code, "sign-up-code")

    await page.get_by_label(traveller.words("Association")).check()
    await answer(traveller, "type")
    await answer(traveller, "name", organization="Les Amis du Pastel", given_name="Nina", family_name="Novak")

    assert await page.inner_text("h1") == traveller.words("Welcome, %(name)s", name="Nina Novak")
    customer_id = await page.inner_text("#customer-id")
    assert _CUSTOMER_ID.fullmatch(customer_id)
    mail, mailed = await traveller.demo.mailbox.next(email, _CUSTOMER_ID)
    assert (mailed, customer_id in mail["subject"]) == (customer_id, True)

    await press(page, "main a.primary")
    await press(page, "#backup-address [name=action][value=skip]")
    await traveller.expect_home(name="Nina Novak")
    assert customer_id in await page.content()

    # The browser is known: the password is enough.
    await traveller.sign_out()
    await traveller.begin()
    await traveller.sign_in(customer_id, CHOSEN)
    await traveller.expect_home(name="Nina Novak")


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


async def test_the_whole_way_by_keyboard_on_a_narrow_screen(english: Traveller) -> None:
    page, keyboard, email = english.page, english.page.keyboard, "karl.keyboard@demo.test"
    await page.set_viewport_size({"width": 320, "height": 640})
    await begin(english)

    async def type_into(field: str, text: str) -> None:
        """Where the page puts the focus by itself, or a Tab did."""
        await page.wait_for_selector(f"#{field}:focus")
        await keyboard.type(text)

    async def enter() -> None:
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        async with page.expect_navigation():
            await keyboard.press("Enter")

    await type_into("country", "France")
    assert await page.input_value("#country") == "FR"
    await keyboard.press("Tab")
    await keyboard.press("Tab")
    await enter()
    await type_into("email", email)
    await keyboard.press("Tab")
    await type_into("password", "short")
    await enter()
    # The summary has the focus, and its link leads to the field that is wrong.
    await page.wait_for_selector(".summary:focus")
    assert (await page.title()).startswith("Error:")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await type_into("password", CHOSEN)
    await enter()
    await type_into("code", await english.demo.mailbox.code(email))
    await enter()
    while await page.evaluate("document.activeElement.id") != "kind":
        await keyboard.press("Tab")
    await keyboard.press("Space")
    await enter()
    await type_into("given_name", "Karl")
    await keyboard.press("Tab")
    await type_into("family_name", "Kessler")
    await enter()
    assert await page.inner_text("h1") == "Welcome, Karl Kessler"
