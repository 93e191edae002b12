"""Cancelling what was approved, by a link in a mail that every known address got. Nobody signs in for it.

It stops the case, and never closes it: whoever cancels may be the owner, or whoever took their mailbox. So once it goes
to the documents, and all the other addresses are told. A second time, after agents have looked again, changes nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from idp.account.cases.history import CUSTOMER, recorded
from idp.account.cases.links import OpenCaseLink
from idp.account.cases.mails import Writing, frozen
from idp.account.office import Office
from idp.events.masking import masked_email
from idp.records.case import Case, CaseKind, CaseStatus, What
from idp.records.event import EventType, Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.case_changes import FREEZE_CASE
from idp.store.cases import CASE, CASE_LINK, REDEEM_CASE_LINK
from idp.store.database import DatabaseUnavailable
from idp.store.statement import Effect

_TRIES = 10


class Cancelled(StrEnum):
    """What cancelling did, or would do."""

    FROZEN = "frozen"
    """It is stopped."""
    AGAIN = "again"
    """It was stopped once already: agents are told, and nothing else changes."""
    STOPPED = "stopped"
    """There is nothing to stop now, and support goes on with it."""
    CLOSED = "closed"
    """It came to an end without a change."""
    DONE = "done"
    """Too late: it was applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """`is_used`: by this link already."""

    outcome: Cancelled
    is_used: bool


def consider(found: OpenCaseLink) -> Cancellation:
    """What cancelling by this link would do now. Pure."""
    return Cancellation(outcome=_outcome(found.case), is_used=found.link.redeemed_at is not None)


async def cancel(office: Office, occasion: Occasion, found: OpenCaseLink) -> Cancelled:
    """Use the link: freeze the case, or tell the agents that it would be cancelled again. A change beside it, such as a
    note, loses no cancellation.
    """
    for _ in range(_TRIES):
        considered = consider(found)
        if considered.is_used:
            return Cancelled.STOPPED if considered.outcome is Cancelled.FROZEN else considered.outcome
        match considered.outcome:
            case Cancelled.FROZEN:
                effects = await _freezing(office, occasion, found)
            case Cancelled.AGAIN:
                effects = _telling(office, occasion, found)
            case _:
                return considered.outcome
        redemption = REDEEM_CASE_LINK.effect(expects=1, of_link=found.link.link_id, now=occasion.now)
        if await office.database.apply([redemption, *effects]):
            office.outbox.wake()
            return considered.outcome
        found = await _again(office, found)
    raise DatabaseUnavailable("a case changed all the time")


async def _again(office: Office, found: OpenCaseLink) -> OpenCaseLink:
    """The link and the case as they are after somebody else was quicker. Neither is ever deleted while it is open."""
    link = await office.database.one(CASE_LINK, of_link=found.link.link_id)
    case = await office.database.one(CASE, of_case=found.case.case_id)
    return OpenCaseLink(link=link or found.link, case=case or found.case)


def _outcome(case: Case) -> Cancelled:
    match case.status:
        case CaseStatus.COOLING:
            return Cancelled.FROZEN if case.frozen_at is None else Cancelled.AGAIN
        case CaseStatus.DONE:
            return Cancelled.DONE
        case CaseStatus.REFUSED | CaseStatus.EXPIRED:
            return Cancelled.CLOSED
        case _:
            return Cancelled.STOPPED


async def _freezing(office: Office, occasion: Occasion, found: OpenCaseLink) -> list[Effect]:
    """What was read back from a mailbox proves nothing any more; a new address that was proven stays proven."""
    case = found.case
    person = await office.database.one(PERSON_BY_SUBJECT, subject_id=case.subject_id or "")
    keeps_address = case.read_back_at is None
    mailbox = case.kind is CaseKind.MAILBOX_BACKUP
    after = replace(
        case,
        kind=CaseKind.MAILBOX_DOCUMENTS if mailbox else case.kind,
        status=CaseStatus.WAITING,
        new_email=case.new_email if keeps_address else None,
        new_email_key=case.new_email_key if keeps_address else None,
        new_email_verified_at=case.new_email_verified_at if keeps_address else None,
        frozen_at=occasion.now,
    )
    freeze = FREEZE_CASE.effect(
        expects=1,
        of_case=case.case_id,
        seen_version=case.version,
        now=occasion.now,
        frozen_kind=after.kind.value,
        kept_email=after.new_email,
        kept_key=after.new_email_key,
        kept_verified_at=after.new_email_verified_at,
    )
    by = found.link.address_key
    line = recorded(
        office,
        occasion,
        case,
        What.FROZEN,
        EventType.CASE_FROZEN,
        author=CUSTOMER,
        detail=masked_email(by),
    )
    writing = Writing(office=office, case=after, person=person, now=occasion.now)
    return [freeze, *line, *frozen(writing, cancelled_by=by)]


def _telling(office: Office, occasion: Occasion, found: OpenCaseLink) -> list[Effect]:
    by = masked_email(found.link.address_key)
    event = EventType.CASE_CHANGED
    return recorded(office, occasion, found.case, What.CANCELLED_AGAIN, event, author=CUSTOMER, detail=by)
