"""Deleting an account as its owner wishes: planned with notice, cancelled by anybody who reads the mail, done in time.

Until its day the account works as ever, so that a thief who plans a deletion gains nothing while the owner is told and
can stop it. Signing in changes nothing: people come back to fetch their data and end their services. A block ends the
plan, and so does support giving the account back to its owner. What is deleted, and what stays, is in
`store/deletions.py`.
"""

from collections.abc import Mapping

from idp.account.address_mails import Whence
from idp.account.delegation_ending import end_delegations
from idp.account.ending import end_everything
from idp.account.links import OpenLink, find_link, new_link
from idp.account.office import Office
from idp.account.reporting import not_me_link
from idp.config.subsidiaries import Subsidiaries
from idp.records.account import AccountStatus, Person, SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.store.accounts import EXPIRE_LINKS, PERSON_BY_SUBJECT
from idp.store.case_forgetting import FORGET_CASES_OF_SUBJECT
from idp.store.database import Database
from idp.store.delegations import FORGET_NOTES
from idp.store.deletions import (
    CANCEL_DELETION,
    DELETE_ACCOUNT,
    DROP_QUEUED_MAILS,
    DROP_SESSIONS,
    DUE_DELETIONS,
    FORGET_DETAILS,
    FORGET_MAILS,
    FORGET_PLACES,
    FORGET_SESSIONS,
    OF_ACCOUNT,
    OF_SUBJECT,
    OPEN_CASE,
    PLAN_DELETION,
)
from idp.store.service_accounts import DROP_OWN_CLIENTS, DROP_SECRETS_OF_OWNER
from idp.store.statement import Effect
from idp.web.locale import Message

PURPOSE = "deletion"
_DAY = 86_400
_STAFF = Message(
    "Accounts of our staff are closed by an administrator: your work on cases has to stay understandable."
)
_CASE = Message(
    "Our support team works on a request about this account. Wait for its end, or ask them to close it, then come back."
)
_CLOSED = Message("This account is blocked. Unblock it first.")


async def obstacle(db: Database, person: Person) -> Message | None:
    """Why its owner cannot delete an account at the moment, or None."""
    if person.role.is_staff:
        return _STAFF
    if person.status is not AccountStatus.ACTIVE:
        return _CLOSED
    return _CASE if await db.one(OPEN_CASE, of_subject=person.subject_id) else None


async def plan_deletion(office: Office, occasion: Occasion, person: Person, whence: Whence) -> bool:
    """Delete the account after the time of grace, and tell every proven address how to stop it. False if that is
    planned already, or something stands in the way.
    """
    recovery, now = office.settings.recovery, occasion.now
    delete_at = now + recovery.deletion_days * _DAY
    # A case that is opened meanwhile is waited for, and so long the link works.
    seconds = (recovery.deletion_days + recovery.waiting_days) * _DAY
    value, link = new_link(office.entropy, person.subject_id, PURPOSE, seconds=seconds, now=now)
    context = {
        "delete_at": delete_at,
        "cancel_url": f"{office.settings.issuer}/deletion/{value}",
        "browser": whence.browser,
        "place": whence.place,
        "at": now,
    }
    effects = [
        PLAN_DELETION.effect(expects=1, of_account=person.account_id, then=delete_at),
        link,
        *_mails(office, person, "deletion-planned", context, now=now),
        _event(office, occasion, EventType.ACCOUNT_DELETION_PLANNED, person),
    ]
    return await _applied(office, effects)


async def cancel_deletion(office: Office, occasion: Occasion, person: Person, whence: Whence) -> bool:
    """Keep the account, and say so to every proven address. False if nothing was planned."""
    link, linking = not_me_link(office.entropy, person.subject_id, {}, now=occasion.now)
    context = {
        "what": "deletion-cancelled",
        "detail": "",
        "browser": whence.browser,
        "place": whence.place,
        "at": occasion.now,
        "not_me_url": office.settings.issuer + link,
    }
    effects = [
        *_cancelling(occasion, person),
        linking,
        *_mails(office, person, "security-changed", context, now=occasion.now),
        _event(office, occasion, EventType.ACCOUNT_DELETION_CANCELLED, person),
    ]
    return await _applied(office, effects)


async def find_deletion(db: Database, value: str, now: int) -> OpenLink | None:
    """The link of a mail that stops a deletion, while there is one to stop."""
    found = await find_link(db, value, PURPOSE, now)
    return found if found is not None and found.person.delete_at is not None else None


async def delete_due(office: Office, now: int) -> None:
    """Upkeep: delete the accounts whose day has come."""
    occasion = Occasion(now=now, actor="system")
    for subject_id in await office.database.all(DUE_DELETIONS, now=now):
        await delete_account(office, occasion, await _person(office, subject_id))


async def delete_account(office: Office, occasion: Occasion, person: Person) -> bool:
    """Delete an account whose day has come. False if it was cancelled, or something came in between, a moment ago."""
    now, of_subject = occasion.now, person.subject_id
    subsidiary = Subsidiaries.of(office.settings).of_account(country=person.country, language=person.language)
    came_by = subsidiary.code if subsidiary else ""
    effects = [
        DELETE_ACCOUNT.effect(expects=1, of_account=person.account_id, now=now),
        *end_everything(person.subject_id, now=now, reason="account_deleted"),
        *end_delegations(person.subject_id, now=now),
        FORGET_NOTES.effect(of_subject=of_subject),
        *(write.effect(of_subject=of_subject) for write in (*OF_SUBJECT, DROP_SESSIONS, FORGET_SESSIONS)),
        *(write.effect(of_account=person.account_id) for write in OF_ACCOUNT),
        DROP_SECRETS_OF_OWNER.effect(of_owner=person.account_id),
        DROP_OWN_CLIENTS.effect(of_owner=person.account_id, now=now),
        *FORGET_CASES_OF_SUBJECT.effects(now=now, of_subject=of_subject),
        FORGET_PLACES.effect(of_subject=of_subject, own_actor=f"subject:{of_subject}"),
        FORGET_DETAILS.effect(of_subject=of_subject),
        FORGET_MAILS.effect(of_subject=of_subject),
        DROP_QUEUED_MAILS.effect(of_subject=of_subject, now=now),
        # The account says no more whose customer it was.
        *_mails(office, person, "account-deleted", {"at": now}, now=now, came_by=came_by),
        _event(
            office,
            occasion,
            EventType.ACCOUNT_DELETED,
            person,
            details={"customer_id": person.customer_id},
        ),
    ]
    return await _applied(office, effects)


def kept(office: Office, occasion: Occasion, person: Person) -> list[Effect]:
    """What ends the plan to delete an account that support gives back to its owner: nothing where there is none."""
    kind = EventType.ACCOUNT_DELETION_CANCELLED
    event = _event(office, occasion, kind, person, reason="recovered")
    return [*_cancelling(occasion, person), event] if person.delete_at is not None else []


def _cancelling(occasion: Occasion, person: Person) -> list[Effect]:
    return [
        CANCEL_DELETION.effect(expects=1, of_account=person.account_id),
        EXPIRE_LINKS.effect(of_subject=person.subject_id, of_purpose=PURPOSE, now=occasion.now),
    ]


def _mails(
    office: Office,
    person: Person,
    template: str,
    context: Mapping[str, object],
    *,
    now: int,
    came_by: str = "",
) -> list[Effect]:
    """The same to every proven address."""
    return [
        office.outbox.mail(
            template,
            to=address,
            locale=person.language or office.settings.language.default,
            context=context,
            subject_id=person.subject_id,
            now=now,
            came_by=came_by,
        )
        for address in dict.fromkeys(person.proven_addresses)
    ]


async def _applied(office: Office, effects: list[Effect]) -> bool:
    done = await office.database.apply(effects)
    if done:
        office.outbox.wake()
    return done


async def _person(office: Office, subject_id: str) -> Person:
    person = await office.database.one(PERSON_BY_SUBJECT, subject_id=SubjectId(subject_id))
    assert person is not None  # Subjects stay for ever.
    return person


def _event(
    office: Office,
    occasion: Occasion,
    kind: EventType,
    person: Person,
    *,
    reason: str = "",
    details: dict[str, str | int | list[str]] | None = None,
) -> Effect:
    event = Event(
        type=kind,
        actor=occasion.actor,
        subject_id=person.subject_id,
        reason=reason,
        details=details or {},
    )
    return office.audit.effect(event, occasion.circumstances, now=occasion.now)
