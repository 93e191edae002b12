"""What one agent may do alone, what the customer hears of it, and that nobody is ever signed in by it."""

import asyncio
import re
from collections.abc import Sequence
from itertools import product

import pytest

from idp.records.account import Role
from idp.store.cases import HOLD_STAFF
from idp.store.database import Database
from idp.store.statement import Effect
from tests.desk.agents import do, look, make_agent, make_person, open_desk, path_of
from tests.desk.casework import change_account
from tests.desk.conftest import Desk
from tests.desk.routes import addresses
from tests.portal.pressing import forms_of, open_account, press
from tests.support.mail import delivered
from tests.support.world import ISSUER, Browser, World

_CAROL = "SELECT status, blocked_by FROM account WHERE customer_id = 'cc33333-ovh'"
_EVERYTHING_ISSUED = (
    "SELECT count(*) FROM session",
    "SELECT count(*) FROM family",
    "SELECT count(*) FROM refresh_token",
    "SELECT count(*) FROM code",
    "SELECT count(*) FROM device",
)


async def test_agent_mails_a_link_to_a_new_password_and_never_sees_it(desk: Desk) -> None:
    answer = await do(desk.browser, desk.carol, "mail-password", "forgot it")
    assert (answer.status_code, answer.headers["location"]) == (303, path_of(desk.carol))
    [mail] = await delivered(desk.world)
    assert mail.to == "carol@example.test"
    assert "cc33333-ovh" in mail.subject + mail.text
    link = re.search(r"http://localhost:8000(/new-password/\S+)", mail.text)
    assert link
    page = await look(desk.browser, desk.carol)
    assert link[1] not in page.text
    assert "Done: Mailed a link to a new password." in page.text
    assert "forgot it" in page.text
    opened = await desk.world.browser().get(link[1])
    assert opened.status_code == 200
    assert await desk.events("support.mailed", "reason, actor, subject_id") == [
        ("new-password", f"subject:{desk.sam.subject_id}", desk.carol.subject_id)
    ]


async def test_agent_mails_the_customer_id(desk: Desk) -> None:
    await do(desk.browser, desk.carol, "mail-customer-id")
    [mail] = await delivered(desk.world)
    assert mail.to == "carol@example.test"
    assert "cc33333-ovh" in mail.text
    assert "Customer ID" in (await look(desk.browser, desk.carol)).text
    assert await desk.events("support.mailed") == [("customer-id",)]


async def test_mails_speak_the_customers_language(sqlite_desk: Desk) -> None:
    erin = await make_person(sqlite_desk.world, "erin", "ee55555-ovh", language="fr")
    await do(sqlite_desk.browser, erin, "mail-customer-id")
    [mail] = await delivered(sqlite_desk.world)
    assert "identifiant client" in mail.text


async def test_agent_signs_the_customer_out_everywhere(desk: Desk) -> None:
    carols = desk.world.browser()
    await open_account(carols, identifier="cc33333-ovh")
    tokens = (await carols.redeem(await carols.authorize(scope="openid offline_access"))).json()
    await delivered(desk.world)
    await do(desk.browser, desk.carol, "end-sessions", "phone stolen")
    assert (await carols.get("/account")).headers["location"].startswith("/sign-in/")
    refreshed = await carols.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    mails = await delivered(desk.world)
    assert {mail.to for mail in mails} == {"carol@example.test", "carol.spare@example.test"}
    assert all("Support signed you out everywhere" in mail.text for mail in mails)
    assert all("phone stolen" not in mail.text for mail in mails)
    assert (await desk.browser.get("/support")).status_code == 200


async def test_agent_blocks_an_account_and_only_a_case_unblocks_it(desk: Desk) -> None:
    carols = desk.world.browser()
    await open_account(carols, identifier="cc33333-ovh")
    await delivered(desk.world)
    answer = await do(desk.browser, desk.carol, "block", "somebody else is in it")
    assert answer.status_code == 303
    assert await desk.world.rows(_CAROL) == [("disabled", "staff")]
    assert (await carols.get("/account")).headers["location"].startswith("/sign-in/")
    mails = await delivered(desk.world)
    assert {mail.to for mail in mails} == {"carol@example.test", "carol.spare@example.test"}
    page = await look(desk.browser, desk.carol)
    assert "Blocked by support" in page.text
    assert "somebody else is in it" in page.text
    assert "mail-password" not in forms_of(page)
    assert "block" not in forms_of(page)
    assert 'value="unblock"' in page.text
    opened = await press(desk.browser, page, "open-case", "open-case", kind="unblock", why="it was her")
    assert opened.headers["location"].startswith("/support/cases/")
    assert await desk.world.rows(_CAROL) == [("disabled", "staff")]


async def test_agent_opens_a_case_and_owns_it(desk: Desk) -> None:
    page = await look(desk.browser, desk.carol)
    opened = await press(
        desk.browser, page, "open-case", "open-case", kind="mailbox-backup", why="mailbox is gone"
    )
    [(case_id, owner)] = await desk.world.rows("SELECT case_id, owner_id FROM recovery_case")
    assert opened.headers["location"] == f"/support/cases/{case_id}"
    assert owner == desk.sam.subject_id
    assert (await desk.browser.get(f"/support/cases/{case_id}")).status_code == 200


async def test_case_that_cannot_be_is_refused_with_the_reason(desk: Desk) -> None:
    page = await look(desk.browser, desk.carol)
    for kind, reason in (("factor", "no second factor"), ("unblock", "not blocked")):
        answer = await press(desk.browser, page, "open-case", "open-case", kind=kind, why="x")
        assert answer.status_code == 409
        assert reason in answer.text
    answer = await press(desk.browser, page, "open-case", "open-case", kind="mailbox-documents", why="x")
    assert answer.status_code == 303
    assert await desk.world.rows("SELECT count(*) FROM recovery_case") == [(0,)]


async def test_act_without_a_reason_is_not_done(desk: Desk) -> None:
    for why in ("", "   ", "x" * 501):
        answer = await do(desk.browser, desk.carol, "block", why)
        assert answer.status_code == 422
        assert 'href="#why-block"' in answer.text
        assert 'id="why-block-error"' in answer.text
    assert await desk.world.rows(_CAROL) == [("active", "")]


async def test_unknown_act_changes_nothing(sqlite_desk: Desk) -> None:
    page = await look(sqlite_desk.browser, sqlite_desk.carol)
    for action in ("impersonate", "", "unblock", "remove-factors"):
        answer = await press(sqlite_desk.browser, page, "block", action, why="x")
        assert answer.status_code in (303, 422)
    assert await sqlite_desk.world.rows(_CAROL) == [("active", "")]


async def test_account_without_a_proven_address_gets_no_mail(desk: Desk) -> None:
    before = await look(desk.browser, desk.carol)
    await change_account(desk.world, desk.carol, "primary_email_verified = 0")
    page = await look(desk.browser, desk.carol)
    assert "mail-password" not in forms_of(page)
    assert "no address that was proven" in page.text
    answer = await press(desk.browser, before, "mail-password", "mail-password", why="x")
    assert answer.status_code == 409
    assert await delivered(desk.world) == []


async def test_blocked_account_is_not_blocked_twice_by_two_tabs(desk: Desk) -> None:
    page = await look(desk.browser, desk.carol)
    answers = await asyncio.gather(
        *(press(desk.browser, page, "block", "block", why="both tabs") for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409, 409]
    assert len(await desk.events("account.blocked")) == 1
    assert len(await delivered(desk.world)) == 2


async def test_colleague_who_rose_meanwhile_is_not_acted_on(desk: Desk) -> None:
    kim = await make_agent(desk.world, "kim", number=2)
    page = await look(desk.browser, kim)
    await change_account(desk.world, kim, "role = 'administrator'")
    answer = await press(desk.browser, page, "block", "block", why="x")
    assert answer.status_code == 404
    assert await desk.events("account.blocked") == []


@pytest.mark.parametrize("act", ["mail-password", "mail-customer-id", "end-sessions", "block"])
async def test_agent_who_is_demoted_in_the_same_instant_does_nothing(
    desk: Desk, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The act has been decided on, and waits for its turn to write."""
    database = desk.world.house.database
    apply = type(database).apply

    async def demote_first(self: Database, effects: Sequence[Effect]) -> bool:
        if any(effect.write is HOLD_STAFF for effect in effects):
            monkeypatch.setattr(type(database), "apply", apply)
            await change_account(desk.world, desk.sam, "role = 'customer'")
        return await apply(self, effects)

    page = await look(desk.browser, desk.carol)
    monkeypatch.setattr(type(database), "apply", demote_first)
    answer = await press(desk.browser, page, act, act, why="x")
    assert answer.status_code == 409
    assert await desk.world.rows(_CAROL) == [("active", "")]
    assert await delivered(desk.world) == []
    for kind in ("support.mailed", "sessions.ended", "account.blocked"):
        assert await desk.events(kind) == []


async def test_administrator_acts_on_agents(sqlite_desk: Desk) -> None:
    eve = await make_agent(sqlite_desk.world, "eve", role=Role.ADMINISTRATOR)
    browser, _ = await open_desk(sqlite_desk.world, eve)
    assert (await do(browser, sqlite_desk.sam, "block")).status_code == 303
    assert (await sqlite_desk.browser.get("/support")).headers["location"].startswith("/sign-in/")


async def test_acts_of_an_hour_are_counted(strict_desk: Desk) -> None:
    page = await look(strict_desk.browser, strict_desk.carol)
    answers = [
        await press(strict_desk.browser, page, "mail-customer-id", "mail-customer-id", why="x")
        for _ in range(12)
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429] * 2
    assert len(await delivered(strict_desk.world)) == 10


async def test_what_staff_did_is_told_to_staff_with_who_and_why(desk: Desk) -> None:
    kim = await make_agent(desk.world, "kim", number=2)
    kims, _ = await open_desk(desk.world, kim)
    await do(kims, desk.carol, "end-sessions", "she asked for it")
    page = await look(desk.browser, desk.carol)
    history = page.text.split('id="staff-heading"')[1]
    assert "Kim Test" in history
    assert "Signed the customer out everywhere" in history
    assert "she asked for it" in history
    assert 'role="status">Done' not in page.text


async def test_no_route_signs_anybody_in_as_somebody_else(desk: Desk) -> None:
    """Every form of every page is sent with every button that there is: nothing is issued, no session comes to be."""
    world, paths = desk.world, await addresses(desk.world, desk.sam, desk.carol)
    await open_account(world.browser(), identifier="cc33333-ovh")
    before = await _issued(world)
    sams = session_cookies(desk.browser)
    buttons: set[str] = {"sign-in", "impersonate", "continue", "session"}
    for path in paths.values():
        page = await desk.browser.get(path)
        buttons |= set(re.findall(r'name="action" value="([^"]+)"', page.text))
        forms = {name: form for name, form in forms_of(page).items() if name != "sign-out"}
        for (action, hidden), button in product(forms.values(), sorted(buttons)):
            answer = await desk.browser.http.post(
                action,
                data={**hidden, "action": button, "why": "x", "term": "cc33333-ovh", "kind": "factor"},
                headers={"origin": ISSUER},
            )
            assert "idp-session" not in answer.headers.get("set-cookie", ""), (path, button)
    assert all(count <= former for count, former in zip(await _issued(world), before, strict=True))
    assert session_cookies(desk.browser) == sams
    who = await world.rows("SELECT DISTINCT subject_id FROM session WHERE ended_at IS NULL")
    assert desk.carol.subject_id not in {subject for (subject,) in who}


async def _issued(world: World) -> list[int]:
    return [(await world.rows(sql))[0][0] for sql in _EVERYTHING_ISSUED]


def session_cookies(browser: Browser) -> dict[str, str]:
    return {name: value for name, value in browser.http.cookies.items() if "session" in name}
