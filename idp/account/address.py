"""The acts on an account's addresses. None takes an address that its owner has not proven.

The primary and the backup address differ, and no two accounts share a primary one: the statements of
`store/address_changes.py` see to both in the moment of the change.
"""

from collections.abc import Sequence
from dataclasses import replace

from idp.events.audit import Audit
from idp.records.account import Person
from idp.records.event import Event, EventType, Occasion
from idp.records.sign_up import AddressPlace
from idp.spec.identifier import canonical_email
from idp.store.accounts import FORGET_BACKUP, PERSON_BY_EMAIL, REPLACE_REFUSED_ADDRESS
from idp.store.address_changes import ADD_BACKUP, ASK_BACKUP
from idp.store.database import Database
from idp.store.statement import Effect


async def is_free(db: Database, email_key: str) -> bool:
    """Whether no account has this primary address. Whoever asks must not tell."""
    return await db.one(PERSON_BY_EMAIL, email_key=email_key) is None


def with_address(person: Person, address: str) -> Person:
    """The person as they are with another primary address. A backup address differs from the primary, or is none."""
    is_backup = person.backup_email is not None and canonical_email(person.backup_email) == canonical_email(
        address
    )
    return replace(
        person,
        primary_email=address,
        primary_email_verified=True,
        backup_email=None if is_backup else person.backup_email,
        backup_email_verified=person.backup_email_verified and not is_backup,
    )


def with_backup(person: Person, address: str | None) -> Person:
    """The person as they are with another backup address, or without one."""
    return replace(person, backup_email=address, backup_email_verified=address is not None)


async def add_backup(
    db: Database, audit: Audit, occasion: Occasion, person: Person, address: str, *, also: Sequence[Effect]
) -> bool:
    """Give somebody who has no backup address one that was just proven. False, with nothing changed, if one of the
    effects `also` met an unexpected row count, they got one meanwhile, or it is their primary one.
    """
    event = Event(
        type=EventType.ADDRESS_CHANGED,
        actor=occasion.actor,
        subject_id=person.subject_id,
        reason=AddressPlace.BACKUP.value,
    )
    added = ADD_BACKUP.effect(
        expects=1,
        of_account=person.account_id,
        new_email=address,
        new_key=canonical_email(address),
        now=occasion.now,
    )
    asked = ASK_BACKUP.effect(of_account=person.account_id, now=occasion.now)
    return await db.apply(
        [*also, added, asked, audit.effect(event, occasion.circumstances, now=occasion.now)]
    )


async def replace_refused_address(
    db: Database, audit: Audit, occasion: Occasion, person: Person, address: str, *, also: Sequence[Effect]
) -> bool:
    """Make an address that was just proven the primary one. False, with nothing changed, if one of the effects `also`
    met an unexpected row count, the former address takes mail again, or another account has this one.
    """
    event = Event(type=EventType.ADDRESS_CHANGED, actor=occasion.actor, subject_id=person.subject_id)
    effects = [
        *also,
        REPLACE_REFUSED_ADDRESS.effect(
            expects=1,
            of_account=person.account_id,
            new_email=address,
            new_key=canonical_email(address),
            now=occasion.now,
        ),
        audit.effect(event, occasion.circumstances, now=occasion.now),
    ]
    if with_address(person, address).backup_email != person.backup_email:
        effects.append(FORGET_BACKUP.effect(of_account=person.account_id))
    return await db.apply(effects)
