"""Who comes in at the support desk: staff, signed in with two factors, and nobody else ever learns that it exists."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.config.settings import Factors
from idp.records.account import Role
from idp.signing.secrets import Purpose
from idp.store.statement import Write
from idp.web.csrf import form_token
from tests.desk.agents import do, look, make_agent, make_person, open_desk, path_of, search
from tests.desk.conftest import Desk
from tests.desk.routes import add_paper, addresses, open_case
from tests.portal.pressing import forms_of, open_account
from tests.support.factors import give_factors, totp_at
from tests.support.world import ISSUER, World, is_asking, open_world, settings_for


async def test_agent_signs_in_with_an_app_and_finds_the_search(desk: Desk) -> None:
    page = desk.page
    assert page.status_code == 200
    assert 'id="search"' in page.text
    assert "Sam Test" in page.text
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_administrators_come_in_too(sqlite_world: World) -> None:
    ada = await make_agent(sqlite_world, "eve", role=Role.ADMINISTRATOR)
    _, page = await open_desk(sqlite_world, ada)
    assert 'id="search"' in page.text


async def test_password_alone_opens_nothing(database_url: str, tmp_path: Path) -> None:
    """Even where the operator asks nobody for a second factor."""
    lax = replace(settings_for(database_url, tmp_path), factors=Factors(required_groups=()))
    async with open_world(lax) as world:
        sam = await make_person(world, "sam", "ss90001-ovh", role=Role.SUPPORT)
        await give_factors(world.house, sam.subject_id, two_factor=False)
        browser = world.browser()
        home = await open_account(browser, identifier=sam.customer_id)
        assert home.status_code == 200
        page = await browser.follow(await browser.get("/support/cases"))
        assert is_asking(page, "second-factor")
        world.clock.pass_(30)
        code = totp_at(world.clock.now())
        answered = await browser.submit(page, "second-factor", code=code)
        landed = await browser.get(answered.headers["location"])
        assert landed.headers["location"] == "/support/cases"
        assert 'id="search"' in (await browser.get("/support")).text


async def test_customers_find_no_such_page_on_any_route(desk: Desk) -> None:
    paths = await addresses(desk.world, desk.sam, desk.carol)
    alice = desk.world.browser()
    await open_account(alice)
    accepts = {"accept": "text/html"}
    nothing = await alice.get("/nothing-here", headers=accepts)
    for path in paths.values():
        for answer in (
            await alice.get(path, headers=accepts),
            await alice.http.post(path, data={"action": "block"}, headers={**accepts, "origin": ISSUER}),
        ):
            assert answer.status_code == 404
            assert _without_chance(answer.text, path) == _without_chance(nothing.text, "/nothing-here")
    refused = await desk.events("support.refused", "reason, outcome, actor")
    assert len(refused) == 2 * len(paths)
    who = f"subject:{desk.world.people['alice'].subject_id}"
    assert {*refused} == {("not_staff", "failure", who)}


def _without_chance(html: str, path: str) -> str:
    """A page without its nonce and reference."""
    return re.sub(r'nonce="[^"]*"|[0-9a-f]{16,}|[0-9A-Z]{4}-[0-9A-Z]{4}', "", html.replace(path, ""))


async def test_strangers_are_asked_to_sign_in_and_what_they_post_is_not_done(desk: Desk) -> None:
    stranger = desk.world.browser()
    asked = await stranger.get(path_of(desk.carol))
    assert asked.headers["location"].startswith("/sign-in/")
    posted = await stranger.http.post(path_of(desk.carol), data={"action": "block", "why": "because"})
    assert (posted.status_code, posted.headers["location"]) == (303, "/support")
    assert await desk.world.rows("SELECT status FROM account WHERE customer_id = 'cc33333-ovh'") == [
        ("active",)
    ]


async def test_customer_who_signs_in_on_the_way_owes_no_second_factor_and_finds_nothing(desk: Desk) -> None:
    alice = desk.world.browser()
    page = await alice.follow(await alice.get("/support"))
    landed = await alice.follow(
        await alice.submit(page, username="aa11111-ovh", password="correct horse battery")
    )
    assert landed.status_code == 404


async def test_demoted_agent_is_out_at_once(desk: Desk) -> None:
    page = await look(desk.browser, desk.carol)
    await _set(desk.world, "role = 'customer'", desk.sam.account_id)
    assert (await look(desk.browser, desk.carol)).status_code == 404
    path, hidden = forms_of(page)["block"]
    posted = await desk.browser.http.post(
        path, data={**hidden, "action": "block", "why": "revenge"}, headers={"origin": ISSUER}
    )
    assert posted.status_code == 404
    assert await desk.world.rows("SELECT status FROM account WHERE customer_id = 'cc33333-ovh'") == [
        ("active",)
    ]


async def test_disabled_agents_session_is_dead_at_once(desk: Desk) -> None:
    await _set(desk.world, "status = 'disabled'", desk.sam.account_id)
    answer = await look(desk.browser, desk.carol)
    assert answer.headers["location"].startswith("/sign-in/")


async def test_idle_desk_asks_to_sign_in_again(sqlite_desk: Desk) -> None:
    sqlite_desk.world.clock.pass_(sqlite_desk.world.house.settings.session.staff_idle_seconds + 1)
    answer = await look(sqlite_desk.browser, sqlite_desk.carol)
    assert answer.headers["location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "hostile",
    ["x" * 65, "%00", "a%0Ab", "'%20OR%201=1--", "%F0%9F%92%A9", "0192f3a4", "<script>", "%2e%2e%2f"],
)
async def test_hostile_identifiers_lead_nowhere(desk: Desk, hostile: str) -> None:
    answer = await desk.browser.get(f"/support/accounts/{hostile}", headers={"accept": "text/html"})
    assert answer.status_code in (404, 400)
    assert "<script>" not in answer.text


async def test_form_of_one_account_is_none_of_another(desk: Desk) -> None:
    page = await look(desk.browser, desk.carol)
    _, hidden = forms_of(page)["block"]
    alice = desk.world.people["alice"]
    for path, token in ((path_of(alice), hidden["csrf_token"]), (path_of(desk.carol), "")):
        answer = await desk.browser.http.post(
            path, data={"csrf_token": token, "action": "block", "why": "x"}, headers={"origin": ISSUER}
        )
        assert answer.status_code == 403
    foreign = await desk.browser.http.post(
        path_of(desk.carol),
        data={**hidden, "action": "block", "why": "x"},
        headers={"origin": "https://evil.example"},
    )
    assert foreign.status_code == 403
    assert await desk.events("account.blocked") == []


async def test_accounts_above_an_agent_lead_nowhere_and_are_not_found(desk: Desk) -> None:
    eve = await make_agent(desk.world, "eve", role=Role.ADMINISTRATOR)
    assert (await look(desk.browser, eve)).status_code == 404
    assert (await search(desk.browser, eve.customer_id)).status_code == 422
    refused = await desk.events("support.refused", "reason, subject_id")
    assert refused == [("above_rank", eve.subject_id)] * 2


async def test_nobody_acts_on_themselves(desk: Desk) -> None:
    page = await look(desk.browser, desk.sam)
    assert "This is your own account" in page.text
    assert "block" not in forms_of(page)
    [(sid,)] = await desk.world.rows(
        f"SELECT sid FROM session WHERE subject_id = '{desk.sam.subject_id}' AND ended_at IS NULL"
    )
    path, secrets = path_of(desk.sam), desk.world.house.secrets
    token = form_token(
        secrets.newest(Purpose.FORM).value,
        browser=desk.browser.http.cookies["idp-browser"],
        purpose=f"{path} {sid}",
    )
    for action, recorded in (("block", "block"), ("mail-password", "mail-password"), ("<x>", "unknown_act")):
        answer = await desk.browser.http.post(
            path, data={"csrf_token": token, "action": action, "why": "x"}, headers={"origin": ISSUER}
        )
        assert answer.status_code == 403
        assert "Ask a colleague" in answer.text
        assert (await desk.events("support.refused"))[-1] == (recorded,)
    assert await desk.events("account.blocked") == []


async def test_page_without_a_form_takes_none(sqlite_desk: Desk) -> None:
    case_id = await open_case(sqlite_desk.world, sqlite_desk.sam, sqlite_desk.carol)
    document_id = await add_paper(sqlite_desk.world, case_id)
    path = f"/support/cases/{case_id}/documents/{document_id}"
    assert (await sqlite_desk.browser.http.post(path, headers={"origin": ISSUER})).status_code == 405


async def test_agent_acts_on_a_colleague_of_the_same_rank(desk: Desk) -> None:
    kim = await make_agent(desk.world, "kim", number=2)
    answer = await do(desk.browser, kim, "end-sessions")
    assert answer.status_code == 303
    assert await desk.events("sessions.ended", "subject_id") == [(kim.subject_id,)]


async def _set(world: World, what: str, account_id: str) -> None:
    """What the operator changes beside a running server."""
    await world.house.database.apply(
        [
            Write(text(f"UPDATE account SET {what} WHERE account_id = :of_account")).effect(
                of_account=account_id
            )
        ]
    )
