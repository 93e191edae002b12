"""Attacks on what shows whose account it is: by the thief of a mailbox or a phone, by who was lent a name, and by what
changes between two agents' looks.
"""

import pytest
from sqlalchemy import text

from idp.account.agent import agent_of
from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.account.cases.effects import Doing, Wanted, effects_of
from idp.account.cases.file import load_file
from idp.account.cases.opening import Opened, open_case_for
from idp.account.domains import change_domains
from idp.records.case import CaseKind, CaseStatus
from idp.records.event import Occasion
from idp.store.statement import Write
from tests.desk.agents import open_desk
from tests.desk.casework import (
    PRIMARY,
    SPARE,
    Casework,
    assert_nothing_changed,
    begin,
    cancel,
    cancel_path,
    change_account,
    decided,
    have_documents,
    have_new_address,
    tried,
)
from tests.portal.pressing import forms_of, press
from tests.support.factors import give_factors
from tests.support.mail import Mail, delivered
from tests.support.world import World

EVIL = "evil@example.test"


def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="system")


async def _factor_case(world: World) -> Casework:
    """Somebody on the phone says that Carol lost hers."""
    work = await begin(world)
    await give_factors(world.house, work.carol.subject_id)
    opened = await open_case_for(
        world.house, _occasion(world), agent_of(work.sam), work.carol, CaseKind.FACTOR
    )
    assert isinstance(opened, Opened)
    await delivered(world)
    work.case_id = opened.case.case_id
    return work


def _to(mails: list[Mail], address: str) -> Mail:
    return next(mail for mail in mails if mail.to == address)


async def test_thief_of_the_primary_mailbox_reads_no_code_back(world: World) -> None:
    """They can choose a new password already: the code that removes the factor goes to the other mailbox."""
    work = await _factor_case(world)
    await work.do(work.sams, "send-read-back")
    assert [mail.to for mail in await delivered(world)] == [SPARE]


async def test_primary_mailbox_alone_never_takes_the_second_factor(world: World) -> None:
    work = await _factor_case(world)
    await change_account(
        world, work.carol, "backup_email = NULL, backup_email_key = NULL, backup_email_verified = 0"
    )
    assert await tried(work, work.sam, CaseAct.SEND_READ_BACK) is CaseRefusal.NO_ADDRESS
    assert await tried(work, work.sam, CaseAct.PROPOSE) is CaseRefusal.NEEDS_EITHER
    await have_documents(work)
    await work.propose()


@pytest.mark.parametrize("kind", [CaseKind.FACTOR, CaseKind.UNBLOCK])
async def test_mailbox_that_nobody_has_proven_reads_no_code_back(world: World, kind: CaseKind) -> None:
    work = await begin(world)
    await give_factors(world.house, work.carol.subject_id)
    await change_account(
        world,
        work.carol,
        "status = 'disabled', blocked_by = 'staff', disabled_at = 1, primary_email_verified = 0,"
        " backup_email_verified = 0",
    )
    file = await load_file(world.house.database, work.case_id)
    assert file is not None
    assert file.target is not None
    opened = await open_case_for(world.house, _occasion(world), agent_of(work.sam), file.target, kind)
    assert isinstance(opened, Opened)
    work.case_id = opened.case.case_id
    assert await tried(work, work.sam, CaseAct.SEND_READ_BACK) is CaseRefusal.NO_ADDRESS


async def test_factor_that_is_used_during_the_cooling_off_is_not_lost(world: World) -> None:
    work = await _factor_case(world)
    await work.read_code_back()
    await work.propose()
    await work.approve()
    world.clock.pass_(60)
    used = Write(text("UPDATE totp SET used_at = :then WHERE subject_id = :whose")).effect(
        expects=1, then=world.clock.now(), whose=work.carol.subject_id
    )
    assert await world.house.database.apply([used])
    await work.cool_off()
    assert (await work.case()).status is CaseStatus.OPEN
    browser, _ = await open_desk(world, work.kim)
    assert "it is not lost, or a thief has it" in (await work.look(browser)).text
    rows = await world.rows(f"SELECT 1 FROM totp WHERE subject_id = '{work.carol.subject_id}'")
    assert rows


async def test_browser_that_a_thief_has_used_is_unknown_after_the_case(world: World) -> None:
    """The stolen phone was known to us, and signs in by the password that it keeps."""
    work = await _factor_case(world)
    await work.read_code_back()
    await work.propose()
    await work.approve()
    thief = world.browser()
    await thief.follow(await thief.sign_in("cc33333-ovh"))
    await work.cool_off()
    living = await world.rows(
        f"SELECT revoked_reason FROM device WHERE subject_id = '{work.carol.subject_id}' AND revoked_at IS NULL"
    )
    assert living == []


async def test_claimant_does_not_use_up_the_owners_cancellation(world: World) -> None:
    """A case is stopped once: who asked would cancel their own, so that its owner can't any more."""
    work = await begin(world)
    await have_documents(work)
    await work.read_code_back()
    await work.propose()
    await cancel(world, cancel_path(await work.approve(), SPARE))
    await delivered(world)
    world.clock.pass_(60)
    await have_new_address(work, EVIL)
    await have_documents(work)
    await work.propose()
    mails = await work.approve()
    assert {mail.to for mail in mails} == {PRIMARY, SPARE, EVIL}
    assert "/case-cancel/" not in _to(mails, EVIL).text + _to(mails, EVIL).html
    assert "/case-cancel/" in _to(mails, PRIMARY).text


async def test_block_between_the_proposal_and_the_approval_is_seen_first(world: World) -> None:
    work = await decided(world)
    page = await work.look(work.kims)
    now = world.clock.now() + 1
    await change_account(world, work.carol, f"status = 'disabled', blocked_by = 'owner', disabled_at = {now}")
    answered = await press(work.kims, page, "approve", "approve")
    assert answered.status_code == 409
    assert "was blocked after the proposal" in answered.text
    assert "approve" not in forms_of(answered)
    await assert_nothing_changed(work)


async def test_operators_block_is_not_approved_around(world: World) -> None:
    work = await begin(world)
    await change_account(world, work.carol, "status = 'disabled', blocked_by = '', disabled_at = 1")
    await work.read_code_back()
    await work.propose()
    assert await tried(work, work.kim, CaseAct.APPROVE) is CaseRefusal.BLOCKED_SINCE


@pytest.mark.parametrize("act", CaseAct)
async def test_agent_who_stops_being_one_in_this_instant_does_nothing(
    sqlite_world: World, act: CaseAct
) -> None:
    """Demoted after they were looked at, and before what they do is written."""
    work = await decided(sqlite_world)
    house = sqlite_world.house
    file = await load_file(house.database, work.case_id)
    assert file is not None
    agent = work.kim if act is CaseAct.APPROVE else work.sam
    doing = Doing(office=house, occasion=_occasion(sqlite_world), file=file, person=agent)
    wanted = Wanted(
        case_id=work.case_id,
        version=file.case.version,
        act=act,
        note="x",
        document="identity",
        reason="not-shown" if act is CaseAct.REFUSE else "missing",
        account=work.carol,
    )
    found = effects_of(doing, wanted)
    assert not isinstance(found, CaseRefusal)
    await change_account(sqlite_world, agent, "role = 'customer'")
    assert not await house.database.apply(found)
    assert await work.case() == file.case


@pytest.mark.parametrize(
    ("domain", "is_shown"),
    [
        ("bakery.example", True),
        ("www.bakery.example", True),
        ("blog.bakery.example", False),
        ("www.blog.bakery.example", False),
        ("example", False),
    ],
)
async def test_name_that_a_customer_lent_to_somebody_shows_nothing(
    sqlite_world: World, domain: str, is_shown: bool
) -> None:
    work = await begin(sqlite_world)
    house = sqlite_world.house
    await change_domains(
        house.database, house.audit, _occasion(sqlite_world), work.carol, add=["bakery.example"], remove=[]
    )
    chosen = Write(
        text("UPDATE recovery_case SET domain = :name, domain_proven_at = 1 WHERE case_id = :which")
    ).effect(expects=1, name=domain, which=work.case_id)
    assert await house.database.apply([chosen])
    file = await load_file(house.database, work.case_id)
    assert file is not None
    assert file.is_shown is is_shown


async def test_wrong_codes_are_audited_and_one_that_was_not_looked_at_is_not_wrong(world: World) -> None:
    work = await begin(world)
    for _ in range(2):
        await work.do(work.sams, "send-read-back")
        code = work.code_in(await delivered(world))
        for _ in range(5):
            answered = await work.force(work.sams, "read-back", code="0000 0000")
            assert answered.status_code in {409, 422}
        world.clock.pass_(31)
    await work.do(work.sams, "send-read-back")
    code = work.code_in(await delivered(world))
    answered = await work.force(work.sams, "read-back", code=code)
    assert answered.status_code == 429
    assert "This one was not looked at" in answered.text
    assert (await work.history()).count("read-back-wrong") == 10
    audited = await world.rows("SELECT actor FROM audit_event WHERE reason = 'read-back-wrong'")
    assert audited == [(f"subject:{work.sam.subject_id}",)] * 10
    world.clock.pass_(300)
    assert (await work.do(work.sams, "read-back", code=code)).status_code == 303
