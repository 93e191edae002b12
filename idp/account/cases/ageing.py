"""What time does to cases: those that wait for too long expire, and what people showed and told is forgotten after a
while.
"""

from idp.account.cases.history import SYSTEM, recorded
from idp.account.cases.mails import Writing, expired
from idp.account.office import Office
from idp.records.case import What
from idp.records.event import EventType, Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.case_changes import EXPIRE_CASE
from idp.store.case_forgetting import (
    DELETE_DRAFT,
    DROP_DRAFT,
    FORGET_CASE,
    STALE_DRAFTS,
    UNFORGOTTEN_CASES,
)
from idp.store.cases import DOCUMENTS_OF_CASE, STALE_CASES

_DAY = 86_400


async def expire_stale(office: Office, occasion: Occasion) -> None:
    """Cases that wait for a document end after `recovery.waiting_days`, and who asked is told."""
    now, kind = occasion.now, EventType.CASE_CHANGED
    before = now - office.settings.recovery.waiting_days * _DAY
    for case in await office.database.all(STALE_CASES, waiting_before=before):
        change = EXPIRE_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=now)
        line = recorded(office, occasion, case, What.EXPIRED, kind, author=SYSTEM)
        person = await office.database.one(PERSON_BY_SUBJECT, subject_id=case.subject_id or "")
        letters = expired(Writing(office=office, case=case, person=person, now=now))
        if await office.database.apply([change, *line, *letters]):
            office.outbox.wake()


async def drop_drafts(office: Office, occasion: Occasion) -> None:
    """Forms that nobody sent go after a day, with all that was added to them: they were no case of anybody's yet."""
    for case in await office.database.all(STALE_DRAFTS, draft_before=occasion.now - _DAY):
        await office.database.apply(
            [
                *(write.effect(of_case=case.case_id) for write in DROP_DRAFT),
                DELETE_DRAFT.effect(expects=1, of_case=case.case_id, seen_version=case.version),
            ]
        )


async def forget_cases(office: Office, occasion: Occasion) -> None:
    """What was uploaded and typed goes `recovery.retention_days` after its case ended."""
    now = occasion.now
    before = now - office.settings.recovery.retention_days * _DAY
    for case in await office.database.all(UNFORGOTTEN_CASES, closed_before=before):
        documents = await office.database.all(DOCUMENTS_OF_CASE, of_case=case.case_id)
        kind = EventType.DOCUMENTS_DELETED
        has_any = any(document.deleted_at is None for document in documents)
        line = (
            recorded(office, occasion, case, What.DOCUMENTS_DELETED, kind, author=SYSTEM) if has_any else []
        )
        await office.database.apply([*FORGET_CASE.effects(expects=1, of_case=case.case_id, now=now), *line])
