"""Opening a case: by a person, who fills in a form for a while, or by an agent, with somebody on the phone."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from idp.account.agent import Agent
from idp.account.cases.deciding import CaseRefusal, check_block, check_over
from idp.account.cases.file import active_agent
from idp.account.cases.history import CUSTOMER, recorded
from idp.account.cases.holding import hold, hold_staff
from idp.account.cases.mails import Writing, received
from idp.account.office import Office
from idp.records.account import Person, SubjectId
from idp.records.case import Case, CaseKind, CaseStatus, What
from idp.records.event import EventType, Occasion
from idp.records.ports import Entropy
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.case_changes import KEEP_ONLY_CASE, SAVE_DRAFT, SUBMIT_CASE
from idp.store.cases import CASES_OF_ADDRESS, CASES_OF_SUBJECT, INSERT_CASE
from idp.store.factors import STANDING
from idp.store.statement import Effect

# Letters and digits that nobody confuses when they read them out (Crockford's, without what looks or sounds alike).
_ALPHABET = "2346789BCDFGHJKMPQRTVWXY"
_GROUP, _LENGTH = 4, 8
AGENTS_KINDS = (CaseKind.MAILBOX_BACKUP, CaseKind.FACTOR, CaseKind.UNBLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case that is open now. Not `is_new`: the same was asked before, and nothing changed."""

    case: Case
    is_new: bool


def new_reference(entropy: Entropy) -> str:
    """What people quote, such as `K7QF-29DM`."""
    number = int.from_bytes(entropy.token_bytes(16), "big")
    letters = "".join(
        _ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(_LENGTH)
    )
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def new_draft(
    entropy: Entropy,
    *,
    browser_digest: bytes,
    language: str,
    now: int,
    kind: CaseKind = CaseKind.MAILBOX_DOCUMENTS,
    typed_identifier: str = "",
) -> tuple[str, Effect]:
    """A form that somebody begins to fill in, in one browser: its case_id, and its row. It is forgotten after a day."""
    case = replace(
        _new_case(entropy, kind, opened_by=CUSTOMER, language=language, now=now),
        typed_identifier=typed_identifier,
        browser_digest=browser_digest,
    )
    return case.case_id, _insertion(case)


async def save_draft(
    office: Office,
    case: Case,
    *,
    subject_id: SubjectId | None,
    typed_identifier: str,
    typed_name: str,
    account_kind: str,
    reason: str,
    now: int,
) -> bool:
    """Keep what was typed. False if another request changed the draft meanwhile. `subject_id` is whoever the identifier
    names; nothing shows whether it names anybody.
    """
    return await office.database.apply(
        [
            SAVE_DRAFT.effect(
                expects=1,
                of_case=case.case_id,
                seen_version=case.version,
                subject_id=subject_id,
                typed_identifier=typed_identifier,
                typed_name=typed_name,
                account_kind=account_kind,
                reason=reason,
                now=now,
            )
        ]
    )


async def open_case(
    office: Office, occasion: Occasion, case: Case, *, also: Sequence[Effect] = ()
) -> Opened | None:
    """Send a complete form in: it is in the queue, and its address gets a mail with the link to it.

    The same once more from the same address shows the first. Somebody else's case for the same account is none of
    theirs. None, with nothing changed, if the form is not complete (`new_email` is proven by a code) or was sent
    meanwhile, or one of the effects `also` met an unexpected row count.
    """
    assert case.status is CaseStatus.DRAFT
    if case.new_email_key is None:
        return None
    if former := await _former(office, case):
        await office.database.apply(
            received(Writing(office=office, case=former, person=None, now=occasion.now))
        )
        office.outbox.wake()
        return Opened(case=former, is_new=False)
    target = await _person(office, case.subject_id)
    sent = replace(case, status=CaseStatus.OPEN, queued_at=occasion.now, browser_digest=None)
    effects = [
        SUBMIT_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=occasion.now),
        *also,
        *recorded(office, occasion, case, What.SUBMITTED, EventType.CASE_OPENED, author=CUSTOMER),
        *received(Writing(office=office, case=sent, person=target, now=occasion.now)),
    ]
    if not await office.database.apply(effects):
        return None
    office.outbox.wake()
    return Opened(case=replace(sent, version=case.version + 1), is_new=True)


async def open_case_for(
    office: Office, occasion: Occasion, agent: Agent, target: Person, kind: CaseKind, *, note: str = ""
) -> Opened | CaseRefusal:
    """An agent opens a case, and owns it. Where agents have one of this kind open for the account, that one. Of
    `AGENTS_KINDS` only: the others begin with the person's own form.
    """
    if refusal := await check_opening(office, agent, target, kind):
        return refusal
    if former := await _agents_case(office, target.subject_id, kind):
        return Opened(case=former, is_new=False)
    language = target.language or office.settings.language.default
    case = replace(
        _new_case(office.entropy, kind, opened_by=agent.subject_id, language=language, now=occasion.now),
        status=CaseStatus.OPEN,
        subject_id=target.subject_id,
        typed_identifier=target.customer_id,
        account_kind=target.kind,
        owner_id=agent.subject_id,
        owned_at=occasion.now,
        queued_at=occasion.now,
    )
    author = agent.subject_id
    effects = [
        *hold_staff(await _person(office, author)),
        hold(target),
        _insertion(case),
        KEEP_ONLY_CASE.effect(expects=1, of_case=case.case_id),
        *recorded(office, occasion, case, What.OPENED, EventType.CASE_OPENED, author=author, detail=note),
        *received(Writing(office=office, case=case, person=target, now=occasion.now)),
    ]
    if not await office.database.apply(effects):
        beside = await _agents_case(office, target.subject_id, kind)
        return Opened(case=beside, is_new=False) if beside else CaseRefusal.CHANGED
    office.outbox.wake()
    return Opened(case=case, is_new=True)


async def check_opening(office: Office, agent: Agent, target: Person, kind: CaseKind) -> CaseRefusal | None:
    """Why an agent can't open such a case for this account; None if they can."""
    current = active_agent(await _person(office, agent.subject_id))
    if current is None:
        return CaseRefusal.NOT_STAFF
    if over := check_over(current, target):
        return over
    match kind:
        case CaseKind.MAILBOX_BACKUP:
            return None if target.backup_email and target.backup_email_verified else CaseRefusal.NO_ADDRESS
        case CaseKind.FACTOR:
            standing = await office.database.one(STANDING, of_subject=target.subject_id)
            has_any = standing is not None and (standing.has_two_factor or standing.has_device)
            return None if has_any else CaseRefusal.NO_FACTOR
        case CaseKind.UNBLOCK:
            return check_block(target)
        case CaseKind.MAILBOX_DOCUMENTS:
            return CaseRefusal.THEIR_FORM


def _new_case(entropy: Entropy, kind: CaseKind, *, opened_by: str, language: str, now: int) -> Case:
    nothing: dict[str, Any] = {
        field.name: "" if field.type == "str" or field.type is str else None for field in fields(Case)
    }
    return Case(
        **{
            **nothing,
            "case_id": entropy.uuid7(now),
            "reference": new_reference(entropy),
            "kind": kind,
            "status": CaseStatus.DRAFT,
            "version": 1,
            "language": language,
            "opened_by": opened_by,
            "created_at": now,
            "updated_at": now,
        }
    )


def _insertion(case: Case) -> Effect:
    row = {field.name: getattr(case, field.name) for field in fields(Case)}
    return INSERT_CASE.effect(**{**row, "kind": case.kind.value, "status": case.status.value})


async def _former(office: Office, case: Case) -> Case | None:
    """The same that the same person asked before: they have the address that it was asked from."""
    cases = await office.database.all(CASES_OF_ADDRESS, of_key=case.new_email_key)
    who = (case.kind, case.subject_id, case.typed_identifier if case.subject_id is None else "")
    return next(
        (
            one
            for one in cases
            if (one.kind, one.subject_id, one.typed_identifier if one.subject_id is None else "") == who
        ),
        None,
    )


async def _agents_case(office: Office, subject_id: SubjectId, kind: CaseKind) -> Case | None:
    cases = await office.database.all(CASES_OF_SUBJECT, of_subject=subject_id)
    return next(
        (
            case
            for case in cases
            if case.kind is kind and not case.status.is_closed and case.opened_by != CUSTOMER
        ),
        None,
    )


async def _person(office: Office, subject_id: SubjectId | None) -> Person | None:
    """By the same statement where a form names nobody."""
    return await office.database.one(PERSON_BY_SUBJECT, subject_id=subject_id or "")
