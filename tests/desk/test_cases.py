"""A case from its opening to what it changes, as agents and mailboxes see it."""

import pytest

from idp.account.agent import agent_of
from idp.account.cases.opening import Opened, new_draft, open_case_for
from idp.records.account import Person
from idp.records.case import CaseKind, CaseStatus
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.desk.agents import make_person
from tests.desk.casework import (
    DAY,
    Casework,
    begin,
    cancel,
    cancel_path,
    change_account,
    have_documents,
    send_form,
)
from tests.portal.pressing import forms_of
from tests.support.factors import give_factors
from tests.support.mail import delivered
from tests.support.world import World

SPARE, PRIMARY = "carol.spare@example.test", "carol@example.test"


async def test_two_agents_make_the_backup_address_primary(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    told = await work.approve()
    assert {mail.to for mail in told} == {PRIMARY, SPARE}
    assert await work.addresses() == (PRIMARY, SPARE)
    browser = world.browser()
    assert (await browser.sign_in("cc33333-ovh")).is_redirect
    done = await work.cool_off()
    assert {mail.to for mail in done} == {PRIMARY, SPARE}
    assert await work.addresses() == (SPARE, None)
    assert (await work.case()).status is CaseStatus.DONE
    assert await work.history() == ["opened", "code-sent", "read-back", "proposed", "approved", "applied"]
    open_sessions = await world.rows(
        f"SELECT count(*) FROM session WHERE subject_id = '{work.carol.subject_id}' AND ended_at IS NULL"
    )
    assert open_sessions == [(0,)]
    asked = await world.rows("SELECT backup_asked_at FROM account WHERE customer_id = 'cc33333-ovh'")
    assert asked == [(None,)]


async def test_lost_factors_are_removed_and_new_ones_recommended(world: World) -> None:
    carol = await make_person(world, "vera", "vv33333-ovh", backup="vera.spare@example.test")
    await give_factors(world.house, carol.subject_id)
    work = await begin(world)
    opened = await open_case_for(
        world.house, _occasion(world), agent_of(work.sam), carol, CaseKind.FACTOR, note="phone stolen"
    )
    assert isinstance(opened, Opened)
    await delivered(world)
    factor = Casework(
        world=world,
        sam=work.sam,
        kim=work.kim,
        carol=carol,
        sams=work.sams,
        kims=work.kims,
        case_id=opened.case.case_id,
    )
    await factor.read_code_back()
    await factor.propose()
    await factor.approve()
    await factor.cool_off()
    left = await world.rows(
        "SELECT (SELECT count(*) FROM totp WHERE subject_id = s.subject_id),"
        " (SELECT count(*) FROM backup_code WHERE subject_id = s.subject_id),"
        " s.two_factor_at, s.recommended_at FROM security s"
        f" WHERE s.subject_id = '{carol.subject_id}'"
    )
    assert left == [(0, 0, None, world.clock.now())]


async def test_blocked_account_opens_again_with_a_new_password(world: World) -> None:
    work = await begin(world)
    now = world.clock.now()
    await change_account(world, work.carol, f"status = 'disabled', blocked_by = 'staff', disabled_at = {now}")
    work.case_id = await _opened(work, CaseKind.UNBLOCK)
    await work.read_code_back()
    await work.propose()
    await work.approve()
    mails = await work.cool_off()
    assert {mail.to for mail in mails} == {PRIMARY, SPARE}
    assert [mail.to for mail in mails if "/new-password/" in mail.text] == [PRIMARY]
    rows = await world.rows("SELECT status, blocked_by FROM account WHERE customer_id = 'cc33333-ovh'")
    assert rows == [("active", "")]
    assert not (await world.browser().sign_in("cc33333-ovh")).is_redirect


async def test_documents_replace_a_lost_address(world: World) -> None:
    work = await begin(world)
    mails = await send_form(work, "new@example.test")
    assert [mail.to for mail in mails] == ["new@example.test"]
    assert "cc33333" not in mails[0].text
    await have_documents(work)
    assert (await work.do(work.sams, "take")).status_code == 303
    await work.propose()
    told = await work.approve()
    assert {mail.to for mail in told} == {PRIMARY, SPARE, "new@example.test"}
    await work.cool_off()
    assert await work.addresses() == ("new@example.test", SPARE)


async def test_same_form_from_the_same_address_shows_the_first(world: World) -> None:
    work = await begin(world)
    await send_form(work, "new@example.test")
    first = work.case_id
    await send_form(work, "new@example.test", is_new=False)
    assert work.case_id == first
    await send_form(work, "another@example.test")
    assert work.case_id != first


async def test_second_case_of_a_kind_is_the_first(world: World) -> None:
    work = await begin(world)
    opened = await open_case_for(
        world.house, _occasion(world), agent_of(work.kim), work.carol, CaseKind.MAILBOX_BACKUP
    )
    assert isinstance(opened, Opened)
    assert (opened.case.case_id, opened.is_new) == (work.case_id, False)


async def test_case_that_waits_keeps_its_place_in_the_queue(world: World) -> None:
    work = await begin(world)
    queued_at = (await work.case()).queued_at
    asked = await work.do(work.sams, "ask-document", document="identity", reason="missing")
    assert asked.status_code == 303
    mails = await delivered(world)
    assert [mail.to for mail in mails] == [SPARE]
    assert "Identity document" in mails[0].text
    assert (await work.case()).status is CaseStatus.WAITING
    world.clock.pass_(DAY)
    await have_documents(work)
    case = await work.case()
    assert (case.status, case.queued_at) == (CaseStatus.OPEN, queued_at)


async def test_better_document_is_asked_for_and_the_former_counts_no_more(world: World) -> None:
    work = await begin(world)
    await send_form(work, "new@example.test")
    await have_documents(work)
    await work.do(work.sams, "take")
    (document_id,) = (await world.rows("SELECT document_id FROM case_document"))[0]
    asked = await work.do(
        work.sams, "ask-document", document="identity", document_id=document_id, reason="unreadable"
    )
    assert asked.status_code == 303
    page = await work.look(work.sams)
    assert "a better one was asked for" in page.text
    assert "propose" not in forms_of(page)
    await have_documents(work)
    assert "propose" in forms_of(await work.look(work.sams))


async def test_case_of_nobody_is_given_an_account(world: World) -> None:
    work = await begin(world)
    await send_form(work, "new@example.test", identifier="ghost-ovh", is_hers=False)
    await have_documents(work)
    await work.do(work.sams, "take")
    page = await work.look(work.sams)
    assert "belongs to no account yet" in page.text
    assert (await work.do(work.sams, "assign", account="nobody@example.test")).status_code == 422
    assert (await work.do(work.sams, "assign", account=work.sam.customer_id)).status_code == 409
    assert (await work.do(work.sams, "assign", account="cc33333-ovh")).status_code == 303
    assert (await work.case()).subject_id == work.carol.subject_id


async def test_refusal_says_why_in_the_customers_language(world: World) -> None:
    work = await begin(world)
    assert (await work.do(work.sams, "refuse", reason="not-shown")).status_code == 303
    mails = await delivered(world)
    assert [mail.to for mail in mails] == [SPARE]
    assert "doesn’t show that the account is yours" in mails[0].text
    assert (await work.case()).status is CaseStatus.REFUSED


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("note", {"note": "  "}),
        ("ask-document", {"document": "passport", "reason": "missing"}),
        ("ask-document", {"document": "identity", "reason": "ugly"}),
        ("refuse", {"reason": "because"}),
        ("read-back", {"code": "what?"}),
    ],
)
async def test_form_that_lacks_something_says_so_and_loses_nothing(
    sqlite_world: World, act: str, fields: dict[str, str]
) -> None:
    work = await begin(sqlite_world)
    if act == "read-back":
        await work.do(work.sams, "send-read-back")
    before = await work.case()
    answered = await work.do(work.sams, act, None, **fields)
    assert answered.status_code == 422
    assert "Error:" in answered.text
    assert await work.case() == before


async def test_wrong_code_tells_how_many_tries_are_left(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    await work.do(work.sams, "send-read-back")
    answered = await work.do(work.sams, "read-back", code="0000 0000")
    assert answered.status_code == 422
    assert "Ask the caller to read it again" in answered.text
    assert "Tries left: 4" in answered.text
    assert (await work.history())[-1] == "read-back-wrong"


async def test_second_code_has_to_wait(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    await work.do(work.sams, "send-read-back")
    answered = await work.do(work.sams, "send-read-back")
    assert answered.status_code == 429
    assert "A code was sent just now" in answered.text


async def test_unknown_button_does_nothing(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    assert (await work.force(work.sams, "impersonate")).status_code == 303
    assert await work.history() == ["opened"]


@pytest.mark.parametrize("path", ["nothing", "0" * 32, "a.b"])
async def test_case_that_does_not_exist_leads_nowhere(sqlite_world: World, path: str) -> None:
    work = await begin(sqlite_world)
    assert (await work.sams.get(f"/support/cases/{path}")).status_code == 404


async def test_draft_is_not_shown_to_agents(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    case_id, effect = new_draft(
        sqlite_world.house.entropy, browser_digest=b"b", language="en", now=sqlite_world.clock.now()
    )
    assert await sqlite_world.house.database.apply([effect])
    assert (await work.sams.get(f"/support/cases/{case_id}")).status_code == 404
    assert case_id not in (await work.sams.get("/support/cases")).text


async def test_queue_shows_the_longest_waiting_first_and_who_works_on_it(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    sqlite_world.clock.pass_(60)
    first = await work.case()
    await send_form(work, "new@example.test")
    second = await work.case()
    page = (await work.sams.get("/support/cases")).text
    assert page.index(first.reference) < page.index(second.reference)
    mine = (await work.sams.get("/support/cases?show=mine")).text
    assert first.reference in mine
    assert second.reference not in mine
    kims = (await work.kims.get("/support/cases")).text
    assert "Sam Test" in kims
    for show in ("waiting", "cooling", "second"):
        assert "There is none" in (await work.sams.get(f"/support/cases?show={show}")).text
    assert first.reference in (await work.sams.get("/support/cases?show=<script>")).text


async def test_every_look_at_a_case_is_recorded(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    await work.look(work.kims)
    rows = await sqlite_world.rows(
        "SELECT actor, subject_id FROM audit_event WHERE type = 'case.viewed' AND reason = ''"
    )
    assert rows == [(f"subject:{work.kim.subject_id}", work.carol.subject_id)]


async def test_words_of_strangers_stay_words(sqlite_world: World) -> None:
    work = await begin(sqlite_world)
    await work.do(work.sams, "note", note="<script>alert(1)</script>\u202eevil")
    page = await work.look(work.sams)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_what_another_case_changed_has_to_be_decided_anew(world: World) -> None:
    work = await begin(world)
    backup = work.case_id
    await work.read_code_back()
    await work.propose()
    await send_form(work, "new@example.test")
    await have_documents(work)
    await work.do(work.sams, "take")
    await work.propose()
    work.case_id, documents = backup, work.case_id
    await work.approve()
    await work.cool_off()
    work.case_id = documents
    assert (await work.case()).status is CaseStatus.OPEN
    assert (await work.history())[-1] == "reopened"


async def test_cancel_page_says_when_it_is_too_late(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    path = cancel_path(await work.approve(), PRIMARY)
    await work.cool_off()
    page = await world.browser().get(path)
    assert "too late" in page.text
    assert "case-cancel" not in forms_of(page)


async def test_cancelled_factor_case_needs_documents(world: World) -> None:
    work = await begin(world)
    await give_factors(world.house, work.carol.subject_id)
    work.case_id = await _opened(work, CaseKind.FACTOR)
    await work.read_code_back()
    await work.propose()
    path = cancel_path(await work.approve(), SPARE)
    assert "stopped" in (await cancel(world, path)).text
    case = await work.case()
    assert (case.kind, case.status) == (CaseKind.FACTOR, CaseStatus.WAITING)
    assert [mail.to for mail in await delivered(world)] == [PRIMARY]
    world.clock.pass_(60)
    await have_documents(work)
    await work.propose()
    await work.approve()
    await work.cool_off()
    assert (await work.case()).status is CaseStatus.DONE


async def _opened(work: Casework, kind: CaseKind) -> str:
    world = work.world
    carol = await _reloaded(work)
    opened = await open_case_for(world.house, _occasion(world), agent_of(work.sam), carol, kind)
    assert isinstance(opened, Opened)
    await delivered(world)
    return opened.case.case_id


async def _reloaded(work: Casework) -> Person:
    found = await work.world.house.database.one(PERSON_BY_SUBJECT, subject_id=work.carol.subject_id)
    assert found is not None
    return found


def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="system")
