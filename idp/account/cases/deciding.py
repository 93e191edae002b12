"""Who may do what to a case, and when. Pure.

No agent acts alone on recovery: whoever approves is not who proposed, and both are active agents at that moment, and
again when it applies. Nobody acts on their own account, or on who stands above them. Nothing is proposed without what
shows whose account it is; nothing applies before every known address had the time to cancel.
"""

from enum import StrEnum

from idp.account.agent import Agent
from idp.account.cases.contacts import contacts
from idp.account.cases.file import CaseFile, active_agent
from idp.records.account import AccountStatus, BlockedBy, Person
from idp.records.case import CaseKind, CaseStatus
from idp.spec.identifier import canonical_email


class CaseAct(StrEnum):
    """What agents do to cases: the values of their buttons."""

    TAKE = "take"
    TAKE_OVER = "take-over"
    RELEASE = "release"
    NOTE = "note"
    ASSIGN = "assign"
    ASK_DOCUMENT = "ask-document"
    SEND_READ_BACK = "send-read-back"
    READ_BACK = "read-back"
    RESEND = "resend"
    """The link to the case, to who asked."""
    PROPOSE = "propose"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"


class CaseRefusal(StrEnum):
    """Why an act is not done. Pages have a sentence for each."""

    UNKNOWN = "unknown"
    """There is no such case, or its form is still being filled in."""
    CHANGED = "changed"
    """Somebody else was quicker: it was decided on an older version."""
    CLOSED = "closed"
    WRONG_STATE = "wrong-state"
    NOT_STAFF = "not-staff"
    YOURSELF = "yourself"
    ABOVE_YOU = "above-you"
    NOT_OWNER = "not-owner"
    OWNED = "owned"
    """Another agent works on it: taking it over is an act of its own."""
    ALREADY_YOURS = "already-yours"
    SAME_AGENT = "same-agent"
    PROPOSER_GONE = "proposer-gone"
    NO_ACCOUNT = "no-account"
    NOT_BLOCKED = "not-blocked"
    OPERATORS_BLOCK = "operators-block"
    BLOCKED_SINCE = "blocked-since"
    """Somebody blocked the account after the proposal: whoever approves may not have seen it."""
    NEEDS_READ_BACK = "needs-read-back"
    NEEDS_ADDRESS = "needs-address"
    NEEDS_DOCUMENT = "needs-document"
    NEEDS_EITHER = "needs-either"
    NO_ADDRESS = "no-address"
    """There is no mailbox whose code could be read back."""
    NO_CONTACT = "no-contact"
    """Nobody who asks has proven an address that we could write to."""
    NO_FACTOR = "no-factor"
    THEIR_FORM = "their-form"
    """Documents begin with the person's own form."""
    WRONG_CODE = "wrong-code"
    NO_CODE = "no-code"
    TOO_MANY = "too-many"
    EMPTY = "empty"
    """The act lacks what it is about: a note's words, a reason, a document."""


class Obstacle(StrEnum):
    """Why an approved case can't be applied. It goes back to the agents, who are told."""

    STAFF_GONE = "staff-gone"
    ACCOUNT_CLOSED = "account-closed"
    ABOVE_THEM = "above-them"
    NOT_BLOCKED = "not-blocked"
    FACTOR_USED = "factor-used"
    """What is said to be lost was used after the approval."""
    ADDRESS_CHANGED = "address-changed"
    ADDRESS_TAKEN = "address-taken"
    NO_EVIDENCE = "no-evidence"


_WORKABLE = frozenset(status for status in CaseStatus if not status.is_closed) - {CaseStatus.DRAFT}
_UNDECIDED = frozenset({CaseStatus.OPEN, CaseStatus.WAITING})
_DECIDED = frozenset({CaseStatus.PROPOSED, CaseStatus.COOLING})
_STATES: dict[CaseAct, frozenset[CaseStatus]] = {
    CaseAct.TAKE: _WORKABLE,
    CaseAct.TAKE_OVER: _WORKABLE,
    CaseAct.RELEASE: _WORKABLE,
    CaseAct.NOTE: frozenset(CaseStatus) - {CaseStatus.DRAFT},
    CaseAct.ASSIGN: _UNDECIDED,
    CaseAct.ASK_DOCUMENT: _UNDECIDED,
    CaseAct.SEND_READ_BACK: _UNDECIDED,
    CaseAct.READ_BACK: _UNDECIDED,
    CaseAct.RESEND: _WORKABLE,
    CaseAct.PROPOSE: frozenset({CaseStatus.OPEN}),
    CaseAct.APPROVE: frozenset({CaseStatus.PROPOSED}),
    CaseAct.WITHDRAW: _DECIDED,
    CaseAct.REFUSE: _WORKABLE,
}
# Whoever withdraws stops something, as whoever approves is the second pair of eyes: they need not own the case. Nor
# does who answers a call about a lost link: it goes where the case's mails go.
_WITHOUT_OWNING = frozenset(
    {CaseAct.TAKE, CaseAct.TAKE_OVER, CaseAct.NOTE, CaseAct.RESEND, CaseAct.APPROVE, CaseAct.WITHDRAW}
)


def check_act(file: CaseFile, act: CaseAct, agent: Agent | None) -> CaseRefusal | None:
    """Why an agent may not do this to a case now; None if they may. `agent` is None for who is none any more."""
    case = file.case
    if agent is None:
        return CaseRefusal.NOT_STAFF
    if case.status is CaseStatus.DRAFT:
        return CaseRefusal.UNKNOWN
    if file.target is not None and (over := check_over(agent, file.target)):
        return over
    if case.status not in _STATES[act]:
        return CaseRefusal.CLOSED if case.status.is_closed else CaseRefusal.WRONG_STATE
    if act not in _WITHOUT_OWNING and case.owner_id != agent.subject_id:
        return CaseRefusal.NOT_OWNER
    match act:
        case CaseAct.TAKE | CaseAct.TAKE_OVER:
            return _check_taking(file, act, agent)
        case CaseAct.ASSIGN:
            return None if case.kind is CaseKind.MAILBOX_DOCUMENTS else CaseRefusal.WRONG_STATE
        case CaseAct.SEND_READ_BACK | CaseAct.READ_BACK:
            return None if read_back_address(file) else CaseRefusal.NO_ADDRESS
        case CaseAct.RESEND:
            return None if contacts(case, file.target) else CaseRefusal.NO_CONTACT
        case CaseAct.PROPOSE:
            return check_evidence(file)
        case CaseAct.APPROVE:
            return _check_approval(file, agent)
        case _:
            return None


def check_over(agent: Agent, target: Person) -> CaseRefusal | None:
    """Nobody acts on themselves, or on who stands above them."""
    if target.subject_id == agent.subject_id:
        return CaseRefusal.YOURSELF
    return CaseRefusal.ABOVE_YOU if target.rank > agent.rank else None


def check_evidence(file: CaseFile) -> CaseRefusal | None:
    """What is missing before anybody may propose, or approve."""
    case, target = file.case, file.target
    if target is None or target.status is AccountStatus.DELETED:
        return CaseRefusal.NO_ACCOUNT
    match case.kind:
        case CaseKind.MAILBOX_BACKUP:
            return None if case.read_back_at is not None else CaseRefusal.NEEDS_READ_BACK
        case CaseKind.MAILBOX_DOCUMENTS:
            if case.new_email_verified_at is None:
                return CaseRefusal.NEEDS_ADDRESS
            return None if file.is_shown else CaseRefusal.NEEDS_DOCUMENT
        case CaseKind.UNBLOCK if blocked := check_block(target):
            return blocked
        case CaseKind.FACTOR | CaseKind.UNBLOCK:
            if file.is_shown or (case.read_back_at is not None and case.frozen_at is None):
                return None
            return CaseRefusal.NEEDS_DOCUMENT if case.frozen_at is not None else CaseRefusal.NEEDS_EITHER


def check_block(target: Person) -> CaseRefusal | None:
    """Whether there is a block that support may lift: what the operator set, the operator lifts."""
    if target.status is not AccountStatus.DISABLED:
        return CaseRefusal.NOT_BLOCKED
    return CaseRefusal.OPERATORS_BLOCK if target.blocked_by is BlockedBy.OPERATOR else None


def check_apply(file: CaseFile) -> Obstacle | None:
    """Whether what was approved may still happen: the agents, the account and the proofs are looked at again."""
    proposer, approver, target = active_agent(file.proposer), active_agent(file.approver), file.target
    if proposer is None or approver is None or proposer.subject_id == approver.subject_id:
        return Obstacle.STAFF_GONE
    if target is None or target.status is AccountStatus.DELETED:
        return Obstacle.ACCOUNT_CLOSED
    if check_over(proposer, target) or check_over(approver, target):
        return Obstacle.ABOVE_THEM
    if file.case.kind is CaseKind.UNBLOCK and check_block(target):
        return Obstacle.NOT_BLOCKED
    if _is_blocked_since(file, file.case.approved_at):
        return Obstacle.ACCOUNT_CLOSED
    if file.case.kind is CaseKind.FACTOR and (file.factor_at or 0) > (file.case.approved_at or 0):
        return Obstacle.FACTOR_USED
    if check_evidence(file):
        return Obstacle.NO_EVIDENCE
    return None if _is_same_address(file) else Obstacle.ADDRESS_CHANGED


def read_back_address(file: CaseFile) -> str | None:
    """The mailbox whose code a caller reads back, of those that were proven: the backup one. Whoever reads the primary
    one can choose a new password already: it lifts a block where there is no other, and never takes a second factor.
    """
    target = file.target
    if target is None or file.case.kind is CaseKind.MAILBOX_DOCUMENTS:
        return None
    if target.backup_email_verified:
        return target.backup_email
    is_enough = file.case.kind is CaseKind.UNBLOCK and target.primary_email_verified
    return target.primary_email if is_enough else None


def _check_taking(file: CaseFile, act: CaseAct, agent: Agent) -> CaseRefusal | None:
    owner = file.case.owner_id
    if owner == agent.subject_id:
        return CaseRefusal.ALREADY_YOURS
    if act is CaseAct.TAKE:
        return CaseRefusal.OWNED if owner is not None else None
    return None if owner is not None else CaseRefusal.WRONG_STATE


def _check_approval(file: CaseFile, agent: Agent) -> CaseRefusal | None:
    proposer = active_agent(file.proposer)
    if file.case.proposed_by == agent.subject_id:
        return CaseRefusal.SAME_AGENT
    if proposer is None or (file.target is not None and check_over(proposer, file.target)):
        return CaseRefusal.PROPOSER_GONE
    if _is_blocked_since(file, file.case.proposed_at):
        return CaseRefusal.BLOCKED_SINCE
    return check_evidence(file)


def _is_blocked_since(file: CaseFile, decided_at: int | None) -> bool:
    """Whether the account was blocked by the operator, or after a decision: somebody saw what the agents did not."""
    target = file.target
    if target is None or not target.status.is_closed or file.case.kind is CaseKind.UNBLOCK:
        return False
    is_later = file.disabled_at is None or file.disabled_at >= (decided_at or 0)
    return is_later or target.blocked_by is BlockedBy.OPERATOR


def _is_same_address(file: CaseFile) -> bool:
    """Whether a code that was read back went to the address that the account still has."""
    if file.case.read_back_at is None:
        return True
    address = read_back_address(file)
    return address is not None and canonical_email(address) == file.case.new_email_key
