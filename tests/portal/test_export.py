"""A copy of one's data: all of it, nobody else's, and nothing that opens a door."""

import json

import httpx2

from tests.portal.pressing import open_account, press
from tests.portal.test_history import fill_history
from tests.support.factors import BACKUP_CODES, TOTP_SECRET, give_factors
from tests.support.world import PASSWORD, Browser, World

PATH = "/account/export"


async def _export(browser: Browser, *, identifier: str = "aa11111-ovh") -> httpx2.Response:
    page = await open_account(browser, PATH, identifier=identifier)
    return await press(browser, page, "export", "export")


async def test_the_file_holds_what_we_know_section_by_section(world: World) -> None:
    alice = world.people["alice"]
    await give_factors(world.house, alice.subject_id, phones=("+33199000001",), two_factor=False)
    await world.browser().sign_in()
    await world.browser().sign_in(client_id="spa", redirect_uri="http://localhost:3000/callback")
    answer = await _export(world.browser())
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="aa11111-ovh.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")
    data = json.loads(answer.text)
    assert data["account"]["customer_id"] == "aa11111-ovh"
    assert data["account"]["primary_email"] == "alice@example.test"
    assert data["account"]["profile"]["name"] == "Alice Martin"
    assert data["account"]["created_at"] == "2027-01-15T08:00:00Z"
    assert {device["kind"] for device in data["devices"]} == {"totp", "sms"}
    assert data["security"]["backup_codes_left"] == len(BACKUP_CODES)
    assert len(data["sign_ins"]) >= 2
    assert data["sign_ins"][0]["result"] == "Sign-in succeeded"
    assert data["mails"]
    assert "Manager" in {one["application"] for one in data["applications"]}
    assert data.keys() >= {"browsers", "sessions", "address_changes", "domains", "requests_to_support"}


async def test_it_holds_no_secret_and_nobody_else(world: World) -> None:
    alice = world.people["alice"]
    await give_factors(world.house, alice.subject_id, phones=("+33199000001",), two_factor=False)
    await open_account(world.browser(), identifier="bb22222-ovh")
    answer = await _export(world.browser())
    ((encoded,),) = await world.rows(f"SELECT encoded FROM password WHERE subject_id = '{alice.subject_id}'")
    for secret in (PASSWORD, str(encoded), TOTP_SECRET, "+33199000001", *BACKUP_CODES, "bb22222", "bob@"):
        assert secret not in answer.text
    for word in ("digest", "sealed", "root_key", "public_key", "credential_id", "pepper", "address_key"):
        assert word not in answer.text


async def test_taking_it_is_recorded_once(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await _export(browser)
    rows = await sqlite_world.rows("SELECT actor FROM audit_event WHERE type = 'account.exported'")
    assert rows == [(f"subject:{sqlite_world.people['alice'].subject_id}",)]


async def test_a_long_history_is_whole(sqlite_world: World) -> None:
    await fill_history(sqlite_world, 450)
    data = json.loads((await _export(sqlite_world.browser())).text)
    assert len(data["sign_ins"]) == 451


async def test_a_found_browser_takes_nothing_along(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PATH)
    sqlite_world.clock.pass_(3_600)
    answer = await press(browser, page, "export", "export")
    assert answer.headers["location"].startswith("/sign-in/")
    assert await sqlite_world.rows("SELECT 1 FROM audit_event WHERE type = 'account.exported'") == []


async def test_another_sites_post_and_a_mere_link_take_nothing(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, PATH)
    forged = await browser.http.post(PATH, data={"action": "export"})
    assert forged.status_code == 403
    assert "attachment" not in (await browser.get(PATH)).headers.get("content-disposition", "")
