"""Attacks on the cancelling of cases: by the thief of a mailbox, by scanners of mail, and in the instant of an act."""

import asyncio

from idp.account.agent import agent_of
from idp.account.cases.acts import Wanted, perform
from idp.account.cases.applying import apply_case
from idp.account.cases.cancelling import Cancelled
from idp.account.cases.cancelling import cancel as use_link
from idp.account.cases.deciding import CaseAct
from idp.account.cases.links import find_case_link
from idp.records.case import CaseKind, CaseStatus, LinkPurpose
from idp.records.event import Occasion
from tests.desk.casework import (
    HOUR,
    PRIMARY,
    SPARE,
    assert_nothing_changed,
    begin,
    cancel,
    cancel_path,
    decided,
    have_documents,
    have_new_address,
)
from tests.portal.pressing import press
from tests.support.mail import delivered
from tests.support.world import World


async def test_cancelled_case_never_applies(world: World) -> None:
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    page = await cancel(world, path)
    assert "The change is stopped" in page.text
    told = await delivered(world)
    assert [mail.to for mail in told] == [SPARE]
    assert "/case/" in told[0].text
    case = await work.case()
    assert (case.status, case.kind) == (CaseStatus.WAITING, CaseKind.MAILBOX_DOCUMENTS)
    assert (case.read_back_at, case.approved_by, case.apply_at) == (None, None, None)
    assert (await work.force(work.sams, "propose")).status_code == 409
    await assert_nothing_changed(work)


async def test_documents_from_before_the_cancellation_prove_nothing(world: World) -> None:
    work = await begin(world, CaseKind.MAILBOX_BACKUP)
    await have_documents(work)
    await work.read_code_back()
    await work.propose()
    await cancel(world, cancel_path(await work.approve(), PRIMARY))
    world.clock.pass_(60)
    await have_new_address(work, "new@example.test")
    assert (await work.case()).status is CaseStatus.WAITING
    assert (await work.force(work.sams, "propose")).status_code == 409
    await have_documents(work)
    assert (await work.do(work.sams, "propose")).status_code == 303


async def test_second_cancellation_stops_nothing_and_is_seen_by_agents(world: World) -> None:
    work = await decided(world)
    first = await work.approve()
    await cancel(world, cancel_path(first, PRIMARY))
    world.clock.pass_(60)
    await have_new_address(work, "new@example.test")
    await have_documents(work)
    await work.propose()
    again = await work.approve()
    assert {mail.to for mail in again} == {PRIMARY, SPARE, "new@example.test"}
    page = await cancel(world, cancel_path(again, PRIMARY))
    assert "was cancelled once already" in page.text
    assert "Support knows" in page.text
    assert (await work.case()).status is CaseStatus.COOLING
    assert "cancelled-again" in await work.history()
    assert "stops nothing by itself" in (await work.look(work.kims)).text
    # The unused link of the first time is no second way to stop it either.
    await cancel(world, cancel_path(first, SPARE))
    assert (await work.case()).status is CaseStatus.COOLING
    await work.cool_off()
    assert await work.addresses() == ("new@example.test", SPARE)


async def test_opening_a_cancel_link_changes_nothing(world: World) -> None:
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    for _ in range(3):
        assert (await world.browser().get(path)).status_code == 200
    assert (await world.browser().http.head(path)).status_code in {200, 405}
    assert (await world.browser().http.post(path, data={"action": "continue"})).status_code in {400, 403}
    assert (await work.case()).status is CaseStatus.COOLING


async def test_cancel_link_of_one_case_is_none_of_another(world: World) -> None:
    """Nor is a link to look at a case one to cancel it."""
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    value = path.rsplit("/", 1)[1]
    now = world.clock.now()
    assert await find_case_link(world.house.database, value, LinkPurpose.STATUS, now) is None
    for wrong in (value[:-1], value[:-1] + ("A" if value[-1] != "A" else "B"), value.upper(), "x" * 64):
        answered = await world.browser().get(f"/case-cancel/{wrong}")
        assert answered.status_code == 404


async def test_cancellation_is_not_lost_to_what_agents_do_beside_it(world: World) -> None:
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    version = (await work.case()).version
    found = await find_case_link(
        world.house.database, path.rsplit("/", 1)[1], LinkPurpose.CANCEL, world.clock.now()
    )
    assert found is not None
    notes = [
        Wanted(case_id=work.case_id, version=version + later, act=CaseAct.NOTE, note="hm")
        for later in range(5)
    ]
    occasion = Occasion(now=world.clock.now(), actor="system")
    agent = agent_of(work.sam)
    outcome, *_ = await asyncio.gather(
        use_link(world.house, occasion, found),
        *(perform(world.house, occasion, agent, note) for note in notes),
    )
    assert outcome is Cancelled.FROZEN
    assert (await work.case()).status is CaseStatus.WAITING
    await assert_nothing_changed(work)


async def test_cancellation_in_the_instant_of_applying_is_one_or_the_other(world: World) -> None:
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    found = await find_case_link(
        world.house.database, path.rsplit("/", 1)[1], LinkPurpose.CANCEL, world.clock.now()
    )
    assert found is not None
    world.clock.pass_(24 * HOUR)
    occasion = Occasion(now=world.clock.now(), actor="system")
    outcome, applied = await asyncio.gather(
        use_link(world.house, occasion, found), apply_case(world.house, occasion, work.case_id)
    )
    case = await work.case()
    if applied:
        assert (outcome, case.status) == (Cancelled.DONE, CaseStatus.DONE)
        assert await work.addresses() == (SPARE, None)
    else:
        assert (outcome, case.status) == (Cancelled.FROZEN, CaseStatus.WAITING)
        assert await work.addresses() == (PRIMARY, SPARE)


async def test_approval_and_cancellation_at_once_leave_one_truth(world: World) -> None:
    """Withdrawn and proposed again: a link of the first approval meets the second."""
    work = await decided(world)
    path = cancel_path(await work.approve(), PRIMARY)
    assert (await work.do(work.sams, "withdraw")).status_code == 303
    assert (await work.do(work.sams, "propose")).status_code == 303
    page = await work.look(work.kims)
    found = await find_case_link(
        world.house.database, path.rsplit("/", 1)[1], LinkPurpose.CANCEL, world.clock.now()
    )
    assert found is not None
    occasion = Occasion(now=world.clock.now(), actor="system")
    outcome, approved = await asyncio.gather(
        use_link(world.house, occasion, found), press(work.kims, page, "approve", "approve")
    )
    case = await work.case()
    if outcome is Cancelled.FROZEN:
        assert (case.status, case.approved_by) == (CaseStatus.WAITING, None)
        await assert_nothing_changed(work)
    else:
        assert (outcome, approved.status_code) == (Cancelled.STOPPED, 303)
        assert case.status is CaseStatus.COOLING
