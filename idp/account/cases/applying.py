"""Applying a case whose cooling-off period is over: what was approved happens, once, all of it or nothing.

The case, both agents, the account and its addresses are looked at again, and held while it happens. What stands in the
way sends the case back to the agents, who are told what it was.
"""

from dataclasses import replace

from idp.account.cases.changes import effects_of_kind
from idp.account.cases.deciding import Obstacle, check_apply
from idp.account.cases.file import CaseFile, load_file
from idp.account.cases.history import SYSTEM, entry, recorded
from idp.account.cases.holding import hold, hold_staff
from idp.account.cases.mails import Writing, done, withdrawn
from idp.account.deletion import kept
from idp.account.office import Office
from idp.records.account import Person
from idp.records.case import Case, CaseKind, CaseStatus, What
from idp.records.event import EventType, Occasion
from idp.store.accounts import PERSON_BY_EMAIL
from idp.store.case_changes import FINISH_CASE, REOPEN_CASE, REOPEN_OTHERS, REOPEN_UNPROVEN
from idp.store.cases import DECIDED_CASES, DUE_CASES
from idp.store.statement import Effect

_NEXT: dict[CaseKind, str] = {
    CaseKind.MAILBOX_BACKUP: "/forgot",
    CaseKind.MAILBOX_DOCUMENTS: "/forgot",
    CaseKind.FACTOR: "/account/security",
    CaseKind.UNBLOCK: "/forgot",
}


async def apply_due(office: Office, occasion: Occasion) -> int:
    """Apply every case that is due. How many were."""
    applied = 0
    for case in await office.database.all(DUE_CASES, before=occasion.now):
        applied += await apply_case(office, occasion, case.case_id)
    return applied


async def apply_case(office: Office, occasion: Occasion, case_id: str) -> bool:
    """Apply a case, if it is due: once, whoever tries at the same time. False if it is not, or went back to the agents,
    or changed in this instant; the next look decides then.
    """
    file = await load_file(office.database, case_id)
    if file is None or not is_due(file.case, occasion.now):
        return False
    obstacle = check_apply(file) or await _taken(office, file)
    if obstacle is not None:
        if await office.database.apply(_reopened(office, occasion, file, obstacle)):
            office.outbox.wake()
        return False
    assert file.target is not None
    if not await office.database.apply(await _applied(office, occasion, file, file.target)):
        return False
    office.outbox.wake()
    return True


def is_due(case: Case, now: int) -> bool:
    """Whether the cooling-off period is over, and nobody cancelled."""
    return case.status is CaseStatus.COOLING and case.apply_at is not None and case.apply_at <= now


async def _applied(office: Office, occasion: Occasion, file: CaseFile, target: Person) -> list[Effect]:
    case, now = file.case, occasion.now
    writing = Writing(office=office, case=case, person=target, now=now)
    event = EventType.CASE_APPLIED
    return [
        *hold_staff(file.proposer, file.approver),
        hold(target),
        FINISH_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=now),
        *kept(office, occasion, target),
        *effects_of_kind(writing, target),
        *recorded(office, occasion, case, What.APPLIED, event, author=SYSTEM),
        *await _others_reopened(writing),
        *done(writing, next_path=_NEXT[case.kind]),
    ]


def _reopened(office: Office, occasion: Occasion, file: CaseFile, obstacle: Obstacle) -> list[Effect]:
    """Where the address is another than the proven one, the proof is none any more. Whoever was told when something
    changes is told that it does not.
    """
    case, event = file.case, EventType.CASE_CHANGED
    change = REOPEN_UNPROVEN if obstacle is Obstacle.ADDRESS_CHANGED else REOPEN_CASE
    return [
        change.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=occasion.now),
        *recorded(office, occasion, case, What.REOPENED, event, author=SYSTEM, detail=obstacle.value),
        *withdrawn(Writing(office=office, case=case, person=file.target, now=occasion.now)),
    ]


async def _others_reopened(writing: Writing) -> list[Effect]:
    """What was decided on the account as it was has to be decided anew."""
    office, case, now = writing.office, writing.case, writing.now
    assert case.subject_id is not None
    decided = [
        other
        for other in await office.database.all(DECIDED_CASES, of_subject=case.subject_id)
        if other.case_id != case.case_id
    ]
    lines = [
        entry(office, other.case_id, What.REOPENED, author=SYSTEM, detail=case.reference, now=now)
        for other in decided
    ]
    letters = [letter for other in decided for letter in withdrawn(replace(writing, case=other))]
    return [REOPEN_OTHERS.effect(of_subject=case.subject_id, of_case=case.case_id, now=now), *lines, *letters]


async def _taken(office: Office, file: CaseFile) -> Obstacle | None:
    """Whether another account has the address by now."""
    case = file.case
    if case.kind not in (CaseKind.MAILBOX_BACKUP, CaseKind.MAILBOX_DOCUMENTS):
        return None
    owner = await office.database.one(PERSON_BY_EMAIL, email_key=case.new_email_key)
    is_others = owner is not None and owner.subject_id != case.subject_id
    return Obstacle.ADDRESS_TAKEN if is_others else None
