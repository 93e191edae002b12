"""Signing in by passkey alone: no password, no code, two factors; and who must not get in that way."""

import asyncio
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from os import urandom
from pathlib import Path
from typing import Any

import pytest

from idp.config.settings import Risk
from idp.store.accounts import UPDATE_STATUS
from idp.store.factors import DELETE_PASSKEY
from tests.login.proving import ALICE, BOB, give_key, owe_factor, sign_in_with_passkey
from tests.support.authenticator import UP, UV, SoftwareKey
from tests.support.factors import give_factors
from tests.support.mail import delivered
from tests.support.world import (
    PASSWORD,
    World,
    answer,
    is_asking,
    open_risky_world,
    risky_settings,
)

WRONG = "We can’t sign you in with that passkey."


async def _alices(world: World, key: SoftwareKey | None = None) -> SoftwareKey:
    key = key or SoftwareKey()
    await give_key(world, "alice", key, is_passkey=True)
    return key


@pytest.mark.parametrize(
    ("key", "amr"),
    [(SoftwareKey(), ["hwk", "user", "mfa"]), (SoftwareKey.synced(), ["swk", "user", "mfa"])],
    ids=["bound", "synced"],
)
async def test_passkey_signs_in_without_a_password(
    risky_world: World, key: SoftwareKey, amr: list[str]
) -> None:
    """In a fresh browser, abroad, and nothing else is asked."""
    key.credentials.clear()
    await _alices(risky_world, key)
    browser = risky_world.browser(address="203.0.113.9")
    page = await browser.authorize()
    assert 'autocomplete="username webauthn"' in page.text
    assert "code" in answer(await sign_in_with_passkey(browser, key, page))
    assert await risky_world.rows("SELECT acr, amr FROM session") == [("3", json.dumps(amr))]
    mails = await delivered(risky_world)
    assert [mail.to for mail in mails] == ["alice@example.test"]  # The notice of a new browser, and no code.
    assert "code" not in mails[0].subject


async def test_passkey_does_for_who_has_two_factor_authentication_on(risky_world: World) -> None:
    key = SoftwareKey()
    await give_key(risky_world, "bob", key, is_passkey=True)
    assert "code" in answer(await sign_in_with_passkey(risky_world.browser(), key))


async def test_decision_is_kept_and_learnt_from(risky_world: World) -> None:
    key = await _alices(risky_world)
    await sign_in_with_passkey(risky_world.browser(), key)
    ((decision,),) = await risky_world.rows("SELECT decision_id FROM interaction")
    assert await risky_world.rows("SELECT decision_id FROM risk_decision") == [(decision,)]
    assert await risky_world.rows("SELECT count(*) FROM device") == [(1,)]


async def test_browser_is_known_afterwards(risky_world: World) -> None:
    key = await _alices(risky_world)
    browser = risky_world.browser()
    await sign_in_with_passkey(browser, key)
    await browser.http.post("/logout")
    page = await browser.authorize(prompt="login")
    page = await browser.follow(await browser.submit(page, username=ALICE, password=PASSWORD))
    assert "code" in answer(page)


async def test_options_name_nobody(sqlite_risky_world: World) -> None:
    browser = sqlite_risky_world.browser()
    page = await browser.authorize(login_hint=ALICE)
    asked = (await browser.submit(page, "passkey", action="options")).json()["publicKey"]
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
    assert set(asked) == {"rpId", "challenge", "timeout", "allowCredentials", "userVerification"}


async def test_unknown_passkey_is_answered_like_a_wrong_one(sqlite_risky_world: World) -> None:
    """Nothing tells which passkeys exist, S43."""
    key, stranger = await _alices(sqlite_risky_world), SoftwareKey()
    await give_key(sqlite_risky_world, "bob", stranger, is_passkey=True)
    await _forget(sqlite_risky_world, "bob")
    for used, differently in (
        (stranger, {}),
        (key, {"signature": b"0" * 70}),
        (key, {"user_handle": urandom(32)}),
        (key, {"user_handle": None}),
        (key, {"credential_id": urandom(32)}),
    ):
        page = await sign_in_with_passkey(sqlite_risky_world.browser(), used, **differently)
        assert page.status_code == 422
        assert WRONG in page.text
    assert await sqlite_risky_world.rows("SELECT 1 FROM session") == []


async def _forget(world: World, who: str) -> None:
    subject_id = world.people[who].subject_id
    rows = await world.rows(f"SELECT passkey_id FROM passkey WHERE subject_id = '{subject_id}'")
    effects = [DELETE_PASSKEY.effect(of_passkey=str(row[0]), of_subject=subject_id) for row in rows]
    assert await world.house.database.apply(effects)


REFUSED: dict[str, dict[str, Any]] = {
    "no user verification": {"flags": UP},
    "nobody there": {"flags": UV},
    "another site": {"origin": "https://evil.test"},
    "a registration": {"type": "webauthn.create"},
    "a frame": {"cross_origin": True},
    "another relying party": {"rp_id": "evil.test"},
    "another challenge": {"challenge": urlsafe_b64encode(urandom(32)).rstrip(b"=").decode()},
}


@pytest.mark.requirement("S54", "S55")
@pytest.mark.parametrize("refused", REFUSED)
async def test_wrong_answer_is_refused(sqlite_risky_world: World, refused: str) -> None:
    key = await _alices(sqlite_risky_world)
    browser = sqlite_risky_world.browser()
    page = await sign_in_with_passkey(browser, key, **REFUSED[refused])
    assert page.status_code == 422
    assert is_asking(page, "login")
    assert await sqlite_risky_world.rows("SELECT 1 FROM passkey WHERE flagged_at IS NOT NULL") == []
    assert "code" in answer(await sign_in_with_passkey(browser, key))


@pytest.mark.requirement("S55")
async def test_security_key_of_before_is_no_passkey(sqlite_risky_world: World) -> None:
    """It answers to anybody who asks for it, and knows no user."""
    key = SoftwareKey.u2f()
    await give_key(sqlite_risky_world, "alice", key)
    page = await sign_in_with_passkey(sqlite_risky_world.browser(), key, flags=UP)
    assert page.status_code == 422


@pytest.mark.requirement("S53")
async def test_answer_is_good_once_and_here(risky_world: World) -> None:
    key = await _alices(risky_world, SoftwareKey.synced())
    browser = risky_world.browser()
    page = await browser.authorize()
    asked = (await browser.submit(page, "passkey", action="options")).json()["publicKey"]
    credential = key.get(asked)
    other = risky_world.browser()
    stolen = await other.submit(await other.authorize(), "passkey", credential=credential)
    assert stolen.status_code == 422
    assert "That took too long." in stolen.text
    assert "code" in answer(
        await browser.follow(await browser.submit(page, "passkey", credential=credential))
    )
    again = await browser.authorize(prompt="login")
    assert (await browser.submit(again, "passkey", credential=credential)).status_code == 422
    assert await risky_world.rows("SELECT count(*) FROM session") == [(1,)]


async def test_same_answer_at_once_counts_once(risky_world: World) -> None:
    key = await _alices(risky_world, SoftwareKey.synced())
    browser = risky_world.browser()
    page = await browser.authorize()
    credential = key.get((await browser.submit(page, "passkey", action="options")).json()["publicKey"])
    responses = await asyncio.gather(
        *[browser.submit(page, "passkey", credential=credential) for _ in range(10)]
    )
    # Each proof has a cookie of its own.
    proofs = [
        header for one in responses for header in one.headers.get_list("set-cookie") if "proof" in header
    ]
    assert len(proofs) == 1


@pytest.mark.requirement("S56")
async def test_counter_that_goes_back_flags_and_tells(risky_world: World) -> None:
    key = await _alices(risky_world)
    browser = risky_world.browser()
    copy = key.copied()
    assert "code" in answer(await sign_in_with_passkey(browser, key))
    await delivered(risky_world)
    page = await sign_in_with_passkey(risky_world.browser(), copy)
    assert page.status_code == 422
    assert "That passkey answered as a copy of it would" in page.text
    (mail,) = await delivered(risky_world)
    assert "Blue key" in mail.text
    page = await sign_in_with_passkey(browser, key, await browser.authorize(prompt="login"))
    assert WRONG in page.text


async def test_disabled_account_stays_closed(sqlite_risky_world: World) -> None:
    world, alice = sqlite_risky_world, sqlite_risky_world.people["alice"]
    key = await _alices(world)
    disabled = UPDATE_STATUS.effect(
        of_account=alice.account_id,
        former="active",
        status="disabled",
        disabled_at=world.clock.now(),
        by="staff",
        now=world.clock.now(),
        expects=1,
    )
    assert await world.house.database.apply([disabled])
    page = await sign_in_with_passkey(world.browser(), key)
    assert page.status_code == 403
    assert "Your account is blocked" in page.text
    assert await world.rows("SELECT 1 FROM session") == []


async def test_closed_network_stays_closed(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(risky_settings(sqlite_url, tmp_path), risk=Risk(denied_networks=("203.0.113.0/24",)))
    async with open_risky_world(settings) as world:
        key = await _alices(world, SoftwareKey.synced())
        page = await sign_in_with_passkey(world.browser(address="203.0.113.9"), key)
        assert page.status_code == 403
        assert "You can’t sign in from here" in page.text
        assert await world.rows("SELECT 1 FROM session") == []
        assert await world.rows("SELECT count(*) FROM risk_decision") == [(1,)]
        assert "code" in answer(await sign_in_with_passkey(world.browser(), key))


async def test_network_that_fails_often_has_to_wait(sqlite_risky_world: World) -> None:
    key = await _alices(sqlite_risky_world, SoftwareKey.synced())
    browser = sqlite_risky_world.browser()
    for _ in range(20):
        page = await sign_in_with_passkey(sqlite_risky_world.browser(), key, signature=b"0")
        assert page.status_code == 422
    page = await sign_in_with_passkey(browser, key)
    assert page.status_code == 429
    sqlite_risky_world.clock.pass_(int(page.headers["retry-after"]))
    assert "code" in answer(await sign_in_with_passkey(browser, key))
    # Wrong passwords elsewhere don't delay a passkey, and the known browser counts for itself.
    for number in range(12):
        stranger = sqlite_risky_world.browser(address=f"203.0.113.{number}")
        await stranger.sign_in(password="wrong")
    page = await browser.authorize(prompt="login")
    assert "code" in answer(await sign_in_with_passkey(browser, key, page))


async def test_post_without_an_answer_says_what_is_missing(sqlite_risky_world: World) -> None:
    browser = sqlite_risky_world.browser()
    page = await browser.submit(await browser.authorize(), "passkey")
    assert page.status_code == 422
    assert "That needs JavaScript" in page.text


@pytest.mark.parametrize("credential", ["{", "[]", "null", "{}", "A" * 20_000, '{"response": {}}'])
async def test_malformed_answer_is_refused(sqlite_risky_world: World, credential: str) -> None:
    browser = sqlite_risky_world.browser()
    page = await browser.submit(await browser.authorize(), "passkey", credential=credential)
    assert page.status_code == 422
    assert WRONG in page.text


async def test_form_needs_its_token(sqlite_risky_world: World) -> None:
    browser = sqlite_risky_world.browser()
    page = await browser.authorize()
    path = page.text.split('<form id="passkey" method="post" action="', 1)[1].split('"', 1)[0]
    assert (await browser.http.post(path, data={"action": "options"})).status_code == 403
    response = await browser.get(path)
    assert is_asking(await browser.follow(response), "login")


async def test_shared_computer_is_forgotten(sqlite_risky_world: World) -> None:
    key = await _alices(sqlite_risky_world)
    browser = sqlite_risky_world.browser()
    page = await browser.authorize()
    asked = (await browser.submit(page, "passkey", action="options")).json()["publicKey"]
    page = await browser.submit(page, "passkey", credential=key.get(asked), is_shared="1")
    assert "code" in answer(await browser.follow(page))
    assert await sqlite_risky_world.rows("SELECT is_shared FROM session") == [(1,)]
    assert await sqlite_risky_world.rows("SELECT 1 FROM device") == []


async def test_passkey_replaces_what_somebody_else_proved(risky_world: World) -> None:
    """Bob's password and Alice's passkey in one sign-in: Alice's session, with her proofs alone."""
    key = await _alices(risky_world)
    visitor = await owe_factor(risky_world, BOB)
    login = await visitor.browser.get(visitor.path.replace("second-factor", "login"))
    page = await sign_in_with_passkey(visitor.browser, key, login)
    assert "code" in answer(page)
    assert await risky_world.rows("SELECT subject_id, amr FROM session") == [
        (risky_world.people["alice"].subject_id, '["hwk", "user", "mfa"]')
    ]


async def test_other_person_ends_the_session_before(risky_world: World) -> None:
    key = await _alices(risky_world)
    browser = risky_world.browser()
    bobs = SoftwareKey()
    await give_key(risky_world, "bob", bobs, is_passkey=True)
    await sign_in_with_passkey(browser, bobs)
    await sign_in_with_passkey(browser, key, await browser.authorize(prompt="login"))
    alive = await risky_world.rows("SELECT subject_id FROM session WHERE ended_at IS NULL")
    assert alive == [(risky_world.people["alice"].subject_id,)]


async def test_passkey_beside_an_app_that_is_off(sqlite_risky_world: World) -> None:
    """Having factors is not two-factor authentication: a password in a known place is enough."""
    world = sqlite_risky_world
    await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
    key = await _alices(world)
    assert "code" in answer(await sign_in_with_passkey(world.browser(), key))
