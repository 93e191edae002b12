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
    forgotten_at: int | None


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


class LinkPurpose(StrEnum):
    STATUS = "status"
    """Shows the case, and adds to it. Not used up by use."""
    CANCEL = "cancel"
    """Cancels what was approved, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """A link to a case. `digest` is that of the whole value, which we don't keep."""

    link_id: str
    digest: bytes
    case_id: str
    purpose: LinkPurpose
    address_key: str
    created_at: int
    expires_at: int
    redeemed_at: int | None


class DocumentKind(StrEnum):
    """What a document is said to be."""

    IDENTITY = "identity"
    """Of the holder or of whoever acts for them, both sides."""
    ADDRESS = "proof-of-address"
    """Less than three months old."""
    REGISTRATION = "registration"
    """An extract of the commercial register, less than three months old."""
    REGISTER_NOTICE = "register-notice"
    """Of the national register of establishments."""
    AUTHORISATION = "authorisation"
    """On headed paper, for whoever asks."""
    MINUTES = "minutes"
    """Of the last general meeting."""
    DECLARATION = "declaration"
    """The receipt of an association's declaration."""
    POLICE_REPORT = "police-report"
    OTHER = "other"


class AskReason(StrEnum):
    """Why an agent asks for a document: a missing one, or a better one."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    CUT_OFF = "cut-off"
    TOO_OLD = "too-old"
    EXPIRED = "expired"
    OTHER_NAME = "other-name"
    WRONG_DOCUMENT = "wrong-document"


class RefuseReason(StrEnum):
    """Why a case is refused, as the person is told."""

    NOT_SHOWN = "not-shown"
    """What was shown doesn't say whose account it is."""
    OTHER_OWNER = "other-owner"
    NOT_NEEDED = "not-needed"
    """There is another way in."""
    WITHDRAWN = "withdrawn"
    """The person asked for it."""


class What(StrEnum):
    """What the lines of a case's history say."""

    OPENED = "opened"
    SUBMITTED = "submitted"
    TAKEN = "taken"
    TAKEN_OVER = "taken-over"
    """From whoever had it: `detail` is their subject."""
    RELEASED = "released"
    NOTE = "note"
    ASKED = "asked"
    """`detail`: the kind of document and the reason, with a space between them."""
    DOCUMENT = "document"
    """`detail`: its kind."""
    ADDRESS_PROVEN = "address-proven"
    DOMAIN_CHOSEN = "domain-chosen"
    DOMAIN_PROVEN = "domain-proven"
    """`detail`: how."""
    LINK_SENT = "link-sent"
    """A new link to the case, to who asked."""
    CODE_SENT = "code-sent"
    READ_BACK = "read-back"
    READ_BACK_WRONG = "read-back-wrong"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    """`detail`: the reason."""
    FROZEN = "frozen"
    """Cancelled by who has the address in `detail`, masked."""
    CANCELLED_AGAIN = "cancelled-again"
    """The same once more, which changes nothing."""
    APPLIED = "applied"
    REOPENED = "reopened"
    """It could not be applied: `detail` says why."""
    EXPIRED = "expired"
    DOCUMENTS_DELETED = "documents-deleted"
