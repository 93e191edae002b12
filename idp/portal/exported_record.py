"""What somebody did and what was done about them, for the copy of their data: sign-ins with why more was asked for,
everything else that the trail holds, habits, mails, and requests to support.

Which agent did what is not in it, and neither are requests of strangers who merely named the account.
"""

from collections.abc import AsyncIterator, Sequence

from idp.login.proof_words import proof_words
from idp.portal.exported_item import Item, application_of, time_of
from idp.portal.history import decisions_on, reasons_told, result_of
from idp.portal.visit import Visit
from idp.records.case import Case, CaseDocument, CaseStatus
from idp.records.event import DELEGATION_EVENTS
from idp.records.history import RecordedEvent
from idp.risk.habits import Level, read
from idp.store.cases import DOCUMENTS_OF_CASE, OWN_CASES
from idp.store.history import MOST_ON_PAGE, NEWEST, OTHER_EVENTS, SIGN_INS
from idp.store.outbox import MESSAGE_LOG_OF_SUBJECT, MOST_LOGGED
from idp.store.risk import PROFILE
from idp.web.locale import Message

_MOST_AT_ONCE = 200


async def habits(visit: Visit) -> Item:
    """What a sign-in is compared with. Addresses and networks are kept as keyed digests, which say nothing here."""
    stored = await visit.door.database.one(PROFILE, of_subject=visit.person.subject_id)
    if stored is None:
        return {"sign_ins": 0}
    found = read(stored.habits)
    return {
        "sign_ins": stored.sign_ins,
        "countries": sorted(found.at(Level.COUNTRY)),
        "provider_numbers": sorted(found.at(Level.ASN)),
        "browsers": sorted(found.at(Level.AGENT)),
        "systems": sorted(found.at(Level.SYSTEM)),
        "updated_at": time_of(stored.updated_at),
    }


async def sign_ins(visit: Visit) -> AsyncIterator[Item]:
    before, database, of_subject = NEWEST, visit.door.database, visit.person.subject_id
    while entries := await database.all(SIGN_INS, of_subject=of_subject, before=before, most=MOST_ON_PAGE):
        decisions = await decisions_on(visit, entries)
        for entry in entries:
            yield {
                "at": time_of(entry.at),
                "result": _said(visit, result_of(entry)),
                "methods": [_said(visit, word) for word in proof_words(entry.factor)],
                "application": await application_of(visit, entry.client_id),
                "browser": entry.browser,
                "system": entry.system,
                "city": entry.city,
                "country": entry.country,
                "why_more_was_asked": [
                    _said(visit, word) for word in reasons_told(decisions.get(entry.decision_id))
                ],
            }
        before = entries[-1].entry_id


async def events(visit: Visit) -> AsyncIterator[Item]:
    before, database, of_subject = NEWEST, visit.door.database, visit.person.subject_id
    while found := await database.all(OTHER_EVENTS, of_subject=of_subject, before=before, most=_MOST_AT_ONCE):
        for event in found:
            by = _by(visit, event)
            yield {
                "at": time_of(event.at),
                "what": event.type,
                "outcome": event.outcome,
                "by": by,
                "application": await application_of(visit, event.client_id),
                "country": event.country if by != "staff" else "",
            }
        before = found[-1].event_id


def _by(visit: Visit, event: RecordedEvent) -> str:
    if event.actor == visit.occasion.actor:
        return "you"
    if event.type in DELEGATION_EVENTS and event.actor.startswith("subject:"):
        return "other account"
    if event.actor.startswith(("subject:", "cli:")):
        return "staff"
    return event.actor.partition(":")[0]


async def mails(visit: Visit) -> AsyncIterator[Item]:
    before, database, of_subject = NEWEST, visit.door.database, visit.person.subject_id
    while messages := await database.all(
        MESSAGE_LOG_OF_SUBJECT, of_subject=of_subject, before_message=before, of_status=""
    ):
        for message in messages:
            yield {
                "channel": message.channel,
                "about": message.template,
                "to": message.recipient,
                "written_at": time_of(message.created_at),
                "status": message.status,
                "finished_at": time_of(message.finished_at),
            }
        if len(messages) < MOST_LOGGED:
            return
        before = messages[-1].message_id


async def cases(visit: Visit) -> AsyncIterator[Item]:
    """The customer's own: what strangers asked who merely named the account is theirs."""
    before, database, of_subject = NEWEST, visit.door.database, visit.person.subject_id
    while found := await database.all(OWN_CASES, of_subject=of_subject, before_case=before):
        for case in found:
            yield _request(case, await database.all(DOCUMENTS_OF_CASE, of_case=case.case_id))
        before = found[-1].case_id


def _request(case: Case, documents: Sequence[CaseDocument]) -> Item:
    return {
        "reference": case.reference,
        "about": case.kind.value,
        "status": case.status.value,
        "began_at": time_of(case.created_at),
        "closed_at": time_of(case.closed_at),
        **_told(case),
        "documents": [
            {
                "kind": document.kind,
                "media_type": document.media_type,
                "size": document.size,
                "sent_at": time_of(document.created_at),
                "deleted_at": time_of(document.deleted_at),
            }
            for document in documents
        ],
    }


def _told(case: Case) -> Item:
    """What was typed into a request: where it was approved, or came from an address of theirs."""
    if case.status is not CaseStatus.DONE and case.opened_by != "customer":
        return {}
    return {
        "name": case.typed_name,
        "reason": case.reason,
        "new_email": case.new_email,
        "domain": case.domain,
    }


def _said(visit: Visit, message: Message) -> str:
    return visit.door.pages.say(message, visit.locale)
