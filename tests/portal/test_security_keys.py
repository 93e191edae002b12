"""Security keys and passkeys: only an answer to our own challenge sets one up, once, for one person."""

from typing import Any

import pytest

from tests.portal.pressing import forms_of, open_account, press
from tests.portal.setting_up import (
    SECURITY,
    SET_UP,
    choose,
    codes_of,
    options_of,
    set_up_passkey,
)
from tests.support.authenticator import SoftwareKey
from tests.support.world import World


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
