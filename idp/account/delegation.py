"""Letting another account act: a customer offers, the other accepts or declines, and either ends it at any moment.

Whom a customer may let act is not what their page tells: an offer to a customer ID that nobody has, or whose account
can't act for others, is kept as any other and waits in vain. Neither staff nor a blocked account, nor one that is about
to be deleted, offers or is offered anything, and nobody does while support works on a case about their account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from idp.account.delegation_notices import Notice, accepted, ended, offered
from idp.account.office import Office
from idp.records.account import AccountStatus, Person
from idp.records.delegation import CustomersDelegation, EndedBy
from idp.store.accounts import PERSON_BY_CUSTOMER_ID, PERSON_BY_SUBJECT
from idp.store.database import Database
from idp.store.delegations import (
    ACCEPT_DELEGATION,
    DELEGATION,
    END_DELEGATION,
    END_EXPIRED_DELEGATIONS,
    INSERT_OFFER,
    KEEP_CUSTOMER,
    OFFERS_OF_SUBJECT,
    REVOKE_FAMILIES_OF_DELEGATION,
)
from idp.store.deletions import OPEN_CASE
from idp.store.statement import Effect

_DAY = 86_400


class Obstacle(Enum):
    """Why an offer was not made."""

    CLOSED = auto()
    """The customer's own account may let nobody act at the moment."""
    SELF = auto()
    STANDING = auto()
    TOO_MANY = auto()
    TOO_OFTEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`customer_id` is canonical, `scopes` are offered ones, `note` is one tidy line."""

    customer_id: str
    scopes: tuple[str, ...]
    note: str
    days: int


async def may_delegate(db: Database, person: Person) -> bool:
    """Whether somebody may let others act, or begin to act for others, at the moment."""
    is_open = person.status is AccountStatus.ACTIVE and not person.role.is_staff and person.delete_at is None
    return is_open and await db.one(OPEN_CASE, of_subject=person.subject_id) is None


async def offer(
    office: Office, notice: Notice, customer: Person, made: Offer, *, also: Sequence[Effect] = ()
) -> Obstacle | None:
    """Offer somebody to act for the customer, and tell both. What keeps it from being made, or None. `also` goes along:
    a condition that must still hold.
    """
    db, now, settings = office.database, notice.occasion.now, office.settings.delegation
    if made.customer_id == customer.customer_id:
        return Obstacle.SELF
    if not await may_delegate(db, customer):
        return Obstacle.CLOSED
    delegate = await _possible_delegate(db, made.customer_id)
    delegation_id = office.entropy.uuid7(now)
    effects = [
        KEEP_CUSTOMER.effect(expects=1, of_account=customer.account_id),
        END_EXPIRED_DELEGATIONS.effect(of_subject=customer.subject_id, now=now),
        INSERT_OFFER.effect(
            expects=1,
            delegation_id=delegation_id,
            subject_id=customer.subject_id,
            delegate_id=delegate.subject_id if delegate else None,
            delegate_customer_id=made.customer_id,
            scope=" ".join(made.scopes),
            note=made.note,
            until=now + made.days * _DAY,
            most=settings.most,
            most_recent=settings.offers_each_day,
            since=now - _DAY,
            now=now,
        ),
        *offered(
            office,
            notice,
            customer,
            delegate,
            customer_id=made.customer_id,
            scope=" ".join(made.scopes),
            delegation_id=delegation_id,
        ),
        *also,
    ]
    if not await _applied(office, effects):
        return await _obstacle(db, customer, made, settings.most, now)
    return None


async def accept(
    office: Office, notice: Notice, delegate: Person, delegation_id: str, *, also: Sequence[Effect] = ()
) -> bool:
    """Begin to act for a customer, and tell both. False if it is not theirs to accept, or no more, or either account
    may not.
    """
    now = notice.occasion.now
    found = await office.database.one(DELEGATION, of_delegation=delegation_id)
    if not await _is_acceptable(office, found, delegate, now) or found is None:
        return False
    customer = found.customer
    # Both rows in one order: of two who accept each other at once, neither waits for the other.
    keeps = sorted((customer.account_id, delegate.account_id))
    return await _applied(
        office,
        [
            *(KEEP_CUSTOMER.effect(expects=1, of_account=account_id) for account_id in keeps),
            ACCEPT_DELEGATION.effect(
                expects=1, of_delegation=delegation_id, of_delegate=delegate.subject_id, now=now
            ),
            *accepted(office, notice, customer, delegate, found.delegation),
            *also,
        ],
    )


async def end(office: Office, notice: Notice, party: Person, delegation_id: str) -> bool:
    """End, decline or take back, and tell both. What was issued under it ends with it. False if `party` takes no part
    in it, or it has ended.
    """
    now = notice.occasion.now
    found = await office.database.one(DELEGATION, of_delegation=delegation_id)
    if found is None or party.subject_id not in (found.delegation.subject_id, found.delegation.delegate_id):
        return False
    by = EndedBy.CUSTOMER if party.subject_id == found.delegation.subject_id else EndedBy.DELEGATE
    delegate = await person_of_delegate(office.database, found)
    return await _applied(
        office,
        [
            END_DELEGATION.effect(
                expects=1, of_delegation=delegation_id, of_party=party.subject_id, by=by.value, now=now
            ),
            REVOKE_FAMILIES_OF_DELEGATION.effect(
                of_delegation=delegation_id, now=now, reason="delegation_ended"
            ),
            *ended(office, notice, found, delegate, by=by),
        ],
    )


async def person_of_delegate(db: Database, found: CustomersDelegation) -> Person | None:
    """Who may act, if anybody could ever."""
    delegate_id = found.delegation.delegate_id
    return await db.one(PERSON_BY_SUBJECT, subject_id=delegate_id) if delegate_id else None


async def _possible_delegate(db: Database, customer_id: str) -> Person | None:
    person = await db.one(PERSON_BY_CUSTOMER_ID, customer_id=customer_id)
    return person if person is not None and await may_delegate(db, person) else None


async def _is_acceptable(
    office: Office, found: CustomersDelegation | None, delegate: Person, now: int
) -> bool:
    if found is None or found.delegation.delegate_id != delegate.subject_id:
        return False
    is_offered = found.delegation.accepted_at is None and found.delegation.is_living(now)
    if not is_offered or not office.settings.delegation.still_offered(found.delegation.scopes):
        return False
    db = office.database
    return await may_delegate(db, delegate) and await may_delegate(db, found.customer)


async def _obstacle(db: Database, customer: Person, made: Offer, most: int, now: int) -> Obstacle:
    living = await db.all(OFFERS_OF_SUBJECT, of_subject=customer.subject_id, now=now)
    if any(each.delegation.delegate_customer_id == made.customer_id for each in living):
        return Obstacle.STANDING
    return Obstacle.TOO_MANY if len(living) >= most else Obstacle.TOO_OFTEN


async def _applied(office: Office, effects: list[Effect]) -> bool:
    done = await office.database.apply(effects)
    if done:
        office.outbox.wake()
    return done
