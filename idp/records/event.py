"""What the audit trail records: events, and when, by whom and from where they came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class EventType(StrEnum):
    """The vocabulary of the audit trail, `noun.verb`. Names are kept for ever: operators' searches rely on them."""

    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    SIGN_IN_THROTTLED = "sign_in.throttled"
    SIGN_IN_REFUSED = "sign_in.refused"
    SIGN_IN_REPORTED = "sign_in.reported"
    CODE_SENT = "code.sent"
    PROOF_FAILED = "proof.failed"
    SESSION_RAISED = "session.raised"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"

    AUTHORIZATION_GRANTED = "authorization.granted"
    AUTHORIZATION_DENIED = "authorization.denied"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_REVOKED = "consent.revoked"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFRESHED = "token.refreshed"
    TOKEN_EXCHANGED = "token.exchanged"
    ASSERTION_REFUSED = "assertion.refused"
    TOKEN_REVOKED = "token.revoked"
    CODE_REPLAYED = "code.replayed"
    DEVICE_CONNECTED = "device.connected"
    DEVICE_REFUSED = "device.refused"
    DEVICE_CODE_REPLAYED = "device_code.replayed"
    USER_CODE_FAILED = "user_code.failed"
    REFRESH_TOKEN_REPLAYED = "refresh_token.replayed"

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_BLOCKED = "account.blocked"
    ACCOUNT_UNBLOCKED = "account.unblocked"
    ACCOUNT_DELETION_PLANNED = "account.deletion_planned"
    ACCOUNT_DELETION_CANCELLED = "account.deletion_cancelled"
    ACCOUNT_DELETED = "account.deleted"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_ASKED_FOR = "account.asked_for"
    PROFILE_CHANGED = "profile.changed"
    DOMAINS_CHANGED = "domains.changed"
    ACCOUNT_WATCHED = "account.watched"
    ACCOUNT_UNWATCHED = "account.unwatched"
    ADDRESS_CHANGED = "address.changed"
    ADDRESS_CHANGE_PLANNED = "address.change_planned"
    ADDRESS_CHANGE_CANCELLED = "address.change_cancelled"
    PASSWORD_SET = "password.set"
    LINK_ISSUED = "link.issued"
    LINK_REDEEMED = "link.redeemed"

    FACTOR_ADDED = "factor.added"
    FACTOR_RENAMED = "factor.renamed"
    FACTOR_REMOVED = "factor.removed"
    TWO_FACTOR_TURNED_ON = "two_factor.turned_on"
    TWO_FACTOR_TURNED_OFF = "two_factor.turned_off"
    BACKUP_CODES_MADE = "backup_codes.made"
    NOTIFICATIONS_CHANGED = "notifications.changed"
    DEVICE_REMOVED = "device.removed"
    DEVICES_REMOVED = "devices.removed"
    DEVICE_TRUST_ENDED = "device.trust_ended"
    GROUPS_CHANGED = "groups.changed"

    DELEGATION_OFFERED = "delegation.offered"
    DELEGATION_ACCEPTED = "delegation.accepted"
    DELEGATION_DECLINED = "delegation.declined"
    DELEGATION_USED = "delegation.used"
    DELEGATION_ENDED = "delegation.ended"

    SUPPORT_SEARCHED = "support.searched"
    SUPPORT_VIEWED = "support.viewed"
    SUPPORT_REFUSED = "support.refused"
    SUPPORT_MAILED = "support.mailed"
    CASE_OPENED = "case.opened"
    CASE_VIEWED = "case.viewed"
    CASE_CHANGED = "case.changed"
    CASE_PROPOSED = "case.proposed"
    CASE_APPROVED = "case.approved"
    CASE_FROZEN = "case.frozen"
    CASE_APPLIED = "case.applied"
    CASE_REFUSED = "case.refused"
    DOCUMENT_ADDED = "document.added"
    DOCUMENT_VIEWED = "document.viewed"
    DOCUMENTS_DELETED = "documents.deleted"

    CLIENT_CREATED = "client.created"
    CLIENT_SECRET_ROTATED = "client.secret_rotated"
    CLIENT_SECRET_ENDED = "client.secret_ended"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ENABLED = "client.enabled"
    CLIENT_DELETED = "client.deleted"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_UPDATED = "client.updated"
    INITIAL_TOKEN_CREATED = "initial_token.created"
    INITIAL_TOKEN_REVOKED = "initial_token.revoked"

    KEY_PUBLISHED = "key.published"
    KEY_ACTIVATED = "key.activated"
    KEY_RETIRED = "key.retired"
    KEY_IMPORTED = "key.imported"
    KEY_WITHDRAWN = "key.withdrawn"
    SECRETS_RESEALED = "secrets.resealed"


SIGN_IN_EVENTS = (
    EventType.SIGN_IN_SUCCEEDED,
    EventType.SIGN_IN_FAILED,
    EventType.SIGN_IN_THROTTLED,
    EventType.SIGN_IN_REFUSED,
    EventType.SIGN_IN_REPORTED,
    EventType.PROOF_FAILED,
    EventType.SESSION_RAISED,
    EventType.DEVICE_CONNECTED,
)
"""What its owner reads as the account's sign-in history. These also record place and browser, until it is deleted."""

DELEGATION_EVENTS = (
    EventType.DELEGATION_OFFERED,
    EventType.DELEGATION_ACCEPTED,
    EventType.DELEGATION_DECLINED,
    EventType.DELEGATION_USED,
    EventType.DELEGATION_ENDED,
)
"""What customer and delegate read of what was agreed and done. Each has a row of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The edge's view of one request. `address` and `network` are texts ("" when there is none, as for a command)."""

    correlation_id: str = ""
    address: str = ""
    network: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When, by whom (`subject:…`, `client:…`, `cli:…` or `system`) and from where something is done."""

    now: int
    actor: str
    circumstances: Circumstances = field(default_factory=Circumstances)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One audit record. `reason` is a code; `details` hold no secret and no address."""

    type: EventType
    actor: str
    outcome: Literal["success", "failure"] = "success"
    reason: str = ""
    subject_id: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    family_id: str | None = None
    factor: str = ""
    details: Mapping[str, str | int | list[str]] = field(default_factory=dict)
