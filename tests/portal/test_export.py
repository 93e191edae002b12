"""A copy of one's data: all of it, nobody else's, and nothing that opens a door."""

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx2

from idp.oidc.subjects import sub_for
from idp.store.cases import INSERT_CASE
from tests.desk.casework import SPARE, decided
from tests.login.coded import ask_for_code, mailed_code
from tests.portal.pressing import open_account, press
from tests.portal.recovering import sent
from tests.portal.test_history import fill_history
from tests.support.clients import CLIENTS
from tests.support.factors import BACKUP_CODES, TOTP_SECRET, give_factors
from tests.support.world import PASSWORD, Browser, World, is_asking

PATH = "/account/export"
_DOCUMENTED = Path(__file__).parents[2] / "docs/privacy.md"


async def _export(browser: Browser, *, identifier: str = "aa11111-ovh") -> httpx2.Response:
    page = await past_backup(browser, await open_account(browser, PATH, identifier=identifier))
    return await press(browser, page, "export", "export")


async def past_backup(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    """The page behind the question for a backup address, which is put off."""
    if not is_asking(page, "backup-address"):
        return page
    return await browser.follow(await press(browser, page, "backup-address", "skip"))


async def test_the_file_holds_what_we_know_section_by_section(world: World) -> None:
    alice = world.people["alice"]
    await give_factors(world.house, alice.subject_id, phones=("+33199000001",), two_factor=False)
    manager = world.browser()
    await manager.redeem(await manager.sign_in())
    await world.browser().sign_in(client_id="spa", redirect_uri="http://localhost:3000/callback")
    forum = replace(CLIENTS[0][0], subject_type="pairwise", redirect_uris=("https://forum.example/",))
    sub = await sub_for(world.house.database, world.house.entropy, alice, forum, world.clock.now())
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
    assert [(one["sector"], one["sub"]) for one in data["subjects"]] == [("forum.example", sub)]
    assert data["sign_ins"][0]["why_more_was_asked"] == []
    assert {event["by"] for event in data["events"]} == {"you", "client", "system"}
    assert set(data) == set(re.findall(r"^\| `(\w+)` \|", _DOCUMENTED.read_text(), re.MULTILINE))


async def test_it_says_why_more_was_asked_in_the_customers_words(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    done = await visitor.browser.submit(visitor.page, "email-code", code=await mailed_code(risky_world))
    await visitor.browser.follow(done)
    page = await visitor.browser.follow(await visitor.browser.get(PATH))
    data = json.loads((await press(visitor.browser, page, "export", "export")).text)
    reasons = data["sign_ins"][0]["why_more_was_asked"]
    assert "We did not recognise the browser." in reasons
    assert data["habits"]["sign_ins"] == 1


async def test_a_case_says_what_was_typed_only_where_it_was_theirs(world: World) -> None:
    work = await decided(world)
    open_one = (await _export(world.browser(), identifier=work.carol.customer_id)).text
    (case,) = json.loads(open_one)["requests_to_support"]
    assert "new_email" not in case
    await work.approve()
    await work.cool_off()
    done = json.loads((await _export(world.browser(), identifier=work.carol.customer_id)).text)
    (case,) = done["requests_to_support"]
    assert (case["status"], case["new_email"]) == ("done", SPARE)
    staff = [event for event in done["events"] if event["by"] == "staff"]
    assert {"case.opened", "case.approved"} <= {event["what"] for event in staff}
    assert {event["country"] for event in staff} == {""}
    for agent in (work.sam, work.kim):
        assert agent.subject_id not in json.dumps(done)
        assert agent.customer_id not in json.dumps(done)


async def test_copies_are_made_a_few_times_in_an_hour(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PATH)
    for _ in range(5):
        assert (await press(browser, page, "export", "export")).status_code == 200
    often = await press(browser, page, "export", "export")
    assert (often.status_code, "That was often." in often.text) == (429, True)
    assert "attachment" not in often.headers.get("content-disposition", "")
    rows = await world.rows("SELECT 1 FROM audit_event WHERE type = 'account.exported'")
    assert len(rows) == 5
    assert (await _export(world.browser(), identifier="bb22222-ovh")).status_code == 200
    world.clock.pass_(int(often.headers["retry-after"]))
    assert (await press(browser, page, "export", "export")).status_code == 200


async def test_a_page_that_somebody_left_open_copies_nothing_of_the_next_one(world: World) -> None:
    browser = world.browser()
    left = await open_account(browser, PATH)
    await press(browser, left, "sign-out", "continue")
    await open_account(browser, PATH, identifier="bb22222-ovh")
    refused = await press(browser, left, "export", "export")
    assert refused.status_code == 403
    assert "bb22222" not in refused.text


async def test_who_signed_out_leaves_nothing_behind_the_back_button(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PATH)
    assert page.headers["cache-control"] == "no-store"
    answer = await press(browser, page, "export", "export")
    assert answer.headers["cache-control"] == "no-store"
    await press(browser, page, "sign-out", "continue")
    again = await press(browser, page, "export", "export")
    assert (again.status_code, again.headers["location"]) == (303, PATH)


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


async def test_a_case_of_a_stranger_who_named_the_account_is_not_the_customers(world: World) -> None:
    await sent(world, to="thief@elsewhere.test")
    await sent(world, to="alice@example.test")
    data = json.loads((await _export(world.browser())).text)
    [case] = data["requests_to_support"]
    assert case["new_email"] == "alice@example.test"
    assert "thief@" not in json.dumps(data)


async def test_every_case_of_the_customers_is_in_it_however_many(world: World) -> None:
    work = await decided(world)
    case = await work.case()
    copies = [
        replace(case, case_id=world.house.entropy.uuid7(world.clock.now()), reference=f"C-{number:04}")
        for number in range(120)
    ]
    rows = [{name: getattr(copy, name) for name in copy.__dataclass_fields__} for copy in copies]
    assert await world.house.database.apply(
        [INSERT_CASE.effect(**{**row, "kind": "factor", "status": "refused"}) for row in rows]
    )
    data = json.loads((await _export(world.browser(), identifier="cc33333-ovh")).text)
    assert len({one["reference"] for one in data["requests_to_support"]}) == 121
