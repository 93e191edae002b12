"""What people type into a sign-up who mean no good, or have a name that few systems know."""

import pytest

from tests.portal.pressing import press
from tests.portal.signing_up import begin
from tests.support.mail import delivered
from tests.support.world import World

TAKEN = "alice@example.test"


@pytest.mark.parametrize(
    "email",
    [
        "nina@new.test\r\nBcc: eve@evil.test",
        "nina@new.test,eve@evil.test",
        "Nina <nina@new.test>",
        '"nina"@new.test',
        "nina@[192.0.2.1]",
        "nina@localhost",
        "nina@new..test",
        "n" * 65 + "@new.test",
        "nina@" + "a" * 64 + ".test",
        "\U0001f600@\U0001f600",
        "a" * 5_000,
    ],
)
async def test_what_is_no_address_goes_no_further(sqlite_world: World, email: str) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    page = await newcomer.choose(email)
    assert page.status_code == 422
    assert "Enter an e-mail address in full" in page.text
    assert await delivered(sqlite_world) == []


async def test_an_address_that_only_looks_like_anothers_is_its_own(sqlite_world: World) -> None:
    """A Cyrillic letter is not the Latin one: no mail goes to Alice, and no account is hers."""
    newcomer = await (await begin(sqlite_world)).until("credentials")
    await newcomer.choose("\u0430lice@example.test")
    [mail] = await delivered(sqlite_world)
    assert mail.to == "\u0430lice@example.test"
    folded = await (await begin(sqlite_world, address="198.51.100.1")).until("credentials")
    await folded.choose("\uff41lice@\uff45xample.test")
    [mail] = await delivered(sqlite_world)
    assert (mail.to, "already" in mail.subject) == (TAKEN, True)


async def test_nul_and_huge_forms_are_refused_and_lose_nothing(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    page = newcomer.page
    answered = await press(newcomer.browser, page, "sign-up-credentials", "continue", email="a\0b@new.test")
    assert answered.status_code == 400
    answered = await press(newcomer.browser, page, "sign-up-credentials", "continue", password="x" * 300_000)
    assert answered.status_code == 413
    await newcomer.look()
    assert newcomer.step == "credentials"
    long = await newcomer.choose(password="é" * 4_097)
    assert "too long" in long.text


@pytest.mark.parametrize(
    "given",
    [
        "Nina\r\nBcc: eve@evil.test",
        "Nina\tX",
        "\u2028",
        "   ",
        "\U0001f600\U0001f600",
        "\u202e\u202e",
        "N" * 81,
        "N" * 5_000,
        "\ue000",
    ],
)
async def test_what_is_no_name_is_refused_and_stays_to_be_mended(sqlite_world: World, given: str) -> None:
    newcomer = await (await begin(sqlite_world)).until("name")
    page = await newcomer.name(given, "Novak")
    assert page.status_code == 422
    assert "Enter your first name" in page.text
    assert 'value="Novak"' in page.text
    assert await sqlite_world.rows("SELECT 1 FROM account WHERE kind <> ''") == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Marie   Claire ", "Marie Claire"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eNina\u202c", "Nina"),
        ("نینا", "نینا"),
        ("\u0645\u06cc\u200c\u0646", "\u0645\u06cc\u200c\u0646"),
        ("<b>Nina</b>", "<b>Nina</b>"),
        ("Nina \U0001f600", "Nina \U0001f600"),
        ("李", "李"),
        ("O’Brien-Smith", "O’Brien-Smith"),
    ],
)
async def test_names_of_the_world_are_kept_and_shown_as_text(
    sqlite_world: World, given: str, kept: str
) -> None:
    newcomer = await (await begin(sqlite_world)).until("name")
    page = await newcomer.name(given, "Novak")
    assert newcomer.step == "welcome"
    assert "<b>Nina" not in page.text
    [(profile,)] = await sqlite_world.rows("SELECT profile FROM account WHERE kind <> ''")
    assert f'"given_name":"{kept}"' in profile


@pytest.mark.parametrize(
    "odd", ["%00", "a%00b", "%ff", "%ed%a0%80", "..%2f..", "x" * 3_000, "'; --", "%0d%0aset-cookie:a=b"]
)
async def test_whatever_an_address_holds_gets_an_answer(world: World, odd: str) -> None:
    newcomer = await begin(world)
    for path in (f"/sign-up/{odd}/code", f"{newcomer.path}/{'0' * 32}/{odd}", f"/sign-up?from={odd}"):
        answered = await newcomer.browser.get(path)
        assert answered.status_code in (200, 303, 400, 404), (path, answered.status_code)
        assert "a" not in answered.cookies
    country = await press(
        newcomer.browser, newcomer.page, "sign-up-country", "continue", country=odd, language=odd
    )
    assert country.status_code == 422
    landed = await press(
        newcomer.browser, newcomer.page, "sign-up-country", "continue", country="FR", language=odd
    )
    assert landed.status_code == 303
    assert await world.rows("SELECT language FROM sign_up") == [("en",)]
