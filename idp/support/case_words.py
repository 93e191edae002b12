"""What agents read of a case: its history, and why an act is not done."""

from collections.abc import Mapping
from datetime import timedelta

from idp.account.cases.deciding import CaseAct, CaseRefusal, Obstacle
from idp.events.case_words import ASK_REASONS, DOCUMENTS, REFUSE_REASONS
from idp.records.case import AskReason, CaseEntry, DocumentKind, RefuseReason, What
from idp.support.permits import SENTENCES
from idp.web.locale import Message

REFUSALS: Mapping[CaseRefusal, Message] = {
    **SENTENCES,
    CaseRefusal.UNKNOWN: Message("There is no such case."),
    CaseRefusal.CHANGED: Message(
        "The case changed while you looked at it. This is how it stands now: look again, then repeat."
    ),
    CaseRefusal.CLOSED: Message("The case is closed."),
    CaseRefusal.WRONG_STATE: Message("The case is not at this point."),
    CaseRefusal.NOT_OWNER: Message("Take the case first, so that nobody else works on it meanwhile."),
    CaseRefusal.OWNED: Message("A colleague works on it. Take it over if they can’t go on."),
    CaseRefusal.ALREADY_YOURS: Message("You work on it already."),
    CaseRefusal.SAME_AGENT: Message("You proposed it. Another agent has to approve."),
    CaseRefusal.PROPOSER_GONE: Message("Whoever proposed it may not any more. Withdraw the proposal."),
    CaseRefusal.BLOCKED_SINCE: Message(
        "The account was blocked after the proposal. Withdraw it, look again, then propose anew."
    ),
    CaseRefusal.NO_ACCOUNT: Message("The case belongs to no account yet. Say whose it is."),
    CaseRefusal.NEEDS_READ_BACK: Message("The caller has to read back a code from the backup mailbox first."),
    CaseRefusal.NEEDS_ADDRESS: Message("The customer has to prove a new address first."),
    CaseRefusal.NEEDS_DOCUMENT: Message("A document, or a domain that was proven, has to show whose it is."),
    CaseRefusal.NEEDS_EITHER: Message(
        "A document, a domain that was proven, or a code that was read back, has to show whose it is."
    ),
    CaseRefusal.NO_ADDRESS: Message("There is no mailbox whose code could be read back."),
    CaseRefusal.NO_CONTACT: Message("Whoever asks has proven no address that we could write to."),
    CaseRefusal.THEIR_FORM: Message("The customer begins this with the form online."),
    CaseRefusal.WRONG_CODE: Message("That is not the code. Ask the caller to read it again."),
    CaseRefusal.NO_CODE: Message("There is no code to read back. Send a new one."),
    CaseRefusal.TOO_MANY: Message("Too many wrong codes. Send a new one later."),
    CaseRefusal.EMPTY: Message("Something is missing in the form."),
}

ACTS: Mapping[CaseAct, Message] = {
    CaseAct.TAKE: Message("Take the case"),
    CaseAct.TAKE_OVER: Message("Take it over"),
    CaseAct.RELEASE: Message("Give it back to the queue"),
    CaseAct.NOTE: Message("Add a note"),
    CaseAct.ASSIGN: Message("Say whose account it is"),
    CaseAct.ASK_DOCUMENT: Message("Ask for a document"),
    CaseAct.SEND_READ_BACK: Message("Mail a code to read back"),
    CaseAct.RESEND: Message("Mail the link to the case anew"),
    CaseAct.READ_BACK: Message("Check what the caller reads"),
    CaseAct.PROPOSE: Message("Propose to approve"),
    CaseAct.APPROVE: Message("Approve"),
    CaseAct.WITHDRAW: Message("Withdraw the proposal"),
    CaseAct.REFUSE: Message("Refuse the case"),
}

_LINES: Mapping[What, Message] = {
    What.OPENED: Message("Opened the case"),
    What.SUBMITTED: Message("Sent the form"),
    What.TAKEN: Message("Took the case"),
    What.TAKEN_OVER: Message("Took the case over"),
    What.RELEASED: Message("Gave the case back"),
    What.NOTE: Message("Note"),
    What.ASKED: Message("Asked for a document"),
    What.DOCUMENT: Message("Added a document"),
    What.ADDRESS_PROVEN: Message("Proved an address"),
    What.DOMAIN_CHOSEN: Message("Chose a domain"),
    What.DOMAIN_PROVEN: Message("Found the proof on the domain"),
    What.LINK_SENT: Message("Had the link mailed anew"),
    What.CODE_SENT: Message("Had a code mailed"),
    What.READ_BACK: Message("The caller read the code back"),
    What.READ_BACK_WRONG: Message("What the caller read was wrong"),
    What.ASSIGNED: Message("Said whose account it is"),
    What.PROPOSED: Message("Proposed to approve"),
    What.APPROVED: Message("Approved"),
    What.WITHDRAWN: Message("Withdrew the proposal"),
    What.REFUSED: Message("Refused the case"),
    What.FROZEN: Message("Cancelled by mail: go on with new documents, or a domain that is proven anew"),
    What.CANCELLED_AGAIN: Message("Cancelled by mail once more: nothing was stopped, so look again"),
    What.APPLIED: Message("Done, as approved"),
    What.REOPENED: Message("Went back to the queue"),
    What.EXPIRED: Message("Expired: nothing came for too long"),
    What.DOCUMENTS_DELETED: Message("Deleted the documents"),
}
_OBSTACLES: Mapping[str, Message] = {
    Obstacle.STAFF_GONE: Message("An agent who decided it is none any more."),
    Obstacle.ACCOUNT_CLOSED: Message("The account was blocked or deleted meanwhile."),
    Obstacle.ABOVE_THEM: Message("The account stands above the agents now."),
    Obstacle.NOT_BLOCKED: Message("The account is not blocked any more, or by the operator."),
    Obstacle.FACTOR_USED: Message(
        "A second factor was used after the approval: it is not lost, or a thief has it. Then block the account first."
    ),
    Obstacle.ADDRESS_CHANGED: Message("The address that was proven is not the account’s any more."),
    Obstacle.ADDRESS_TAKEN: Message("Another account has the new address by now."),
    Obstacle.NO_EVIDENCE: Message("What showed whose account it is, is gone."),
}


def said_line(entry: CaseEntry) -> Message:
    return _LINES[What(entry.what)]


def said_detail(entry: CaseEntry) -> Message | str:
    """A code in words, or a person's own words."""
    match What(entry.what):
        case What.ASKED:
            document, _, reason = entry.detail.partition(" ")
            words = {"document": DOCUMENTS[DocumentKind(document)], "reason": ASK_REASONS[AskReason(reason)]}
            return Message("%(document)s. %(reason)s", words)
        case What.DOCUMENT:
            return DOCUMENTS[DocumentKind(entry.detail)]
        case What.REFUSED:
            return REFUSE_REASONS[RefuseReason(entry.detail)]
        case What.REOPENED:
            # Else the reference of the case that changed the account.
            return _OBSTACLES.get(entry.detail, entry.detail)
        case What.TAKEN_OVER:
            return ""
        case _:
            return entry.detail


def said_wait(act: CaseAct, seconds: int) -> Message:
    wait = {"time": timedelta(seconds=seconds)}
    if act is CaseAct.READ_BACK:
        return Message("Too many codes were tried. This one was not looked at: wait %(time)s.", wait)
    if act is CaseAct.RESEND:
        return Message("The link was sent a moment ago. Wait %(time)s.", wait)
    return Message("A code was sent just now. Wait %(time)s.", wait)
