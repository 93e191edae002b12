"""What time does to cases: those that wait for too long expire, and what was uploaded is deleted after a while."""

from idp.account.cases.history import SYSTEM, recorded
from idp.account.cases.office import Office
from idp.records.case import CaseStatus, What
from idp.records.event import EventType, Occasion
from idp.store.case_changes import EXPIRE_CASE
from idp.store.cases import (
    DELETE_DOCUMENTS,
    DOCUMENTS_DELETED,
    DOCUMENTS_OF_CASE,
    STALE_CASES,
    UNDELETED_CASES,
)

_DAY = 86_400


async def expire_stale(office: Office, occasion: Occasion) -> None:
    """Cases that wait for a document end after `recovery.waiting_days`, forms that were never sent after a day."""
    now = occasion.now
    stale = await office.database.all(
        STALE_CASES,
        waiting_before=now - office.settings.recovery.waiting_days * _DAY,
        draft_before=now - _DAY,
    )
    for case in stale:
        change = EXPIRE_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=now)
        kind = EventType.CASE_CHANGED
        # A form that nobody sent is no case of anybody's yet.
        is_case = case.status is not CaseStatus.DRAFT
        line = recorded(office, occasion, case, What.EXPIRED, kind, author=SYSTEM) if is_case else []
        await office.database.apply([change, *line])


async def delete_documents(office: Office, occasion: Occasion) -> None:
    """What was uploaded goes `recovery.retention_days` after its case ended."""
    before = occasion.now - office.settings.recovery.retention_days * _DAY
    for case in await office.database.all(UNDELETED_CASES, closed_before=before):
        documents = await office.database.all(DOCUMENTS_OF_CASE, of_case=case.case_id)
        kind = EventType.DOCUMENTS_DELETED
        has_any = any(document.deleted_at is None for document in documents)
        line = (
            recorded(office, occasion, case, What.DOCUMENTS_DELETED, kind, author=SYSTEM) if has_any else []
        )
        await office.database.apply(
            [
                DELETE_DOCUMENTS.effect(of_case=case.case_id, nothing=b"", now=occasion.now),
                DOCUMENTS_DELETED.effect(expects=1, of_case=case.case_id, now=occasion.now),
                *line,
            ]
        )
