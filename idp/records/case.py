"""Recovery cases: what people ask of support because they cannot get in."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.records.account import SubjectId


class CaseKind(StrEnum):
    """What is asked for. Each says what it does once two agents have approved and the cooling-off period is over."""

    MAILBOX_BACKUP = "mailbox-backup"
    """The backup address becomes primary: the caller read back a code that was mailed to it."""
    MAILBOX_DOCUMENTS = "mailbox-documents"
    """A new address, proven by a code, becomes primary: documents show whose account it is."""
    FACTOR = "factor"
    """Second factors are removed, and two-factor authentication is turned off."""
    UNBLOCK = "unblock"
    """A block is lifted, and the password has to be chosen anew."""


class CaseStatus(StrEnum):
    DRAFT = "draft"
    """The person is still filling in the form."""
    OPEN = "open"
    """In the queue, or somebody works on it."""
    WAITING = "waiting"
    """For the person, who has to add a document."""
    PROPOSED = "proposed"
    """One agent would approve; another has to."""
    COOLING = "cooling"
    """Approved; every known address was told, and any of them can still cancel."""
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    """The person sent nothing for too long."""

    @property
    def is_closed(self) -> bool:
        return self in (CaseStatus.DONE, CaseStatus.REFUSED, CaseStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`version` counts up with every change: each act names the version that it was decided on. `opened_by` is
    "customer" or the subject of an agent; `queued_at` its place in the queue, which it keeps whatever happens.
    """

    case_id: str
    reference: str
    kind: CaseKind
    status: CaseStatus
    version: int
    subject_id: SubjectId | None
    typed_identifier: str
    typed_name: str
    account_kind: str
    reason: str
    new_email: str | None
    new_email_key: str | None
    new_email_verified_at: int | None
    language: str
    browser_digest: bytes | None
    opened_by: str
    owner_id: SubjectId | None
    owned_at: int | None
    queued_at: int | None
    read_back_at: int | None
    proposed_by: SubjectId | None
    proposed_at: int | None
    approved_by: SubjectId | None
    approved_at: int | None
    apply_at: int | None
    frozen_at: int | None
    domain: str
    domain_token: str
    domain_proven_at: int | None
    created_at: int
    updated_at: int
    closed_at: int | None
    documents_deleted_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDocument:
    """Something uploaded. `sealed` is empty once it is deleted; lists leave it out."""

    document_id: str
    case_id: str
    kind: str
    media_type: str
    size: int
    created_at: int
    asked_again: str
    deleted_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDocument:
    """A document as it is stored."""

    document: CaseDocument
    sealed: bytes = field(repr=False)
    root_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEntry:
    """A line of a case's history. `author` is "customer", "system", or the subject of an agent."""

    entry_id: str
    case_id: str
    author: str
    what: str
    detail: str
    at: int
