"""What codes mean: cases, mails, factors and the audit trail in words for an agent."""

from collections.abc import Mapping

from idp.records.account import AccountKind, AccountStatus, BlockedBy, Person
from idp.records.case import CaseKind, CaseStatus
from idp.records.event import EventType
from idp.records.risk import Outcome
from idp.store.outbox import LoggedMessage, Status
from idp.store.support import TrailEntry
from idp.web.locale import Message

CASE_KINDS: Mapping[CaseKind, Message] = {
    CaseKind.MAILBOX_BACKUP: Message("Lost mailbox, with a backup address"),
    CaseKind.MAILBOX_DOCUMENTS: Message("Lost mailbox, with documents"),
    CaseKind.FACTOR: Message("Lost second factor"),
    CaseKind.UNBLOCK: Message("Blocked account"),
}
CASE_STATUSES: Mapping[CaseStatus, Message] = {
    CaseStatus.DRAFT: Message("Being filled in"),
    CaseStatus.OPEN: Message("Open"),
    CaseStatus.WAITING: Message("Waiting for the customer"),
    CaseStatus.PROPOSED: Message("Waiting for a second agent"),
    CaseStatus.COOLING: Message("Approved, cooling off"),
    CaseStatus.DONE: Message("Done"),
    CaseStatus.REFUSED: Message("Refused"),
    CaseStatus.EXPIRED: Message("Expired"),
}
ACCOUNT_KINDS: Mapping[str, Message] = {
    AccountKind.INDIVIDUAL: Message("Individual"),
    AccountKind.SELF_EMPLOYED: Message("Self-employed"),
    AccountKind.COMPANY: Message("Company"),
    AccountKind.ASSOCIATION: Message("Association"),
    AccountKind.ADMINISTRATION: Message("Public administration"),
}
OUTCOMES: Mapping[Outcome, Message] = {
    Outcome.ALLOW: Message("Let in"),
    Outcome.CODE: Message("Asked for a mailed code"),
    Outcome.STEP_UP: Message("Asked for a second factor"),
    Outcome.DELAY: Message("Asked to wait"),
    Outcome.REFUSE: Message("Refused"),
}
MAILS: Mapping[str, Message] = {
    "email-code": Message("Code to sign in"),
    "sms-code": Message("Code by text message"),
    "address-code": Message("Code for a new address"),
    "new-sign-in": Message("Notice of a sign-in"),
    "security-changed": Message("Notice of a change"),
    "sign-up-taken": Message("The address has an account"),
    "welcome": Message("Welcome, with the customer ID"),
    "customer-id": Message("Customer ID"),
    "new-password": Message("Link to a new password"),
    "password-changed": Message("Notice of a new password"),
    "address-change-code": Message("Code to change the address at once"),
    "address-change": Message("Notice of a new address"),
    "account-blocked": Message("Notice of a block"),
    "unblock-code": Message("Code to unblock the account"),
    "deletion-planned": Message("Notice of a deletion"),
    "account-deleted": Message("Notice that the account is gone"),
    "delegation": Message("Notice about who acts for whom"),
    "read-back-code": Message("Code to read to an agent"),
    "case-received": Message("Case received"),
    "case-asked": Message("Document asked for"),
    "case-refused": Message("Case refused"),
    "case-cooling": Message("Notice of what a case will change"),
    "case-frozen": Message("Notice of a stopped case"),
    "case-link": Message("Link to a case"),
    "case-stopped": Message("Notice that a case changes nothing"),
    "case-done": Message("Case done"),
}
_ANOTHER_MAIL = Message("Another message")
_TRAIL: Mapping[str, Message] = {
    EventType.SIGN_IN_SUCCEEDED: Message("Signed in"),
    EventType.SIGN_IN_FAILED: Message("Could not sign in"),
    EventType.SIGN_IN_THROTTLED: Message("Had to wait after failed tries"),
    EventType.SIGN_IN_REFUSED: Message("Refused: a risky network"),
    EventType.SIGN_IN_REPORTED: Message("The owner said: this wasn’t me"),
    EventType.SESSION_RAISED: Message("Proved a second factor later"),
    EventType.DEVICE_CONNECTED: Message("Connected a device"),
    EventType.PROOF_FAILED: Message("A code or key was wrong"),
    EventType.CODE_SENT: Message("A code was sent"),
    EventType.SUPPORT_VIEWED: Message("Looked at the account"),
    EventType.SUPPORT_REFUSED: Message("Was not let do something"),
    EventType.SUPPORT_MAILED: Message("Sent a mail"),
    EventType.SESSIONS_ENDED: Message("Signed the customer out everywhere"),
    EventType.ACCOUNT_BLOCKED: Message("Blocked the account"),
    EventType.ACCOUNT_DISABLED: Message("Blocked the account"),
    EventType.ACCOUNT_ENABLED: Message("Unblocked the account"),
    EventType.ACCOUNT_UNBLOCKED: Message("Unblocked the account"),
    EventType.ACCOUNT_CREATED: Message("Made the account"),
    EventType.LINK_ISSUED: Message("Had a link mailed"),
    EventType.CASE_OPENED: Message("Opened a case"),
    EventType.CASE_VIEWED: Message("Looked at a case"),
    EventType.CASE_CHANGED: Message("Worked on a case"),
    EventType.CASE_PROPOSED: Message("Proposed to approve a case"),
    EventType.CASE_APPROVED: Message("Approved a case"),
    EventType.CASE_APPLIED: Message("What a case decided was done"),
    EventType.CASE_REFUSED: Message("Refused a case"),
    EventType.CASE_FROZEN: Message("Stopped a case"),
    EventType.DOCUMENT_VIEWED: Message("Looked at a document"),
}
_MAILED: Mapping[str, Message] = {
    "new-password": Message("Mailed a link to a new password"),
    "customer-id": Message("Mailed the customer ID"),
}
_ANOTHER_EVENT = Message("Did something else")


def said_status(person: Person) -> Message:
    """How an account stands."""
    match person.status:
        case AccountStatus.ACTIVE if person.delete_at is not None:
            return Message("Active, its deletion is planned")
        case AccountStatus.ACTIVE:
            return Message("Active")
        case AccountStatus.INCOMPLETE:
            return Message("Incomplete: no password was chosen yet")
        case AccountStatus.DELETED:
            return Message("Deleted")
        case AccountStatus.DISABLED:
            return _BLOCKED[person.blocked_by]


_BLOCKED: Mapping[BlockedBy, Message] = {
    BlockedBy.OWNER: Message("Blocked by its owner"),
    BlockedBy.STAFF: Message("Blocked by support"),
    BlockedBy.OPERATOR: Message("Blocked by the operator"),
}


def said_mail(message: LoggedMessage) -> Message:
    return MAILS.get(message.template, _ANOTHER_MAIL)


def said_sending(message: LoggedMessage) -> Message:
    """What became of a message, with the mail server's reply."""
    match message.status:
        case Status.DELIVERED:
            return Message("Accepted")
        case Status.FAILED:
            return Message("Bounced")
        case Status.EXPIRED:
            return Message("Not accepted in time")
        case _:
            return Message("Deferred") if message.reply else Message("Waiting")


def said_event(entry: TrailEntry) -> Message:
    mailed = _MAILED.get(entry.reason) if entry.type == EventType.SUPPORT_MAILED else None
    return mailed or _TRAIL.get(entry.type, _ANOTHER_EVENT)
