"""What the page of a case shows: plain values for its template."""

from collections.abc import Sequence
from typing import Any

from idp.account.cases.deciding import CaseAct, CaseRefusal, check_act, check_evidence
from idp.account.cases.documents import download_name
from idp.account.cases.file import CaseFile
from idp.account.cases.history import CUSTOMER, SYSTEM
from idp.events.case_words import ASK_REASONS, DOCUMENTS, KINDS, REFUSE_REASONS
from idp.events.masking import masked_email
from idp.records.case import AskReason, Case, CaseDocument, CaseEntry, CaseStatus, DocumentKind
from idp.store.cases import CASES_OF_SUBJECT, ENTRIES_OF_CASE
from idp.store.outbox import MESSAGE_LOG_OF_CASE, LoggedMessage, Status
from idp.support.case_words import ACTS, REFUSALS, said_detail, said_line
from idp.support.queue import names_of
from idp.support.rows import message_row
from idp.support.visit import CASES, StaffVisit
from idp.support.words import ACCOUNT_KINDS, CASE_STATUSES, said_status
from idp.web.locale import Message

_ACCOUNTS = "/support/accounts"
# Nobody asks why these can't be done at another point of a case.
_SILENT = (CaseRefusal.WRONG_STATE, CaseRefusal.CLOSED, CaseRefusal.ALREADY_YOURS, CaseRefusal.OWNED)


async def rows_of(visit: StaffVisit, file: CaseFile) -> dict[str, Any]:
    """The variables of `support/case.html` beside its forms'."""
    case, database = file.case, visit.door.database
    entries = await database.all(ENTRIES_OF_CASE, of_case=case.case_id)
    messages = await database.all(MESSAGE_LOG_OF_CASE, of_case=case.case_id)
    names = await names_of(database, [case.owner_id, *(entry.author for entry in entries)])
    evidence = check_evidence(file)
    offers = {act.value: _offer(file, act, visit) for act in CaseAct}
    return {
        "case": _case(file),
        "owner": {
            "name": names.get(case.owner_id or "", ""),
            "since": case.owned_at,
            "is_me": case.owner_id == visit.agent.subject_id,
        }
        if case.owner_id
        else None,
        "account": _account(file),
        "siblings": await _siblings(visit, case),
        "documents": [_document(file, document) for document in file.documents],
        "missing": REFUSALS[evidence] if evidence and not case.status.is_closed else None,
        "offers": offers,
        "document_kinds": [(kind.value, DOCUMENTS[kind]) for kind in DocumentKind],
        "ask_reasons": [(reason.value, words) for reason, words in ASK_REASONS.items()],
        "refuse_reasons": [(reason.value, words) for reason, words in REFUSE_REASONS.items()],
        "history": [_line(entry, names) for entry in reversed(entries)],
        "messages": [message_row(one) for one in messages],
        "bounced": [message_row(one) for one in undelivered(messages)],
    }


def undelivered(messages: Sequence[LoggedMessage]) -> list[LoggedMessage]:
    """The mails that a mailbox did not take, unless it took one later. `messages` are the newest first; the same as
    `is_bounced` of the queue.
    """
    working: set[str] = set()
    found: list[LoggedMessage] = []
    for message in messages:
        if message.status == Status.DELIVERED:
            working.add(message.recipient)
        is_lost = message.status in (Status.FAILED, Status.EXPIRED) and message.template != "address-code"
        if is_lost and message.recipient not in working:
            found.append(message)
    return found


def _case(file: CaseFile) -> dict[str, Any]:
    case = file.case
    return {
        "reference": case.reference,
        "kind": KINDS[case.kind],
        "status": CASE_STATUSES[case.status],
        "is_closed": case.status.is_closed,
        "version": case.version,
        "by_agent": case.opened_by != CUSTOMER,
        "created_at": case.created_at,
        "queued_at": case.queued_at,
        "language": case.language,
        "typed_identifier": case.typed_identifier,
        "typed_name": case.typed_name,
        "account_kind": ACCOUNT_KINDS.get(case.account_kind, ""),
        "reason": case.reason,
        "new_email": case.new_email if case.read_back_at is None else None,
        "new_email_verified_at": case.new_email_verified_at,
        "read_back_at": case.read_back_at,
        "domain": case.domain,
        "domain_proven_at": case.domain_proven_at,
        "owns_domain": file.owns_domain,
        "frozen_at": case.frozen_at,
        "apply_at": case.apply_at if case.status is CaseStatus.COOLING else None,
    }


def _account(file: CaseFile) -> dict[str, Any] | None:
    """Whose it is said to be. Addresses are masked, as on every page of the desk."""
    target = file.target
    if target is None:
        return None
    return {
        "url": f"{_ACCOUNTS}/{target.account_id}",
        "name": target.name,
        "customer_id": target.customer_id,
        "status": said_status(target),
        "kind": ACCOUNT_KINDS.get(target.kind, ""),
        "primary": masked_email(target.primary_email) if target.primary_email else "",
        "backup": masked_email(target.backup_email)
        if target.backup_email and target.backup_email_verified
        else "",
    }


async def _siblings(visit: StaffVisit, case: Case) -> list[dict[str, Any]]:
    """Other cases of the account that are open: two people may say that it is theirs."""
    if case.subject_id is None:
        return []
    found = await visit.door.database.all(CASES_OF_SUBJECT, of_subject=case.subject_id)
    return [
        {
            "url": f"{CASES}/{other.case_id}",
            "reference": other.reference,
            "kind": KINDS[other.kind],
            "status": CASE_STATUSES[other.status],
        }
        for other in found
        if other.case_id != case.case_id and not other.status.is_closed
    ]


def _document(file: CaseFile, document: CaseDocument) -> dict[str, Any]:
    return {
        "document_id": document.document_id,
        "url": f"{CASES}/{file.case.case_id}/documents/{document.document_id}",
        "kind": DOCUMENTS[DocumentKind(document.kind)],
        "name": download_name(file.case, file.documents, document.document_id),
        "kilobytes": -(-document.size // 1000),
        "created_at": document.created_at,
        "asked_again": ASK_REASONS[AskReason(document.asked_again)] if document.asked_again else None,
        "is_deleted": document.deleted_at is not None,
        "is_before_freeze": document.created_at <= (file.case.frozen_at or 0),
    }


def _offer(file: CaseFile, act: CaseAct, visit: StaffVisit) -> dict[str, Any]:
    """An act: whether this agent may do it, and if not why, where that is worth saying."""
    refusal = check_act(file, act, visit.agent)
    why: Message | None = REFUSALS[refusal] if refusal and refusal not in _SILENT else None
    return {"label": ACTS[act], "is_possible": refusal is None, "why_not": why}


def _line(entry: CaseEntry, names: dict[str, str]) -> dict[str, Any]:
    match entry.author:
        case authors if authors == CUSTOMER:
            who: Message | str = Message("Customer")
        case authors if authors == SYSTEM:
            who = Message("System")
        case _:
            who = names.get(entry.author, Message("A former agent"))
    return {"what": said_line(entry), "detail": said_detail(entry), "who": who, "at": entry.at}
