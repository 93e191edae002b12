"""Browsers and their sessions: seeing them, and removing them without touching anybody else's."""

import sqlite3
from contextlib import closing
from dataclasses import replace

from idp.app import create_app
from tests.portal.pressing import forms_of, open_account, press
from tests.support.world import World, answer

PATH = "/account/devices"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_each_browser_is_listed_and_this_one_is_named(world: World) -> None:
    here, there = world.browser(headers={"user-agent": FIREFOX}), world.browser()
    await open_account(there)
    world.clock.pass_(7_200)
    page = await open_account(here, PATH)
    assert page.text.count('<li>\n<div class="thing">') == 2
    assert "Firefox, Linux" in page.text.split("This browser")[0]
    assert "Unknown browser" in page.text
    assert "Signed in 2 hours ago" in page.text


async def test_ending_a_session_signs_that_browser_out_at_once(world: World) -> None:
    here, there = world.browser(), world.browser()
    await open_account(there)
    tokens = (await there.redeem(await there.authorize())).json()
    world.clock.pass_(1)
    page = await open_account(here, PATH)
    ended = await press(here, page, "end-session-2", "end")
    assert (ended.status_code, ended.headers["location"]) == (303, PATH)
    assert (await there.get("/account")).headers["location"].startswith("/sign-in/")
    assert answer(await there.authorize(prompt="none"))["error"] == "login_required"
    refreshed = await there.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    assert "end-session-2" not in forms_of(await here.get(PATH))


async def test_ending_a_session_twice_changes_nothing_more(sqlite_world: World) -> None:
    here, there = sqlite_world.browser(), sqlite_world.browser()
    await open_account(there)
    page = await open_account(here, PATH)
    await press(here, page, "end-session-2", "end")
    again = await press(here, page, "end-session-2", "end")
    assert (again.status_code, again.headers["location"]) == (303, PATH)
    assert len(await _events(sqlite_world, "session.ended")) == 1


async def test_ending_this_session_signs_out(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PATH)
    ended = await press(browser, page, "end-session", "end")
    assert (ended.status_code, ended.headers["location"]) == (303, "/logout")
    goodbye = await browser.follow(ended)
    assert "You are signed out" in goodbye.text
    assert "idp-session=; " in goodbye.headers["set-cookie"]
    assert (await browser.get(PATH)).headers["location"].startswith("/sign-in/")


async def test_ending_all_others_keeps_this_one(world: World) -> None:
    here, others = world.browser(), [world.browser(), world.browser()]
    for other in others:
        await open_account(other)
    bob = world.browser()
    await open_account(bob, identifier="bb22222-ovh")
    page = await open_account(here, PATH)
    await press(here, page, "end-other-sessions", "end-others")
    left = await here.get(PATH)
    assert set(forms_of(left)) == {"sign-out", "end-session"}
    for other in others:
        assert (await other.get("/account")).status_code == 303
    assert (await bob.get("/account")).status_code == 200


async def test_nobody_ends_another_persons_session(world: World) -> None:
    alice, bob = world.browser(), world.browser()
    page = await open_account(alice, PATH)
    bobs = await open_account(bob, PATH, identifier="bb22222-ovh")
    _, hidden = forms_of(bobs)["end-session"]
    rows = await world.rows("SELECT session_id, sid, device_id FROM session")
    for name in {hidden["browser"], *(value for row in rows for value in row if value)} - {
        forms_of(page)["end-session"][1]["browser"]
    }:
        tried = await press(alice, page, "end-session", "end", browser=name)
        assert (tried.status_code, tried.headers["location"]) == (303, PATH)
    assert (await bob.get("/account")).status_code == 200
    assert (await alice.get("/account")).status_code == 200
    assert await _events(world, "session.ended") == []


async def test_another_browsers_form_is_refused(world: World) -> None:
    here, there = world.browser(), world.browser()
    page, foreign = await open_account(here, PATH), await open_account(there, PATH)
    _, mine = forms_of(page)["end-session"]
    refused = await press(there, foreign, "end-session", "end", csrf_token=mine["csrf_token"])
    assert refused.status_code == 403
    here.http.cookies.delete("idp-browser")
    assert (await press(here, page, "end-session", "end")).status_code == 403
    assert (await there.get("/account")).status_code == 200
    assert (await here.get("/account")).status_code == 200


async def test_a_page_left_open_never_acts_for_the_next_person(sqlite_world: World) -> None:
    browser, elsewhere = sqlite_world.browser(), sqlite_world.browser()
    await open_account(elsewhere, identifier="bb22222-ovh")
    left_open = await open_account(browser, PATH)
    await press(browser, left_open, "sign-out", "continue")
    await open_account(browser, PATH, identifier="bb22222-ovh")
    _, hidden = forms_of(left_open)["end-session"]
    refused = await browser.http.post(PATH, data={"action": "end-others", "csrf_token": hidden["csrf_token"]})
    assert refused.status_code == 403
    assert (await elsewhere.get("/account")).status_code == 200


async def test_the_form_of_one_page_is_no_form_of_another(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PATH)
    _, hidden = forms_of(page)["sign-out"]
    refused = await browser.http.post(PATH, data={**hidden, "action": "end-others"})
    assert refused.status_code == 403


async def test_unknown_buttons_do_nothing(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PATH)
    for action in ("", "delete", "END"):
        answered = await press(browser, page, "end-session", action)
        assert (answered.status_code, answered.headers["location"]) == (303, PATH)
    assert await _events(sqlite_world, "session.ended") == []


async def test_a_browser_whose_session_idled_out_is_listed_as_signed_out(sqlite_world: World) -> None:
    here, there = sqlite_world.browser(), sqlite_world.browser()
    await open_account(there)
    sqlite_world.clock.pass_(28_800)
    page = await open_account(here, PATH)
    assert "Signed out" in page.text.split("This browser")[1]
    sqlite_world.clock.pass_(180 * 86_400)
    asked = await open_account(here, PATH)
    page = await here.follow(await press(here, asked, "backup-address", "skip"))
    assert set(forms_of(page)) == {"sign-out", "end-session"}


async def _events(world: World, kind: str) -> list[tuple[object, ...]]:
    return await world.rows(f"SELECT event_id FROM audit_event WHERE type = '{kind}'")


async def test_a_browser_that_is_removed_counts_as_new(world: World) -> None:
    here, there = world.browser(headers={"user-agent": FIREFOX}), world.browser()
    await open_account(there)
    page = await open_account(here, PATH)
    [own] = [hidden["browser"] for name, (_, hidden) in forms_of(page).items() if name == "end-session-2"]
    await press(here, page, "end-session-2", "end")
    rows = await world.rows(f"SELECT revoked_at, revoked_reason FROM device WHERE device_id = '{own}'")
    assert rows == [(world.clock.at, "by_owner")]
    assert (await there.get("/account")).status_code == 303
    assert len(await _events(world, "device.removed")) == 1


async def test_removing_all_others_forgets_their_cookies_too(world: World) -> None:
    here, there = world.browser(headers={"user-agent": FIREFOX}), world.browser()
    await open_account(there)
    page = await open_account(here, PATH)
    await press(here, page, "end-other-sessions", "end-others")
    assert await world.rows("SELECT COUNT(*) FROM device WHERE revoked_at IS NULL") == [(1,)]
    assert (await here.get(PATH)).status_code == 200


async def test_a_trusted_browser_is_shown_and_asked_again_from_now_on(sqlite_world: World) -> None:
    factors = replace(sqlite_world.house.settings.factors, trust_days=30)
    house = replace(sqlite_world.house, settings=replace(sqlite_world.house.settings, factors=factors))
    world = replace(sqlite_world, house=house, app=create_app(house))
    browser = world.browser()
    await open_account(browser, PATH)
    until = world.clock.at + 86_400
    database = house.settings.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as file, file:
        file.execute("UPDATE device SET trusted_until = ?", (until,))
    page = await browser.get(PATH)
    assert "Not asked for your second factor until" in page.text
    await press(browser, page, "end-trust", "end-trust")
    assert await world.rows("SELECT trusted_until FROM device") == [(None,)]
    assert "end-trust" not in forms_of(await browser.get(PATH))


async def test_the_former_address_leads_here(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    moved = await browser.get("/account/sessions")
    assert (moved.status_code, moved.headers["location"]) == (303, PATH)
