"""The wizard: two-factor authentication is turned on step by step, and nothing is lost on the way."""

import asyncio
import json
import re
from dataclasses import replace
from html import escape, unescape
from typing import Any

import httpx2
import pyotp
import pytest

from idp.account.totp import matching_step
from idp.app import create_app
from tests.portal.pressing import forms_of, open_account, press
from tests.support.authenticator import SoftwareKey
from tests.support.mail import delivered, texts
from tests.support.world import PASSWORD, Browser, World

SECURITY = "/account/security"
SET_UP = "/account/security/set-up"


def secret_of(page: httpx2.Response) -> str:
    """What the page lets people type into their app."""
    shown = re.search(r'id="secret">(.*?)</span>\n', page.text, re.DOTALL)
    assert shown is not None
    return re.sub(r"<[^>]*>|\s", "", shown[1])


def codes_of(page: httpx2.Response) -> list[str]:
    return re.findall(r'<li class="code">([^<]+)</li>', page.text)


def options_of(page: httpx2.Response) -> dict[str, Any]:
    found = re.search(r"data-options='([^']*)'", page.text)
    assert found is not None
    return dict(json.loads(unescape(found[1])))


async def choose(browser: Browser, kind: str, path: str = SET_UP) -> httpx2.Response:
    page = await browser.follow(await browser.get(path))
    return await browser.follow(await press(browser, page, "set-up", kind))


async def with_app(browser: Browser, world: World, path: str = SET_UP) -> tuple[str, httpx2.Response]:
    """Set an app up as far as the first code: its secret, and the page after it."""
    page = await choose(browser, "totp", path)
    secret = secret_of(page)
    code = pyotp.TOTP(secret).at(world.clock.at)
    return secret, await browser.follow(await press(browser, page, "set-up", "continue", code=code))


async def turned_on(browser: Browser, world: World) -> tuple[str, list[str]]:
    """Turn two-factor authentication on with an app: its secret and the backup codes."""
    secret, page = await with_app(browser, world)
    codes = codes_of(page)
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Two-factor authentication is on" in done.text
    return secret, codes


async def set_up_passkey(browser: Browser, key: SoftwareKey) -> httpx2.Response:
    page = await browser.follow(await browser.get("/account/security/passkey"))
    answer = key.create(options_of(page))
    return await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))


async def test_an_app_turns_two_factor_authentication_on(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, SECURITY)
    assert ">Off<" in page.text
    await delivered(world)
    page = await choose(browser, "totp")
    assert "Step 2 of 4" in page.text
    assert "<svg" in page.text
    secret = secret_of(page)
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(
        await press(browser, page, "set-up", "continue", code=f"{code[:3]} {code[3:]}", name="My phone")
    )
    assert "Step 3 of 4" in page.text
    codes = codes_of(page)
    assert len(set(codes)) == 10
    # A device is set up, and nothing is on yet: nobody could be locked out who stops here.
    assert await world.rows("SELECT two_factor_at FROM security WHERE two_factor_at IS NOT NULL") == []
    assert codes_of(await browser.get(str(page.url))) == codes
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Step 4 of 4" in done.text
    assert not codes_of(done)
    security = await browser.get(SECURITY)
    assert ">On<" in security.text
    assert "My phone" in security.text
    assert "10 codes left" in security.text
    mails = await delivered(world)
    assert {mail.to for mail in mails} == {"alice@example.test"}
    assert len(mails) == 2


async def test_the_setting_up_of_a_key_and_of_a_passkey(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "security-key")
    answer = SoftwareKey.u2f().create(options_of(page))
    page = await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))
    assert len(codes_of(page)) == 10
    await press(browser, page, "backup-codes", "continue", saved="1")
    page = await browser.follow(await browser.get("/account/security/passkey"))
    answer = SoftwareKey().create(options_of(page))
    page = await browser.follow(await press(browser, page, "set-up", "continue", answer=answer))
    assert "Your device is set up" in page.text
    security = await browser.get(SECURITY)
    assert "Security key" in security.text
    assert "Passkey" in security.text
    assert forms_of(security).keys() >= {"rename-device", "rename-device-2"}


@pytest.mark.requirement("S46")
async def test_backup_codes_are_digests_and_wait_until_they_are_kept(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    _, page = await with_app(browser, world)
    refused = await press(browser, page, "backup-codes", "continue")
    assert refused.status_code == 422
    assert codes_of(refused) == codes_of(page)
    assert await world.rows("SELECT digest FROM backup_code") == []
    await press(browser, page, "backup-codes", "continue", saved="1")
    assert len(await world.rows("SELECT digest FROM backup_code")) == 10
    assert await world.rows("SELECT sealed FROM enrolment WHERE sealed IS NOT NULL AND kind = 'totp'") == []


async def test_a_second_submission_of_each_step_changes_nothing(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    first = await choose(browser, "totp")
    code = pyotp.TOTP(secret_of(first)).at(world.clock.at)
    second = await browser.follow(await press(browser, first, "set-up", "continue", code=code))
    again = await browser.follow(await press(browser, first, "set-up", "continue", code=code))
    assert codes_of(again) == codes_of(second)
    third = await browser.follow(await press(browser, second, "backup-codes", "continue", saved="1"))
    again = await browser.follow(await press(browser, second, "backup-codes", "continue", saved="1"))
    assert again.text.split("<main")[1] == third.text.split("<main")[1]
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]
    assert await world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]
    turned = "SELECT COUNT(*) FROM audit_event WHERE type = 'two_factor.turned_on'"
    assert await world.rows(turned) == [(1,)]


async def test_ways_that_are_open_in_two_tabs_both_go_on(sqlite_world: World) -> None:
    browser, clock = sqlite_world.browser(), sqlite_world.clock
    await open_account(browser, SECURITY)
    app = await choose(browser, "totp")
    link = re.search(r'href="([^"]*choose=1)"', app.text)
    assert link is not None
    chooser = await browser.get(unescape(link[1]))
    assert "Step 1 of 4" in chooser.text
    key = await browser.follow(await press(browser, chooser, "set-up", "security-key"))
    assert secret_of(await browser.get(str(app.url))) == secret_of(app)
    code = pyotp.TOTP(secret_of(app)).at(clock.at)
    page = await browser.follow(await press(browser, app, "set-up", "continue", code=code))
    await press(browser, page, "backup-codes", "continue", saved="1")
    answer = SoftwareKey().create(options_of(key))
    page = await browser.follow(await press(browser, key, "set-up", "continue", answer=answer))
    assert len(codes_of(page)) == 10
    await press(browser, page, "backup-codes", "continue", saved="1")
    assert await sqlite_world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]


async def test_a_step_works_for_half_an_hour_and_then_begins_anew(sqlite_world: World) -> None:
    browser, clock = sqlite_world.browser(), sqlite_world.clock
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    clock.pass_(1_799)
    code = pyotp.TOTP(secret_of(page)).at(clock.at)
    codes = await browser.follow(await press(browser, page, "set-up", "continue", code=code))
    assert codes_of(codes)
    clock.pass_(1)
    late = await press(browser, codes, "backup-codes", "continue", saved="1")
    assert (late.status_code, late.headers["location"]) == (303, SET_UP)
    assert await sqlite_world.rows("SELECT two_factor_at FROM security WHERE two_factor_at IS NOT NULL") == []


@pytest.mark.requirement("S50")
async def test_setting_up_asks_for_a_recent_proof_at_its_start(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    world.clock.pass_(301)
    for path in (SET_UP, "/account/security/passkey"):
        page = await browser.follow(await browser.get(path))
        assert 'id="login"' in page.text
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert 'id="set-up"' in page.text
    await turned_on(browser, world)
    # Now a password is not enough any more: it takes the device.
    world.clock.pass_(301)
    page = await browser.follow(await browser.get("/account/security/backup-codes"))
    assert 'id="second-factor"' in page.text


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
    monkeypatch.setattr(
        "idp.login.setting_up.totp.matching_step",
        lambda secret, code, **at: compared.append(code) or matching_step(secret, code, **at),
    )
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


async def test_nobody_goes_on_with_what_another_session_began(world: World) -> None:
    alice, elsewhere, bob = world.browser(), world.browser(), world.browser()
    await open_account(alice, SECURITY)
    page = await choose(alice, "totp")
    _, hidden = forms_of(page)["set-up"]
    code = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    for browser, identifier in ((elsewhere, "aa11111-ovh"), (bob, "bb22222-ovh")):
        await open_account(browser, SECURITY, identifier=identifier)
        own = await choose(browser, "totp")
        shown = await browser.follow(await browser.get(f"{SET_UP}?enrolment={hidden['enrolment']}"))
        assert "Step 1 of 4" in shown.text
        answered = await press(browser, own, "set-up", "continue", enrolment=hidden["enrolment"], code=code)
        assert (answered.status_code, answered.headers["location"]) == (303, SET_UP)
    assert await world.rows("SELECT totp_id FROM totp") == []
    assert codes_of(await alice.follow(await press(alice, page, "set-up", "continue", code=code)))


@pytest.mark.parametrize("enrolment", ["", "x", "0" * 32, "' OR 1=1 --", "a" * 4_096, "\u0661" * 32])
async def test_an_unknown_row_begins_anew(sqlite_world: World, enrolment: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    shown = await browser.follow(await browser.http.get(SET_UP, params={"enrolment": enrolment}))
    assert "Step 1 of 4" in shown.text
    answered = await press(browser, page, "set-up", "continue", enrolment=enrolment, code="123456")
    assert answered.status_code == 303


@pytest.mark.requirement("S53", "S54", "S57")
@pytest.mark.parametrize(
    "differently",
    [
        {"origin": "http://evil.test"},
        {"origin": "http://localhost:8001"},
        {"challenge": "A" * 43},
        {"type": "webauthn.get"},
        {"rp_id": "evil.test"},
        {"flags": 0},
        {"cross_origin": True},
        {"credential_id": b"x" * 1_024},
        {"public_key": {1: 2, 3: -7}},
        {"client_data": b"{"},
    ],
)
async def test_an_answer_that_is_not_ours_sets_nothing_up(
    sqlite_world: World, differently: dict[str, Any]
) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "security-key")
    answer = SoftwareKey().create(options_of(page), **differently)
    refused = await press(browser, page, "set-up", "continue", answer=answer)
    assert refused.status_code == 422
    assert "could not be checked" in refused.text
    assert await sqlite_world.rows("SELECT passkey_id FROM passkey") == []
    # Nothing is lost: the page that came back works.
    again = SoftwareKey().create(options_of(refused))
    assert codes_of(await browser.follow(await press(browser, refused, "set-up", "continue", answer=again)))


@pytest.mark.parametrize(
    "answer",
    ["{}", "[]", "null", "{", "[" * 9_000, '{"response":[]}', '{"response":{}}', "A" * 40_000, "\ud7ff"],
)
async def test_malformed_answers_are_one_clear_error(sqlite_world: World, answer: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "security-key")
    refused = await press(browser, page, "set-up", "continue", answer=answer)
    assert refused.status_code == 422
    assert 'id="set-up"' in refused.text


@pytest.mark.requirement("S53")
async def test_a_challenge_is_answered_once(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await browser.follow(await browser.get("/account/security/passkey"))
    _, hidden = forms_of(page)["set-up"]
    options = options_of(page)
    done = await browser.follow(
        await press(browser, page, "set-up", "continue", answer=SoftwareKey().create(options))
    )
    assert "Your device is set up" in done.text
    other = await browser.follow(await browser.get("/account/security/passkey"))
    replayed = await press(
        browser,
        other,
        "set-up",
        "continue",
        challenge=hidden["challenge"],
        answer=SoftwareKey().create(options),
    )
    assert replayed.status_code == 422
    assert await world.rows("SELECT COUNT(*) FROM passkey") == [(1,)]


async def test_a_challenge_of_another_session_or_too_old_is_refused(sqlite_world: World) -> None:
    alice, bob = sqlite_world.browser(), sqlite_world.browser()
    await open_account(alice, SECURITY)
    await open_account(bob, SECURITY, identifier="bb22222-ovh")
    hers, his = await choose(alice, "security-key"), await choose(bob, "security-key")
    _, hidden = forms_of(hers)["set-up"]
    answer = SoftwareKey().create(options_of(hers))
    refused = await press(bob, his, "set-up", "continue", challenge=hidden["challenge"], answer=answer)
    assert refused.status_code == 422
    sqlite_world.clock.pass_(300)
    late = await press(alice, hers, "set-up", "continue", answer=answer)
    assert late.status_code == 422
    assert "longer than we wait" in late.text
    assert await sqlite_world.rows("SELECT passkey_id FROM passkey") == []


@pytest.mark.requirement("S57")
async def test_a_credential_belongs_to_one_person(world: World) -> None:
    alice, bob = world.browser(), world.browser()
    await open_account(alice, SECURITY)
    await open_account(bob, SECURITY, identifier="bb22222-ovh")
    assert "Your device is set up" in (await set_up_passkey(alice, SoftwareKey())).text
    [(known,)] = await world.rows("SELECT credential_id FROM passkey")
    page = await bob.follow(await bob.get("/account/security/passkey"))
    answer = SoftwareKey().create(options_of(page), credential_id=bytes(known))
    refused = await press(bob, page, "set-up", "continue", answer=answer)
    assert "set up already" in refused.text
    assert await world.rows("SELECT COUNT(*) FROM passkey") == [(1,)]


@pytest.mark.requirement("S58")
async def test_the_user_handle_is_random_and_stays(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    pages = [await browser.follow(await browser.get("/account/security/passkey")) for _ in range(2)]
    first, second = (options_of(page)["user"]["id"] for page in pages)
    assert first == second
    assert len(first) == 43
    person = sqlite_world.people["alice"]
    assert person.subject_id not in first


async def test_a_passkey_turns_nothing_on(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    page = await set_up_passkey(browser, SoftwareKey())
    assert "Two-factor authentication is still off" in page.text
    security = await browser.get(SECURITY)
    assert ">Off<" in security.text
    assert await world.rows("SELECT digest FROM backup_code") == []


async def test_a_key_that_cannot_verify_its_user_is_told_what_it_can_be(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await browser.follow(await browser.get("/account/security/passkey"))
    answer = SoftwareKey(verifies_user=False).create(options_of(page))
    refused = await press(browser, page, "set-up", "continue", answer=answer)
    assert "set it up as a security key" in refused.text


async def test_two_factor_authentication_is_turned_on_with_a_passkey_that_is_there(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    key = SoftwareKey()
    await set_up_passkey(browser, key)
    page = await browser.follow(await browser.get(SET_UP))
    assert "What you have set up already" in page.text
    asked = await browser.follow(await press(browser, page, "set-up", "existing"))
    assert 'id="second-factor"' in asked.text


async def test_two_factor_authentication_is_turned_on_again_with_the_app_that_is_there(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    secret, former = await turned_on(browser, world)
    page = await browser.get("/account/security/turn-off")
    await press(browser, page, "turn-off", "turn-off")
    page = await browser.follow(await browser.get(SET_UP))
    asked = await browser.follow(await press(browser, page, "set-up", "existing"))
    world.clock.pass_(30)
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(await press(browser, asked, "second-factor", "continue", code=code))
    page = await browser.follow(await press(browser, page, "set-up", "existing"))
    assert not set(codes_of(page)) & set(former)
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Two-factor authentication is on" in done.text
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]


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


def with_sms(world: World) -> World:
    house = replace(
        world.house,
        settings=replace(
            world.house.settings,
            factors=replace(world.house.settings.factors, sms_url="https://sms.example.test/send"),
        ),
    )
    return replace(world, house=house, app=create_app(house))
