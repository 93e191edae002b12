"""Statements of recovery cases: what is looked up, what is added, and what becomes of documents and links."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, Text, bindparam, or_, select, update

from idp.records.case import Case, CaseDocument, CaseEntry, CaseKind, CaseLink, CaseStatus, LinkPurpose
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.case import case_document, case_entry, case_link, recovery_case

_NOW = bindparam("now", type_=BigInteger)
AT_WORK = tuple(
    status.value for status in CaseStatus if not status.is_closed and status is not CaseStatus.DRAFT
)


def among(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    # Not IN, whose list SQLAlchemy would write anew for each execution.
    return or_(*(column == str(value) for value in values))


def case_of(**row: Any) -> Case:
    row["kind"], row["status"] = CaseKind(row["kind"]), CaseStatus(row["status"])
    return Case(**row)


def _document_of(**row: Any) -> CaseDocument:
    return CaseDocument(**row)


def _entry_of(**row: Any) -> CaseEntry:
    return CaseEntry(**row)


def _link_of(**row: Any) -> CaseLink:
    row["purpose"] = LinkPurpose(row["purpose"])
    return CaseLink(**row)


_CASES = select(recovery_case)
_DOCUMENT_COLUMNS = tuple(
    column for column in case_document.columns if column.name not in ("sealed", "root_key_id")
)

CASE: Query[Case] = Query(_CASES.where(recovery_case.c.case_id == bindparam("of_case")), into=case_of)
CASE_BY_REFERENCE: Query[Case] = Query(
    _CASES.where(recovery_case.c.reference == bindparam("of_reference")), into=case_of
)
CASES_OF_SUBJECT: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        recovery_case.c.status != CaseStatus.DRAFT.value,
    )
    .order_by(recovery_case.c.case_id.desc())
    .limit(50),
    into=case_of,
)
"""Newest first, closed ones too."""

_is_their_address = or_(
    (account.c.primary_email_key == recovery_case.c.new_email_key) & (account.c.primary_email_verified == 1),
    (account.c.backup_email_key == recovery_case.c.new_email_key) & (account.c.backup_email_verified == 1),
)
OWN_CASES: Query[Case] = Query(
    _CASES.join(subject, subject.c.subject_id == recovery_case.c.subject_id)
    .join(account, account.c.account_id == subject.c.account_id)
    .where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        recovery_case.c.status != CaseStatus.DRAFT.value,
        recovery_case.c.case_id < bindparam("before_case", type_=Text),
        or_(
            recovery_case.c.opened_by != "customer",
            recovery_case.c.status == CaseStatus.DONE.value,
            _is_their_address,
        ),
    )
    .order_by(recovery_case.c.case_id.desc())
    .limit(50),
    into=case_of,
)
"""Those that are the account holder's own, the newest first: agents opened it for the account, or approved it, or it
came from an address that they have proven as theirs. Whoever knows a customer ID can open a case that names it: what
they told of themselves is none of the holder's data. Takes `before_case`, `NEWEST` of `store/history.py` at first.
"""

DECIDED_CASES: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        among(recovery_case.c.status, (CaseStatus.PROPOSED, CaseStatus.COOLING)),
    ).order_by(recovery_case.c.case_id),
    into=case_of,
)
"""What agents decided about an account, and did not happen yet."""

CASES_OF_ADDRESS: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.new_email_key == bindparam("of_key"),
        recovery_case.c.opened_by == "customer",
        among(recovery_case.c.status, AT_WORK),
    ).order_by(recovery_case.c.case_id),
    into=case_of,
)
"""What was asked from an address, and is open."""

DUE_CASES: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.status == CaseStatus.COOLING.value,
        recovery_case.c.apply_at <= bindparam("before", type_=BigInteger),
    )
    .order_by(recovery_case.c.apply_at)
    .limit(100),
    into=case_of,
)
"""Approved, and nobody cancelled in time."""

STALE_CASES: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.status == CaseStatus.WAITING.value,
        recovery_case.c.updated_at < bindparam("waiting_before", type_=BigInteger),
    ).limit(100),
    into=case_of,
)
"""Whoever asked sent nothing for too long."""

DOCUMENTS_OF_CASE: Query[CaseDocument] = Query(
    select(*_DOCUMENT_COLUMNS)
    .where(case_document.c.case_id == bindparam("of_case"))
    .order_by(case_document.c.document_id),
    into=_document_of,
)
ENTRIES_OF_CASE: Query[CaseEntry] = Query(
    select(case_entry).where(case_entry.c.case_id == bindparam("of_case")).order_by(case_entry.c.entry_id),
    into=_entry_of,
)
CASE_LINK: Query[CaseLink] = Query(
    select(case_link).where(case_link.c.link_id == bindparam("of_link")), into=_link_of
)
DISABLED_AT: Query[int] = Query(
    select(account.c.disabled_at).where(
        account.c.account_id == bindparam("of_account"), account.c.disabled_at.is_not(None)
    ),
    into=lambda *, disabled_at: int(disabled_at),
)

INSERT_CASE = insert_into(recovery_case)
INSERT_ENTRY = insert_into(case_entry)
INSERT_DOCUMENT = insert_into(case_document)
INSERT_CASE_LINK = insert_into(case_link)


HOLD_ACCOUNT = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.role == bindparam("with_role", type_=Text),
        account.c.status == bindparam("with_status", type_=Text),
    )
    .values(status=account.c.status)
)
"""With `expects=1`: the account is still what was decided on, and nobody changes it until the transaction ends."""

HOLD_STAFF = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.role == bindparam("with_role", type_=Text),
        or_(account.c.role == "support", account.c.role == "administrator"),
        account.c.status == "active",
    )
    .values(status=account.c.status)
)
"""With `expects=1`: an agent still is one, with the same role, while the transaction lasts."""

REDEEM_CASE_LINK = Write(
    update(case_link)
    .where(
        case_link.c.link_id == bindparam("of_link"),
        case_link.c.redeemed_at.is_(None),
        case_link.c.expires_at > _NOW,
    )
    .values(redeemed_at=_NOW)
)
"""With `expects=1`: cancels once."""

END_STATUS_LINKS = Write(
    update(case_link)
    .where(
        case_link.c.case_id == bindparam("of_case"),
        case_link.c.purpose == LinkPurpose.STATUS.value,
        case_link.c.address_key == bindparam("of_key"),
        case_link.c.expires_at > _NOW,
    )
    .values(expires_at=_NOW)
)
"""Those that one mailbox got."""

ASK_FOR_BETTER = Write(
    update(case_document)
    .where(
        case_document.c.document_id == bindparam("of_document"),
        case_document.c.case_id == bindparam("of_case"),
        case_document.c.deleted_at.is_(None),
    )
    .values(asked_again=bindparam("why", type_=Text))
)
"""With `expects=1`: a document of this case."""

DELETE_DOCUMENT = Write(
    update(case_document)
    .where(
        case_document.c.document_id == bindparam("of_document"),
        case_document.c.case_id == bindparam("of_case"),
        case_document.c.deleted_at.is_(None),
    )
    .values(sealed=bindparam("nothing", type_=LargeBinary), deleted_at=_NOW)
)
