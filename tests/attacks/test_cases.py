"""Attacks on recovery cases, after `peers.md` §5: whatever an agent, the thief of a mailbox or a race tries, nothing
changes without two agents, evidence, and the time for every known address to cancel.
"""

import asyncio

import pytest

from idp.account.agent import agent_of
from idp.account.cases.acts import Wanted, perform
from idp.account.cases.applying import apply_case
from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.account.cases.opening import Opened, open_case_for
from idp.records.account import Role
from idp.records.case import CaseKind, CaseStatus
from idp.records.event import Occasion
from tests.desk.agents import make_agent, make_person, open_desk
from tests.desk.casework import (
    HOUR,
    PRIMARY,
    SPARE,
    assert_nothing_changed,
    begin,
    change_account,
    decided,
    tried,
)
from tests.portal.pressing import forms_of, press
from tests.support.mail import delivered
from tests.support.world import World


async def test_same_agent_never_approves(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.sams)
    assert "approve" not in forms_of(page)
    assert "Another agent has to approve" in page.text
    assert (await work.force(work.sams, "approve")).status_code == 409
    assert (await work.case()).status is CaseStatus.PROPOSED
    await assert_nothing_changed(work)


async def test_same_agent_in_two_browsers_is_one_agent(world: World) -> None:
    work = await decided(world)
    other, _ = await open_desk(world, work.sam)
    assert (await work.force(other, "approve")).status_code == 409
    await assert_nothing_changed(work)


@pytest.mark.parametrize("what", ["role = 'customer'", "status = 'disabled'"])
async def test_agent_who_is_none_any_more_approves_nothing(world: World, what: str) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    await change_account(world, work.kim, what)
    answered = await press(work.kims, page, "approve", "approve")
    assert answered.status_code in {303, 404}
    assert await tried(work, work.kim, CaseAct.APPROVE) is CaseRefusal.NOT_STAFF
    await assert_nothing_changed(work)


@pytest.mark.parametrize("what", ["role = 'customer'", "status = 'disabled'"])
@pytest.mark.parametrize("who", ["sam", "kim"])
async def test_agent_who_left_during_the_cooling_off_has_decided_nothing(
    world: World, who: str, what: str
) -> None:
    work = await decided(world)
    await work.approve()
    await change_account(world, world.people[who], what)
    await assert_nothing_changed(work)
    assert (await work.case()).status is CaseStatus.OPEN
    assert (await work.history())[-1] == "reopened"


async def test_proposal_of_an_agent_who_left_is_not_approved(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    await change_account(world, work.sam, "role = 'customer'")
    assert (await press(work.kims, page, "approve", "approve")).status_code == 409
    await assert_nothing_changed(work)


async def test_approval_of_an_older_version_is_refused(world: World) -> None:
    """A form that was opened before something else happened; also a second time."""
    work = await decided(world)
    page = await work.look(work.kims)
    assert (await work.do(work.sams, "note", note="wait, the voice was odd")).status_code == 303
    answered = await press(work.kims, page, "approve", "approve")
    assert answered.status_code == 409
    assert "the voice was odd" in answered.text
    assert (await work.case()).status is CaseStatus.PROPOSED
    await assert_nothing_changed(work)


async def test_replayed_approval_approves_no_second_proposal(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    assert (await press(work.kims, page, "approve", "approve")).status_code == 303
    assert (await work.do(work.sams, "withdraw")).status_code == 303
    assert (await work.do(work.sams, "propose")).status_code == 303
    for forged in ({}, {"version": "0"}, {"version": ""}, {"version": "9" * 30}, {"version": "-1"}):
        assert (await press(work.kims, page, "approve", "approve", **forged)).status_code == 409
    assert (await work.case()).status is CaseStatus.PROPOSED
    await assert_nothing_changed(work)


async def test_twenty_approvals_at_once_are_one(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    answers = await asyncio.gather(*(press(work.kims, page, "approve", "approve") for _ in range(20)))
    assert [answer.status_code for answer in answers].count(303) == 1
    assert (await work.history()).count("approved") == 1
    assert len([mail for mail in await delivered(world) if mail.to == SPARE]) == 1


async def test_two_nodes_apply_once(world: World) -> None:
    work = await decided(world)
    await work.approve()
    world.clock.pass_(24 * HOUR)
    occasion = Occasion(now=world.clock.now(), actor="system")
    results = await asyncio.gather(*(apply_case(world.house, occasion, work.case_id) for _ in range(10)))
    assert results.count(True) == 1
    assert (await work.history()).count("applied") == 1
    assert len([mail for mail in await delivered(world) if mail.to == SPARE]) == 1


async def test_nothing_applies_before_its_time(world: World) -> None:
    work = await decided(world)
    await work.approve()
    world.clock.pass_(24 * HOUR - 1)
    assert await work.apply() == 0
    assert await work.addresses() == (PRIMARY, SPARE)


async def test_backup_address_that_changed_midway_is_another_proof(world: World) -> None:
    """The code was read from one mailbox; the thief of the session makes another the backup."""
    work = await decided(world)
    await work.approve()
    evil = "evil@example.test"
    await change_account(world, work.carol, f"backup_email = '{evil}', backup_email_key = '{evil}'")
    await work.cool_off()
    assert await work.addresses() == (PRIMARY, evil)
    case = await work.case()
    assert (case.status, case.read_back_at) == (CaseStatus.OPEN, None)
    assert await tried(work, work.sam, CaseAct.PROPOSE) is CaseRefusal.NEEDS_READ_BACK


async def test_code_for_one_mailbox_is_none_for_another(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "send-read-back")
    code = work.code_in(await delivered(world))
    evil = "evil@example.test"
    await change_account(world, work.carol, f"backup_email = '{evil}', backup_email_key = '{evil}'")
    answered = await work.force(work.sams, "read-back", code=code)
    assert answered.status_code == 409
    assert (await work.case()).read_back_at is None


async def test_address_that_another_account_took_midway_is_not_taken_away(world: World) -> None:
    work = await decided(world)
    await work.approve()
    other = await make_person(world, "oscar", "oo44444-ovh")
    await change_account(world, other, f"primary_email = '{SPARE}', primary_email_key = '{SPARE}'")
    await assert_nothing_changed(work)
    assert (await work.case()).status is CaseStatus.OPEN


async def test_block_that_came_meanwhile_stops_it(world: World) -> None:
    work = await decided(world)
    await work.approve()
    now = world.clock.now() + 1
    await change_account(world, work.carol, f"status = 'disabled', blocked_by = 'staff', disabled_at = {now}")
    await assert_nothing_changed(work)


async def test_nobody_acts_on_their_own_account(world: World) -> None:
    work = await begin(world)
    own = await open_case_for(
        world.house,
        Occasion(now=world.clock.now(), actor="system"),
        agent_of(work.kim),
        work.sam,
        CaseKind.FACTOR,
    )
    assert isinstance(own, Opened)
    page = await work.sams.get(f"/support/cases/{own.case.case_id}")
    assert "This is your own account" in page.text
    for act in ("take-over", "note", "approve", "refuse"):
        wanted = Wanted(case_id=own.case.case_id, version=own.case.version, act=CaseAct(act), note="x")
        occasion = Occasion(now=world.clock.now(), actor="system")
        refused = await perform(world.house, occasion, agent_of(work.sam), wanted)
        assert refused is CaseRefusal.YOURSELF


async def test_support_never_acts_on_an_administrator(world: World) -> None:
    work = await begin(world)
    admin = await make_agent(world, "eve", role=Role.ADMINISTRATOR, number=3)
    occasion = Occasion(now=world.clock.now(), actor="system")
    refused = await open_case_for(world.house, occasion, agent_of(work.sam), admin, CaseKind.FACTOR)
    assert refused is CaseRefusal.ABOVE_YOU
    other = await make_agent(world, "fay", role=Role.ADMINISTRATOR, number=4)
    opened = await open_case_for(world.house, occasion, agent_of(other), admin, CaseKind.FACTOR)
    assert isinstance(opened, Opened)
    assert (await work.sams.get(f"/support/cases/{opened.case.case_id}")).status_code == 404
    for act in CaseAct:
        wanted = Wanted(case_id=opened.case.case_id, version=opened.case.version, act=act, note="x")
        answered = await perform(world.house, occasion, agent_of(work.sam), wanted)
        assert answered is CaseRefusal.ABOVE_YOU


async def test_customer_who_became_an_administrator_midway_is_out_of_reach(world: World) -> None:
    work = await decided(world)
    await work.approve()
    await change_account(world, work.carol, "role = 'administrator'")
    await assert_nothing_changed(work)


async def test_hundred_guesses_at_once_compare_no_more_than_the_tries(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "send-read-back")
    page = await work.look(work.sams)
    answers = await asyncio.gather(
        *(press(work.sams, page, "read-back", "read-back", code=f"{guess:08}") for guess in range(100))
    )
    assert {answer.status_code for answer in answers} <= {409, 422, 429}
    rows = await world.rows("SELECT tries_left FROM challenge WHERE kind = 'read-back'")
    assert rows == [(0,)]
    code = work.code_in(await delivered(world))
    assert (await work.force(work.sams, "read-back", code=code)).status_code == 409
    assert (await work.case()).read_back_at is None


async def test_agent_never_sees_the_code(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "send-read-back")
    mails = await delivered(world)
    assert [mail.to for mail in mails] == [SPARE]
    code = work.code_in(mails)
    for path in (work.path, f"/support/accounts/{work.carol.account_id}", "/support/cases"):
        shown = (await work.sams.get(path)).text
        assert code not in shown
        assert code.replace(" ", "") not in shown


async def test_two_agents_cannot_work_on_one_case_unknowingly(world: World) -> None:
    work = await begin(world)
    page = await work.look(work.kims)
    assert "Sam Test</bdi> works on this case since" in page.text
    for act in ("take", "propose", "ask-document", "refuse", "send-read-back"):
        answered = await work.force(work.kims, act, reason="not-shown", document="identity")
        assert answered.status_code == 409
    assert (await work.do(work.kims, "take-over")).status_code == 303
    assert (await work.history())[-1] == "taken-over"
    assert (await work.force(work.sams, "send-read-back")).status_code == 409


async def test_two_agents_who_take_a_case_at_once_are_one_owner(world: World) -> None:
    work = await begin(world)
    assert (await work.do(work.sams, "release")).status_code == 303
    pages = [await work.look(browser) for browser in (work.sams, work.kims)]
    answers = await asyncio.gather(
        press(work.sams, pages[0], "take", "take"), press(work.kims, pages[1], "take", "take")
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]


async def test_forms_of_one_case_are_none_of_another(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    _, hidden = forms_of(page)["approve"]
    other = await open_case_for(
        world.house,
        Occasion(now=world.clock.now(), actor="system"),
        agent_of(work.sam),
        await make_person(world, "oscar", "oo44444-ovh", backup="oscar.spare@example.test"),
        CaseKind.MAILBOX_BACKUP,
    )
    assert isinstance(other, Opened)
    answered = await work.kims.http.post(
        f"/support/cases/{other.case.case_id}",
        data={**hidden, "action": "approve"},
        headers={"origin": "http://localhost:8000"},
    )
    assert answered.status_code in {400, 403}


async def test_customers_find_no_case(world: World) -> None:
    work = await begin(world)
    for browser in (world.browser(),):
        await browser.sign_in()
        for path in (work.path, "/support/cases"):
            assert (await browser.get(path)).status_code == 404
