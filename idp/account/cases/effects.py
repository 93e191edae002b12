"""The effects of each act of an agent on a case, for one transaction. Whether it may be done is decided before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from idp.account.cases.deciding import CaseAct, CaseRefusal, check_over, read_back_address
from idp.account.cases.file import CaseFile, active_agent
from idp.account.cases.history import recorded
from idp.account.cases.holding import hold, hold_staff
from idp.account.cases.mails import Writing, asked, cooling, link_again, refused, withdrawn
from idp.account.office import Office
from idp.records.account import Person
from idp.records.case import AskReason, CaseStatus, DocumentKind, RefuseReason, What
from idp.records.event import EventType, Occasion
from idp.spec.identifier import canonical_email
from idp.store import case_changes as changes
from idp.store.cases import ASK_FOR_BETTER
from idp.store.statement import Effect, Value, Write

_HOUR = 3_600
LONGEST_NOTE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An act that an agent asks for, on the version that they saw. The texts are what its form has fields for;
    `account` is whose case it is said to be; `also` are further effects, each of which may undo everything (a redeemed
    code).
    """

    case_id: str
    version: int
    act: CaseAct
    note: str = ""
    document: str = ""
    document_id: str = ""
    reason: str = ""
    account: Person | None = None
    also: Sequence[Effect] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """An act that is being done: by whom, in which file."""

    office: Office
    occasion: Occasion
    file: CaseFile
    person: Person

    @property
    def writing(self) -> Writing:
        return Writing(
            office=self.office, case=self.file.case, person=self.file.target, now=self.occasion.now
        )

    def change(self, write: Write, **values: Value) -> Effect:
        """A new version of the case."""
        case = self.file.case
        return write.effect(
            expects=1, of_case=case.case_id, seen_version=case.version, now=self.occasion.now, **values
        )

    def line(self, what: What, detail: str = "", kind: EventType = EventType.CASE_CHANGED) -> list[Effect]:
        """Its line of the history, and its audit event."""
        author = self.person.subject_id
        return recorded(self.office, self.occasion, self.file.case, what, kind, author=author, detail=detail)


def effects_of(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    """What the act changes; or why it can't be told from what was typed. Whoever does it, and whoever proposed what is
    approved, is still an agent when it is done.
    """
    found = _effects_of(doing, wanted)
    if isinstance(found, CaseRefusal):
        return found
    proposer = doing.file.proposer if wanted.act is CaseAct.APPROVE else None
    return [*hold_staff(doing.person, proposer), *found]


def _effects_of(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    match wanted.act:
        case CaseAct.TAKE | CaseAct.TAKE_OVER:
            return _take(doing)
        case CaseAct.RELEASE:
            return [
                doing.change(changes.RELEASE_CASE, agent=doing.person.subject_id),
                *doing.line(What.RELEASED),
            ]
        case CaseAct.NOTE:
            return _note(doing, wanted)
        case CaseAct.ASSIGN:
            return _assign(doing, wanted)
        case CaseAct.ASK_DOCUMENT:
            return _ask(doing, wanted)
        case CaseAct.SEND_READ_BACK | CaseAct.RESEND:
            return _sent(doing, wanted.act)
        case CaseAct.READ_BACK:
            return _read_back(doing)
        case CaseAct.PROPOSE:
            return _propose(doing, wanted)
        case CaseAct.APPROVE:
            return _approve(doing)
        case CaseAct.WITHDRAW:
            return [
                doing.change(changes.REOPEN_CASE),
                *doing.line(What.WITHDRAWN, _noted(wanted)),
                *withdrawn(doing.writing),
            ]
        case CaseAct.REFUSE:
            return _refuse(doing, wanted)


def _take(doing: Doing) -> list[Effect]:
    former = doing.file.case.owner_id
    what = What.TAKEN_OVER if former else What.TAKEN
    return [doing.change(changes.TAKE_CASE, agent=doing.person.subject_id), *doing.line(what, former or "")]


def _note(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    if not _noted(wanted):
        return CaseRefusal.EMPTY
    return [doing.change(changes.NOTE_CASE), *doing.line(What.NOTE, _noted(wanted))]


def _assign(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    agent, account = active_agent(doing.person), wanted.account
    if account is None or agent is None:
        return CaseRefusal.NO_ACCOUNT
    if over := check_over(agent, account):
        return over
    return [
        doing.change(changes.ASSIGN_CASE, to_subject=account.subject_id),
        *doing.line(What.ASSIGNED, account.customer_id),
    ]


def _ask(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    """For a document that is missing, or for a better one than a certain one, which counts no more."""
    if wanted.reason not in set(AskReason):
        return CaseRefusal.EMPTY
    reason = AskReason(wanted.reason)
    kind, marked = wanted.document, []
    if wanted.document_id:
        former = next((one for one in doing.file.documents if one.document_id == wanted.document_id), None)
        if former is None:
            return CaseRefusal.CHANGED
        kind = former.kind
        marked = [
            ASK_FOR_BETTER.effect(
                expects=1,
                of_document=former.document_id,
                of_case=doing.file.case.case_id,
                why=reason.value,
            )
        ]
    if kind not in set(DocumentKind):
        return CaseRefusal.EMPTY
    return [
        doing.change(changes.ASK_DOCUMENT),
        *marked,
        *doing.line(What.ASKED, f"{kind} {reason}"),
        *asked(doing.writing, DocumentKind(kind), reason),
    ]


def _sent(doing: Doing, act: CaseAct) -> list[Effect]:
    """A code has its mail already; it is no business of the case's."""
    if act is CaseAct.RESEND:
        return [doing.change(changes.NOTE_CASE), *doing.line(What.LINK_SENT), *link_again(doing.writing)]
    return [doing.change(changes.NOTE_CASE), *doing.line(What.CODE_SENT)]


def _read_back(doing: Doing) -> list[Effect] | CaseRefusal:
    """The code was right, and is redeemed in the same transaction (`Wanted.also`)."""
    address = read_back_address(doing.file)
    if address is None:
        return CaseRefusal.NO_ADDRESS
    change = doing.change(changes.READ_BACK, proven_email=address, proven_key=canonical_email(address))
    return [change, *doing.line(What.READ_BACK)]


def _propose(doing: Doing, wanted: Wanted) -> list[Effect]:
    return [
        doing.change(changes.PROPOSE_CASE, agent=doing.person.subject_id),
        *doing.line(What.PROPOSED, _noted(wanted), EventType.CASE_PROPOSED),
    ]


def _approve(doing: Doing) -> list[Effect]:
    apply_at = doing.occasion.now + doing.office.settings.recovery.cooling_hours * _HOUR
    case, target = replace(doing.file.case, status=CaseStatus.COOLING, apply_at=apply_at), doing.file.target
    return [
        *([hold(target)] if target is not None else []),
        doing.change(changes.APPROVE_CASE, agent=doing.person.subject_id, cooled_at=apply_at),
        *doing.line(What.APPROVED, kind=EventType.CASE_APPROVED),
        *cooling(replace(doing.writing, case=case), apply_at=apply_at),
    ]


def _refuse(doing: Doing, wanted: Wanted) -> list[Effect] | CaseRefusal:
    if wanted.reason not in set(RefuseReason):
        return CaseRefusal.EMPTY
    reason = RefuseReason(wanted.reason)
    return [
        doing.change(changes.REFUSE_CASE),
        *doing.line(What.REFUSED, reason.value, EventType.CASE_REFUSED),
        *refused(doing.writing, reason),
    ]


def _noted(wanted: Wanted) -> str:
    return wanted.note.strip()[:LONGEST_NOTE]
