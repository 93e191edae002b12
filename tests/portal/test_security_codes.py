"""Apps and phones: the first code, its tries, and what its device is called."""

import asyncio
import re
from html import escape

import pyotp
import pytest

from idp.account.totp import StepMatch, matching_step
from tests.portal.pressing import open_account, press
from tests.portal.setting_up import (
    SECURITY,
    SET_UP,
    choose,
    codes_of,
    secret_of,
    turned_on,
    with_sms,
)
from tests.support.mail import delivered, texts
from tests.support.world import World


@pytest.mark.requirement("S44")
async def test_the_first_code_counts_as_used(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    [(last_step,)] = await world.rows("SELECT last_step FROM totp")
    assert last_step == world.clock.at // 30


@pytest.mark.requirement("S45")
async def test_secrets_are_sealed_for_their_row(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    secret = secret_of(page).encode()
    rows = await world.rows("SELECT sealed FROM enrolment WHERE sealed IS NOT NULL")
    code = pyotp.TOTP(secret.decode()).at(world.clock.at)
    await press(browser, page, "set-up", "continue", code=code)
    rows += await world.rows("SELECT sealed FROM totp")
    assert len(rows) == 2
    assert all(secret not in bytes(sealed) for (sealed,) in rows)


async def test_wrong_first_codes_run_out(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    wrong = f"{(int(pyotp.TOTP(secret_of(page)).at(world.clock.at)) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        refused = await press(browser, page, "set-up", "continue", code=wrong, name="Mine")
        assert refused.status_code == 422
        assert f"Tries left: {left}" in refused.text
        assert 'value="Mine"' in refused.text
        assert secret_of(refused) == secret_of(page)
    over = await press(browser, page, "set-up", "continue", code=wrong)
    assert "too many wrong codes" in over.text
    right = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    assert (await press(browser, page, "set-up", "continue", code=right)).status_code == 422
    assert await world.rows("SELECT totp_id FROM totp") == []
    fresh = await choose(browser, "totp")
    assert secret_of(fresh) != secret_of(page)


async def test_what_can_be_no_code_costs_no_try(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    for code in ("", "12345", "1234567", "abcdef", "<script>", "1" * 5_000):
        refused = await press(browser, page, "set-up", "continue", code=code)
        assert refused.status_code == 422
    assert await sqlite_world.rows("SELECT tries_left FROM enrolment WHERE kind = 'totp'") == [(5,)]


async def test_a_hundred_guesses_at_once_compare_no_more_than_the_tries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def counted(secret: str, code: str, *, now: int, last_step: int) -> StepMatch:
        compared.append(code)
        return matching_step(secret, code, now=now, last_step=last_step)

    monkeypatch.setattr("idp.login.setting_up.totp.matching_step", counted)
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    right = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    guesses = [f"{number:06}" for number in range(100) if f"{number:06}" != right]
    await asyncio.gather(*(press(browser, page, "set-up", "continue", code=code) for code in guesses))
    assert len(compared) <= 5
    assert await world.rows("SELECT totp_id FROM totp") == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd", "evil \u05e9\u05dc\u05d5\u05dd"),
        ("  My \t phone\r\nX-Header: 1 ", "My phone X-Header: 1"),
        ("e\u0301" * 60, "\u00e9" * 60),
        ("", "Authenticator app"),
        ("   ", "Authenticator app"),
    ],
)
async def test_names_are_what_their_owner_typed(sqlite_world: World, typed: str, kept: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    code = pyotp.TOTP(secret_of(page)).at(sqlite_world.clock.at)
    await press(browser, page, "set-up", "continue", code=code, name=typed)
    assert await sqlite_world.rows("SELECT name FROM totp") == [(kept,)]
    shown = (await browser.get(SECURITY)).text
    assert f"<bdi>{escape(kept)}</bdi>" in shown
    assert "<img src=x" not in shown
    await delivered(sqlite_world)


@pytest.mark.parametrize("typed", ["x" * 61, "x" * 4_096, "\ufdfa" * 4_096])
async def test_a_name_that_is_too_long_is_refused_and_costs_nothing(sqlite_world: World, typed: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    code = pyotp.TOTP(secret_of(page)).at(sqlite_world.clock.at)
    refused = await press(browser, page, "set-up", "continue", code=code, name=typed)
    assert refused.status_code == 422
    assert "at most 60 characters" in refused.text
    assert await sqlite_world.rows("SELECT tries_left FROM enrolment WHERE kind = 'totp'") == [(5,)]


async def test_a_phone_gets_a_code(world: World) -> None:
    browser = with_sms(world).browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "sms")
    for typed in (
        "",
        "0612345678",
        "+0612345678",
        "+336",
        "+1234567890123456",
        "sms:+33612345678",
        "9" * 400,
    ):
        refused = await press(browser, page, "set-up", "continue", phone=typed)
        assert refused.status_code == 422
        assert "with its country code" in refused.text
    page = await browser.follow(
        await press(browser, page, "set-up", "continue", phone="0033 6.12-34 (56) 78")
    )
    assert "•••78" in page.text
    [text] = await texts(world)
    assert text.to == "+33612345678"
    code = re.search(r"\d{4} \d{4}", text.text)
    assert code is not None
    again = await press(browser, page, "set-up", "resend")
    assert again.status_code == 429
    wrong = await press(
        browser, page, "set-up", "continue", code="00000000" if code[0] != "0000 0000" else "1" * 8
    )
    assert "Tries left: 4" in wrong.text
    page = await browser.follow(await press(browser, page, "set-up", "continue", code=code[0]))
    assert len(codes_of(page)) == 10
    assert await world.rows("SELECT masked FROM phone") == [("•••78",)]
    [(sealed,)] = await world.rows("SELECT sealed FROM phone")
    assert b"612345678" not in bytes(sealed)


async def test_no_phone_is_offered_without_a_gateway(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await browser.follow(await browser.get(SET_UP))
    assert 'value="sms"' not in page.text
    answered = await browser.follow(await press(browser, page, "set-up", "sms"))
    assert "Step 1 of 4" in answered.text
