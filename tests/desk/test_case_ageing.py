"""What time does to cases: those that wait for too long end, and what people showed and told is forgotten."""

from idp.account.cases.ageing import drop_drafts, expire_stale, forget_cases
from idp.account.deletion import delete_account
from idp.records.case import CaseStatus
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.desk.agents import open_desk
from tests.desk.casework import DAY, Casework, begin, change_account, fill_in, have_documents, send_form
from tests.support.world import World


async def test_case_without_an_answer_expires(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "ask-document", document="identity", reason="missing")
    world.clock.pass_(30 * DAY)
    await expire_stale(world.house, _occasion(world))
    assert (await work.case()).status is CaseStatus.WAITING
    world.clock.pass_(1)
    await expire_stale(world.house, _occasion(world))
    assert (await work.case()).status is CaseStatus.EXPIRED


async def test_what_was_uploaded_and_typed_goes_after_the_decision_and_a_while(world: World) -> None:
    work = await begin(world)
    await send_form(work, "new@example.test")
    await have_documents(work)
    await work.do(work.sams, "take")
    await work.do(work.sams, "note", note="speaks of her bakery")
    asked = await work.do(work.sams, "ask-document", document="identity", reason="missing")
    assert asked.status_code == 303
    await work.do(work.sams, "refuse", reason="withdrawn")
    before = await _everything(work)
    world.clock.pass_(30 * DAY)
    await forget_cases(world.house, _occasion(world))
    assert await _everything(work) == before
    world.clock.pass_(1)
    for _ in range(2):
        await forget_cases(world.house, _occasion(world))
    told = str(await _everything(work))
    for word in ("bakery", "new@example.test", "Carol", "My provider"):
        assert word in str(before)
        assert word not in told
    assert await world.rows("SELECT length(sealed) FROM case_document") == [(0,)]
    assert (await work.history()).count("documents-deleted") == 1
    browser, _ = await open_desk(world, work.sam)
    page = await work.look(browser)
    assert page.status_code == 200
    for words in ("Asked for a document", "It is missing", "You told us that you no longer need it"):
        assert words in page.text


async def test_case_of_a_deleted_account_still_says_who_decided_what(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "note", note="speaks of her bakery")
    await work.do(work.sams, "ask-document", document="identity", reason="missing")
    await have_documents(work)
    await work.do(work.sams, "refuse", reason="withdrawn")
    await change_account(world, work.carol, f"delete_at = {world.clock.now()}")
    carol = await world.house.database.one(PERSON_BY_SUBJECT, subject_id=work.carol.subject_id)
    assert carol is not None
    assert await delete_account(world.house, _occasion(world), carol)
    assert "bakery" not in str(await _everything(work))
    page = await work.look(work.kims)
    assert page.status_code == 200
    for words in ("Asked for a document", "It is missing", "Added a document", "Refused the case"):
        assert words in page.text


async def test_form_that_nobody_sends_is_gone_after_a_day_with_all_that_was_added(world: World) -> None:
    work = await begin(world)
    await fill_in(work, "new@example.test", "cc33333-ovh", is_hers=True)
    await have_documents(work)
    world.clock.pass_(DAY)
    await drop_drafts(world.house, _occasion(world))
    assert (await work.case()).status is CaseStatus.DRAFT
    world.clock.pass_(1)
    await drop_drafts(world.house, _occasion(world))
    for table in ("recovery_case", "case_document", "case_entry"):
        assert await world.rows(f"SELECT 1 FROM {table} WHERE case_id = '{work.case_id}'") == []


async def _everything(work: Casework) -> list[object]:
    """Each row that a case has."""
    return [
        row
        for table in ("recovery_case", "case_document", "case_entry", "case_link")
        for row in await work.world.rows(f"SELECT * FROM {table} WHERE case_id = '{work.case_id}'")
    ]


def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="system")
