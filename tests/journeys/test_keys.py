"""Security keys and passkeys, by Chromium’s virtual authenticators: used, left unused, copied, replayed."""

from urllib.parse import parse_qs

from playwright.async_api import Browser, Page, Request

from tests.journeys.authenticators import VirtualKey, passkey_device, security_key, u2f_key
from tests.journeys.setting_up import (
    NEW_PASSWORD,
    add_app,
    add_key,
    begin_wizard,
    choose_password,
    sign_in_with_code,
)
from tests.journeys.traveller import Traveller, press, travelling
from tests.journeys.worlds import Newcomer

BOB = "bb22222-ovh"


async def _bob_with_key(traveller: Traveller, key: VirtualKey, name: str) -> None:
    """Bob signs in with his app, sets a key up, and signs out."""
    await traveller.begin()
    await traveller.arrive(BOB)
    await begin_wizard(traveller, "security-key")
    await add_key(traveller, name)
    assert await traveller.page.inner_text("h1") == traveller.words("Your device is set up")
    assert len(await key.credentials()) == 1
    await traveller.page.goto(f"{traveller.addresses.manager}/")
    await traveller.sign_out()


async def _use_key(traveller: Traveller) -> None:
    """From the sign-in form to the page that a key leads to."""
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("security-key")
    await press(traveller.page, "#second-factor [name=action][value=continue]")


async def test_bob_signs_in_with_a_key_from_before_fido2(traveller: Traveller) -> None:
    key = await u2f_key(traveller.page)
    await _bob_with_key(traveller, key, "Old key")
    await _use_key(traveller)
    await traveller.expect_home(name="Bob Durand")
    await traveller.page.goto(f"{traveller.addresses.manager}/payment")
    assert await traveller.page.locator("#payment").count() == 1


async def test_bob_signs_in_with_a_second_app(traveller: Traveller, browser: Browser) -> None:
    await traveller.begin()
    await traveller.arrive(BOB)
    await begin_wizard(traveller, "totp")
    secret = await add_app(traveller, "Bob's tablet", "Tablet")
    async with travelling(traveller.demo, browser) as elsewhere:
        await elsewhere.begin()
        await elsewhere.sign_in(BOB)
        await elsewhere.by("totp")
        await elsewhere.enter_code(traveller.demo.app_code("Bob's tablet", secret), "second-factor")
        await elsewhere.expect_home(name="Bob Durand")


async def test_key_of_somebody_else_leads_to_words_and_another_way(traveller: Traveller) -> None:
    key = await security_key(traveller.page)
    await _bob_with_key(traveller, key, "Green key")
    await key.remove()
    await security_key(traveller.page)
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("security-key")
    await traveller.page.click("#second-factor [name=action][value=continue]")
    await traveller.page.wait_for_selector("[data-signing]:not([hidden])")
    await traveller.by("totp")
    await traveller.enter_code(traveller.demo.app_code(BOB), "second-factor")
    await traveller.expect_home(name="Bob Durand")


async def test_copy_of_a_key_is_refused_flagged_and_told(traveller: Traveller) -> None:
    """Its counter goes back: one of the two is a copy."""
    key = await security_key(traveller.page)
    await _bob_with_key(traveller, key, "Copied key")
    await key.count_from(500)
    await _use_key(traveller)
    await traveller.expect_home(name="Bob Durand")
    await traveller.sign_out()

    await key.count_from(3)
    await _use_key(traveller)
    assert await traveller.page.locator(".summary").count() == 1
    assert await traveller.page.locator("details.menu").count() == 0
    subjects = [mail["subject"] for mail in await traveller.demo.mailbox.messages("bob@demo.test")]
    # Bob has chosen no language.
    assert any("A security key may have been copied" in subject for subject in subjects)

    await traveller.begin()
    await traveller.arrive(BOB)
    await traveller.page.goto(f"{traveller.addresses.issuer}/account/security")
    flagged = traveller.page.locator(".things > li", has_text="Copied key")
    assert await flagged.locator(".error").count() == 1


async def test_what_a_key_signed_once_is_worth_nothing_again(traveller: Traveller, browser: Browser) -> None:
    key = await security_key(traveller.page)
    await _bob_with_key(traveller, key, "Grey key")
    signed: list[str] = []
    await traveller.begin()
    await traveller.sign_in(BOB)
    await traveller.by("security-key")
    _overhear(traveller.page, signed)
    await press(traveller.page, "#second-factor [name=action][value=continue]")
    await traveller.expect_home(name="Bob Durand")
    assert len(signed) == 1

    async with travelling(traveller.demo, browser) as thief:
        await thief.begin()
        await thief.sign_in(BOB)
        await thief.by("security-key")
        async with thief.page.expect_navigation():
            await thief.page.evaluate(_SEND, signed[0])
        assert await thief.page.locator(".summary").count() == 1
        assert await thief.page.locator("details.menu").count() == 0


# The form as it is sent, without our script and without a key.
_SEND = """credential => {
  const form = document.getElementById("second-factor");
  form.elements.credential.value = credential;
  const action = form.appendChild(document.createElement("input"));
  action.name = "action";
  action.value = "continue";
  action.type = "hidden";
  HTMLFormElement.prototype.submit.call(form);
}"""


def _overhear(page: Page, signed: list[str]) -> None:
    """Keep what the page sends, as whoever reads along in the browser could."""

    def look(request: Request) -> None:
        fields = parse_qs(request.post_data or "")
        signed.extend(fields.get("credential", []))

    page.on("request", look)


async def _passkey_customer(traveller: Traveller) -> tuple[Newcomer, VirtualKey]:
    """A new customer who set a passkey up, and signed out. It doesn't answer until somebody is present again."""
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    await sign_in_with_code(traveller, newcomer)
    key = await passkey_device(traveller.page)
    await traveller.page.goto(f"{traveller.addresses.issuer}/account/security/passkey")
    await add_key(traveller, "Phone")
    await traveller.page.goto(f"{traveller.addresses.manager}/")
    await traveller.sign_out()
    await key.be_present(False)
    return newcomer, key


async def test_passkey_from_the_list_at_the_field_signs_in_without_a_password(traveller: Traveller) -> None:
    """Chromium's virtual phone chooses for the person what the list would offer, as soon as somebody is present."""
    newcomer, key = await _passkey_customer(traveller)
    page = traveller.page
    await traveller.begin()
    assert await page.get_attribute("#username", "autocomplete") == "username webauthn"
    # Away from there: a list that is open already may answer at once, or not.
    await page.goto(f"{traveller.addresses.manager}/")
    await key.be_present(True)
    async with page.expect_navigation(url=f"{traveller.addresses.manager}/"):
        await page.click("a.primary")
    assert newcomer.customer_id in await page.inner_html("main, header")
    await page.goto(f"{traveller.addresses.manager}/payment")
    assert await page.locator("#payment").count() == 1


async def test_passkey_by_its_button(traveller: Traveller) -> None:
    _, key = await _passkey_customer(traveller)
    # Without the list at the field, which would answer by itself as soon as the key is there.
    await traveller.page.add_init_script(
        "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
    )
    await traveller.begin()
    async with traveller.page.expect_navigation(url=f"{traveller.addresses.manager}/"):
        await key.be_present(True)
        await traveller.page.click("#passkey [name=action][value=continue]")


async def test_passkey_does_not_turn_two_factor_authentication_on(traveller: Traveller) -> None:
    newcomer, _ = await _passkey_customer(traveller)
    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await traveller.page.wait_for_url(f"{traveller.addresses.manager}/")


async def test_passkey_that_does_not_know_its_user_opens_nothing(traveller: Traveller) -> None:
    """The browser says so itself; a browser that lies about it is refused by us."""
    newcomer, key = await _passkey_customer(traveller)
    page = traveller.page
    # Without the list at the field, which would answer by itself again and again.
    await page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    await key.be_present(True)
    await key.verify_user(False)
    await traveller.begin()
    await page.click("#passkey [name=action][value=continue]")
    await page.wait_for_selector("[data-signing]:not([hidden])")

    await key.verify_user(True)
    await key.claim_nobody_verified(True)
    await press(page, "#passkey [name=action][value=continue]")
    assert await page.locator(".summary").count() == 1
    assert await page.locator("details.menu").count() == 0
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await page.wait_for_url(f"{traveller.addresses.manager}/")
