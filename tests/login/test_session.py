"""How long somebody stays signed in, and what a session keeps when its person or its limits change."""

import re

import pytest

from idp.account.ending import end_all_sessions
from idp.account.status import disable_account, enable_account
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.login.signing_in import is_signed_in, sign_in, sign_in_staff
from tests.support.world import START, World, answer, asked

HOUR = 3_600


@pytest.mark.requirement("S60")
async def test_unused_session_ends_after_eight_hours(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    world.clock.pass_(8 * HOUR - 1)
    assert await is_signed_in(browser)
    world.clock.pass_(8 * HOUR)
    assert not await is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_session_ends_after_a_day_however_much_it_is_used(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    for _ in range(23):
        world.clock.pass_(HOUR)
        assert await is_signed_in(browser)
    world.clock.pass_(HOUR - 1)
    assert await is_signed_in(browser)
    world.clock.pass_(1)
    assert not await is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_staff_idle_for_a_quarter_of_an_hour(world: World) -> None:
    browser = world.browser()
    await sign_in_staff(world, browser)
    world.clock.pass_(899)
    assert await is_signed_in(browser)
    world.clock.pass_(900)
    assert not await is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_shared_computer_forgets_sooner_and_remembers_no_browser(world: World) -> None:
    browser = world.browser()
    cookies = await sign_in(browser, shared_computer="1")
    assert not cookies["idp-session"]["max-age"]
    assert "idp-device" not in cookies
    assert await world.rows("SELECT device_id FROM device") == []
    world.clock.pass_(1_799)
    assert await is_signed_in(browser)
    world.clock.pass_(1_800)
    assert not await is_signed_in(browser)


async def test_shared_computer_has_to_be_ticked(sqlite_world: World) -> None:
    page = await sqlite_world.browser().authorize()
    boxes = re.findall(r'<input[^>]*name="shared_computer"[^>]*>', page.text)
    assert boxes
    assert all("checked" not in box for box in boxes)
    for value in ("0", "on", "true"):
        cookies = await sign_in(sqlite_world.browser(), shared_computer=value)
        assert cookies["idp-session"]["max-age"] == "86400"


async def test_staff_on_a_shared_computer_have_the_shorter_limit(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await sign_in_staff(sqlite_world, browser, shared_computer="1")
    sqlite_world.clock.pass_(900)
    assert not await is_signed_in(browser)


@pytest.mark.requirement("S59")
async def test_each_sign_in_changes_the_cookie_and_the_old_one_is_dead(world: World) -> None:
    browser = world.browser()
    first = (await sign_in(browser))["idp-session"].value
    second = (await sign_in(browser))["idp-session"].value
    assert len(first) == len(second) == 64
    assert first != second
    thief = world.browser()
    thief.http.headers["cookie"] = f"idp-session={first}"
    assert answer(await thief.get("/authorize", params=asked(prompt="none")))["error"] == "login_required"
    assert await is_signed_in(browser)


@pytest.mark.requirement("S59")
async def test_planted_session_cookie_is_never_adopted(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.http.headers["cookie"] = "idp-session=" + "A" * 64
    page = await browser.get("/authorize", params=asked())
    assert page.status_code == 303
    del browser.http.headers["cookie"]
    cookies = await sign_in(browser)
    assert cookies["idp-session"].value != "A" * 64


@pytest.mark.requirement("S59")
async def test_only_digests_are_stored(world: World) -> None:
    browser = world.browser()
    cookies = await sign_in(browser)
    stored = str(await world.rows("SELECT digest, session_id, sid FROM session"))
    stored += str(await world.rows("SELECT digest, device_id FROM device"))
    stored += str(
        await world.rows("SELECT browser_digest, interaction_id, parameters, proofs FROM interaction")
    )
    for name in ("idp-session", "idp-device"):
        assert cookies[name].value not in stored
    assert browser.http.cookies["idp-browser"] not in stored


async def test_same_person_keeps_session_sid_and_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    before = await world.rows("SELECT session_id, sid, created_at FROM session")
    world.clock.pass_(30)
    await sign_in(browser)
    assert await world.rows("SELECT session_id, sid, created_at FROM session") == before
    assert await world.rows("SELECT authenticated_at, ended_at FROM session") == [(START + 30, None)]
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200


async def test_signing_in_again_restarts_the_limits(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await sign_in(browser)
    sqlite_world.clock.pass_(7 * HOUR)
    await sign_in(browser)
    sqlite_world.clock.pass_(7 * HOUR)
    assert await is_signed_in(browser)


async def test_another_person_ends_the_session_and_its_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    await sign_in(browser, "bb22222-ovh")
    rows = await world.rows("SELECT subject_id, sid, ended_at FROM session ORDER BY session_id")
    alice, bob = rows
    assert alice[0] == world.people["alice"].subject_id
    assert alice[2] == START
    assert bob[0] == world.people["bob"].subject_id
    assert bob[2] is None
    assert alice[1] != bob[1]
    refused = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    reasons = await world.rows("SELECT revoked_reason FROM family WHERE revoked_at IS NOT NULL")
    assert ("session_replaced",) in reasons


@pytest.mark.requirement("S61")
async def test_disabled_account_is_signed_out_at_once_and_stays_so(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    house, occasion = world.house, Occasion(now=START, actor="system")
    await disable_account(house.database, house.audit, occasion, world.people["alice"])
    assert not await is_signed_in(browser)
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
    disabled = await house.database.one(PERSON_BY_SUBJECT, subject_id=world.people["alice"].subject_id)
    assert disabled is not None
    await enable_account(house.database, house.audit, occasion, disabled)
    assert not await is_signed_in(browser)


@pytest.mark.requirement("S61")
async def test_ended_session_is_dead_at_once(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    house = world.house
    await end_all_sessions(
        house.database,
        house.audit,
        Occasion(now=START, actor="system"),
        subject_id=world.people["alice"].subject_id,
    )
    assert not await is_signed_in(browser)


async def test_session_that_ended_is_not_kept_by_using_it(sqlite_world: World) -> None:
    """A late touch must not revive it."""
    browser = sqlite_world.browser()
    await browser.sign_in()
    sqlite_world.clock.pass_(8 * HOUR)
    for _ in range(3):
        assert not await is_signed_in(browser)
    assert await sqlite_world.rows("SELECT seen_at FROM session") == [(START,)]


async def test_sid_is_another_after_signing_out(sqlite_world: World) -> None:
    """The next one in this browser, be it the same person, inherits nothing."""
    browser = sqlite_world.browser()
    await sign_in(browser)
    await browser.submit(await browser.get("/logout"))
    await sign_in(browser)
    sids = await sqlite_world.rows("SELECT sid FROM session")
    assert len(set(sids)) == 2
