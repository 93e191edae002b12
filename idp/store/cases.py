"""Statements of recovery cases. Each change names the version that it was decided on, and makes a new one.

With `expects=1`, all of them: somebody else was quicker, or the case is in another state than the change is for.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, LargeBinary, Text, bindparam, exists, or_, select, update

from idp.records.case import Case, CaseDocument, CaseEntry, CaseKind, CaseLink, CaseStatus, LinkPurpose
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account
from idp.store.tables.case import case_document, case_entry, case_link, recovery_case

_NOW = bindparam("now", type_=BigInteger)
_CLOSED = tuple(status.value for status in CaseStatus if status.is_closed)
_AT_WORK = tuple(
    status.value for status in CaseStatus if not status.is_closed and status is not CaseStatus.DRAFT
)
_DECIDED = (CaseStatus.PROPOSED.value, CaseStatus.COOLING.value)
_STAFF = ("support", "administrator")


def _among(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    # Not IN, whose list SQLAlchemy would write anew for each execution.
    return or_(*(column == str(value) for value in values))


def _case_of(**row: Any) -> Case:
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

CASE: Query[Case] = Query(_CASES.where(recovery_case.c.case_id == bindparam("of_case")), into=_case_of)
CASE_BY_REFERENCE: Query[Case] = Query(
    _CASES.where(recovery_case.c.reference == bindparam("of_reference")), into=_case_of
)
CASES_OF_SUBJECT: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        recovery_case.c.status != CaseStatus.DRAFT.value,
    )
    .order_by(recovery_case.c.case_id.desc())
    .limit(50),
    into=_case_of,
)
"""Newest first, closed ones too."""

CASES_OF_ADDRESS: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.new_email_key == bindparam("of_key"),
        recovery_case.c.opened_by == "customer",
        _among(recovery_case.c.status, _AT_WORK),
    ).order_by(recovery_case.c.case_id),
    into=_case_of,
)
"""What was asked from an address, and is open."""

QUEUE: Query[Case] = Query(
    _CASES.where(_among(recovery_case.c.status, _AT_WORK), recovery_case.c.queued_at.is_not(None))
    .order_by(recovery_case.c.queued_at, recovery_case.c.case_id)
    .limit(200),
    into=_case_of,
)
"""What is open, in any state; the longest waiting first."""

DUE_CASES: Query[Case] = Query(
    _CASES.where(
        recovery_case.c.status == CaseStatus.COOLING.value,
        recovery_case.c.apply_at <= bindparam("before", type_=BigInteger),
    )
    .order_by(recovery_case.c.apply_at)
    .limit(100),
    into=_case_of,
)
"""Approved, and nobody cancelled in time."""

STALE_CASES: Query[Case] = Query(
    _CASES.where(
        or_(
            (recovery_case.c.status == CaseStatus.WAITING.value)
            & (recovery_case.c.updated_at < bindparam("waiting_before", type_=BigInteger)),
            (recovery_case.c.status == CaseStatus.DRAFT.value)
            & (recovery_case.c.updated_at < bindparam("draft_before", type_=BigInteger)),
        )
    ).limit(100),
    into=_case_of,
)
"""Whoever asked sent nothing for too long."""

UNDELETED_CASES: Query[Case] = Query(
    _CASES.where(
        _among(recovery_case.c.status, _CLOSED),
        recovery_case.c.closed_at < bindparam("closed_before", type_=BigInteger),
        recovery_case.c.documents_deleted_at.is_(None),
    ).limit(100),
    into=_case_of,
)
"""Closed long ago, and their documents are still here."""

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


def _change(*states: CaseStatus, also: tuple[ColumnElement[bool], ...] = (), **values: Any) -> Write:
    """A new version of a case that is in one of `states`."""
    return Write(
        update(recovery_case)
        .where(
            recovery_case.c.case_id == bindparam("of_case"),
            recovery_case.c.version == bindparam("seen_version", type_=BigInteger),
            _among(recovery_case.c.status, states),
            *also,
        )
        .values(version=recovery_case.c.version + 1, updated_at=_NOW, **values)
    )


_UNDECIDED: dict[str, Any] = {
    "proposed_by": None,
    "proposed_at": None,
    "approved_by": None,
    "approved_at": None,
    "apply_at": None,
}
_WORKABLE = tuple(CaseStatus(status) for status in _AT_WORK)
_AGENT = bindparam("agent", type_=Text)
_ADDRESS: dict[str, Any] = {
    "new_email": bindparam("proven_email", type_=Text),
    "new_email_key": bindparam("proven_key", type_=Text),
    "new_email_verified_at": _NOW,
}

# What the person does.
SAVE_DRAFT = _change(
    CaseStatus.DRAFT,
    subject_id=bindparam("subject_id", type_=Text),
    typed_identifier=bindparam("typed_identifier", type_=Text),
    typed_name=bindparam("typed_name", type_=Text),
    account_kind=bindparam("account_kind", type_=Text),
    reason=bindparam("reason", type_=Text),
)
PROVE_ADDRESS = _change(CaseStatus.DRAFT, CaseStatus.WAITING, CaseStatus.OPEN, **_ADDRESS)
SET_DOMAIN = _change(
    CaseStatus.DRAFT,
    CaseStatus.WAITING,
    CaseStatus.OPEN,
    domain=bindparam("of_domain", type_=Text),
    domain_token=bindparam("of_token", type_=Text),
    domain_proven_at=None,
)
PROVE_DOMAIN = _change(CaseStatus.DRAFT, CaseStatus.WAITING, CaseStatus.OPEN, domain_proven_at=_NOW)
SUBMIT_CASE = _change(
    CaseStatus.DRAFT,
    also=(recovery_case.c.new_email_verified_at.is_not(None),),
    status=CaseStatus.OPEN.value,
    queued_at=_NOW,
    browser_digest=None,
)
ANSWER_CASE = _change(CaseStatus.DRAFT, CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.PROPOSED)
"""Something was added, and the case is where it was."""
RESUME_CASE = _change(CaseStatus.WAITING, status=CaseStatus.OPEN.value)
"""What was asked for has come. Its place in the queue is the one that it had."""

# What agents do.
TAKE_CASE = _change(*_WORKABLE, owner_id=_AGENT, owned_at=_NOW)
RELEASE_CASE = _change(*_WORKABLE, also=(recovery_case.c.owner_id == _AGENT,), owner_id=None, owned_at=None)
NOTE_CASE = _change(*(status for status in CaseStatus if status is not CaseStatus.DRAFT))
ASSIGN_CASE = _change(CaseStatus.OPEN, CaseStatus.WAITING, subject_id=bindparam("to_subject", type_=Text))
ASK_DOCUMENT = _change(CaseStatus.OPEN, CaseStatus.WAITING, status=CaseStatus.WAITING.value)
READ_BACK = _change(CaseStatus.OPEN, CaseStatus.WAITING, read_back_at=_NOW, **_ADDRESS)
"""The address that the code went to stays with the case: another one is another proof."""
PROPOSE_CASE = _change(
    CaseStatus.OPEN, status=CaseStatus.PROPOSED.value, proposed_by=_AGENT, proposed_at=_NOW
)
APPROVE_CASE = _change(
    CaseStatus.PROPOSED,
    also=(recovery_case.c.proposed_by != _AGENT,),
    status=CaseStatus.COOLING.value,
    approved_by=_AGENT,
    approved_at=_NOW,
    apply_at=bindparam("cooled_at", type_=BigInteger),
)
REOPEN_CASE = _change(CaseStatus.PROPOSED, CaseStatus.COOLING, status=CaseStatus.OPEN.value, **_UNDECIDED)
"""What was decided is not any more."""
REOPEN_UNPROVEN = _change(
    CaseStatus.COOLING,
    status=CaseStatus.OPEN.value,
    read_back_at=None,
    new_email=None,
    new_email_key=None,
    new_email_verified_at=None,
    **_UNDECIDED,
)
"""Nor is the address proven that it was decided on."""

# What the owner of an address does, and what time does.
FREEZE_CASE = _change(
    CaseStatus.COOLING,
    also=(recovery_case.c.frozen_at.is_(None),),
    status=CaseStatus.WAITING.value,
    kind=bindparam("frozen_kind", type_=Text),
    frozen_at=_NOW,
    read_back_at=None,
    new_email=bindparam("kept_email", type_=Text),
    new_email_key=bindparam("kept_key", type_=Text),
    new_email_verified_at=bindparam("kept_verified_at", type_=BigInteger),
    **_UNDECIDED,
)
"""Once: whoever cancels again is answered, and changes nothing."""
FINISH_CASE = _change(
    CaseStatus.COOLING,
    also=(recovery_case.c.apply_at <= _NOW,),
    status=CaseStatus.DONE.value,
    closed_at=_NOW,
)
REFUSE_CASE = _change(*_WORKABLE, status=CaseStatus.REFUSED.value, closed_at=_NOW)
EXPIRE_CASE = _change(
    CaseStatus.WAITING, CaseStatus.DRAFT, status=CaseStatus.EXPIRED.value, closed_at=_NOW, browser_digest=None
)

# Beside an act, in its transaction.
REOPEN_OTHERS = Write(
    update(recovery_case)
    .where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        recovery_case.c.case_id != bindparam("of_case"),
        _among(recovery_case.c.status, _DECIDED),
    )
    .values(status=CaseStatus.OPEN.value, version=recovery_case.c.version + 1, updated_at=_NOW, **_UNDECIDED)
)
"""The account is another than the one that was decided on."""

_other = recovery_case.alias()
KEEP_ONLY_CASE = Write(
    update(recovery_case)
    .where(
        recovery_case.c.case_id == bindparam("of_case"),
        ~exists().where(
            _other.c.subject_id == recovery_case.c.subject_id,
            _other.c.kind == recovery_case.c.kind,
            _among(_other.c.status, _AT_WORK),
            _other.c.opened_by != "customer",
            _other.c.case_id != recovery_case.c.case_id,
        ),
    )
    .values(version=recovery_case.c.version)
)
"""With `expects=1`, after the account was held and the case inserted: agents opened no other of the kind."""

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
        _among(account.c.role, _STAFF),
        account.c.status == "active",
    )
    .values(status=account.c.status)
)
"""With `expects=1`: an agent still is one, with the same role, while the transaction lasts."""

TURN_BACKUP_INTO_PRIMARY = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.backup_email_key == bindparam("proven_key", type_=Text),
        account.c.backup_email_verified == 1,
    )
    .values(backup_email=None, backup_email_key=None, backup_email_verified=0, backup_asked_at=None)
)
"""With `expects=1`, before `SET_PRIMARY`: it is still the address whose code was read back."""

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
DELETE_DOCUMENTS = Write(
    update(case_document)
    .where(case_document.c.case_id == bindparam("of_case"), case_document.c.deleted_at.is_(None))
    .values(sealed=bindparam("nothing", type_=LargeBinary), deleted_at=_NOW)
)
DOCUMENTS_DELETED = Write(
    update(recovery_case)
    .where(
        recovery_case.c.case_id == bindparam("of_case"),
        _among(recovery_case.c.status, _CLOSED),
        recovery_case.c.documents_deleted_at.is_(None),
    )
    .values(documents_deleted_at=_NOW)
)
"""With `expects=1`: nothing uploaded is left."""
