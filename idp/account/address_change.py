"""Changes of addresses that wait: planned, applied, cancelled.

Whatever takes an address away from an account waits for `recovery.address_change_hours`: another primary address,
another backup address, or none. Meanwhile every address that the account has can stop it, by a mailed link that asks
for no sign-in; a code from the current mailbox ends the waiting. Only an address that its owner has proven is planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.account.address import with_address, with_backup
from idp.account.address_mails import NOWHERE, Whence, change_mails, planned_mails
from idp.account.links import OpenLink, find_link, new_link
from idp.account.office import Office
from idp.records.account import AccountStatus, Person
from idp.records.event import Event, EventType, Occasion
from idp.records.sign_up import AddressChange, AddressPlace
from idp.spec.identifier import canonical_email
from idp.store.accounts import EXPIRE_LINKS, FORGET_BACKUP, REDEEM_LINK
from idp.store.address_changes import (
    APPLY_CHANGE,
    CHANGE,
    DUE_CHANGES,
    END_CHANGE,
    END_CHANGES,
    INSERT_CHANGE,
    SET_BACKUP,
    SET_PRIMARY,
)
from idp.store.cases import HOLD_ACCOUNT
from idp.store.database import Database
from idp.store.statement import Effect
from idp.store.support import PERSON_BY_ACCOUNT

PURPOSE = "address"
_HOUR = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """What somebody wants. Without an `address` the backup address goes away."""

    person: Person
    place: AddressPlace
    address: str
    whence: Whence


async def plan_change(
    office: Office, occasion: Occasion, planning: Planning, *, also: Sequence[Effect]
) -> AddressChange | None:
    """Let a change wait, in the place of one that does so already. None, with nothing done, if one of the effects
    `also` met an unexpected row count, or the account is not open any more.
    """
    person, now = planning.person, occasion.now
    seconds = office.settings.recovery.address_change_hours * _HOUR
    change = AddressChange(
        change_id=office.entropy.uuid7(now),
        account_id=person.account_id,
        place=planning.place,
        email=planning.address,
        email_key=canonical_email(planning.address) or "",
        former_email=former_address(person, planning.place),
        created_at=now,
        apply_at=now + seconds,
        applied_at=None,
        ended_at=None,
        ended_reason="",
    )
    about = {"change_id": change.change_id}
    link, linking = new_link(
        office.entropy, person.subject_id, PURPOSE, seconds=seconds, now=now, about=about
    )
    effects = [
        _hold(person),
        END_CHANGES.effect(
            of_account=person.account_id, of_place=change.place.value, now=now, why="replaced"
        ),
        INSERT_CHANGE.effect(
            change_id=change.change_id,
            account_id=change.account_id,
            place=change.place.value,
            email=change.email,
            email_key=change.email_key,
            former_email=change.former_email,
            created_at=now,
            apply_at=change.apply_at,
        ),
        linking,
        *planned_mails(
            office,
            person,
            change,
            f"{office.settings.issuer}/address/{link}",
            whence=planning.whence,
            now=now,
        ),
        _event(office, occasion, EventType.ADDRESS_CHANGE_PLANNED, person, change),
        *also,
    ]
    if not await office.database.apply(effects):
        return None
    office.outbox.wake()
    return change


async def apply_change(
    office: Office,
    occasion: Occasion,
    person: Person,
    change: AddressChange,
    *,
    whence: Whence = NOWHERE,
    also: Sequence[Effect] = (),
) -> bool:
    """Make a change that waited. False, with nothing done, if one of the effects `also` met an unexpected row count, it
    waits no more, somebody else has the address, or it is the account's other one by now.
    """
    now = occasion.now
    told = change_mails(
        office,
        person,
        _WHAT[what_of(change)],
        # Also where it went before, since its owner may learn of it nowhere else.
        (*person.proven_addresses, *changed_person(person, change).proven_addresses),
        whence=whence,
        now=now,
    )
    effects = [
        _hold(person),
        APPLY_CHANGE.effect(expects=1, of_change=change.change_id, now=now),
        _set(change, now),
        # A link that was mailed before opens nothing any more: whoever reads the former mailbox may be another one.
        EXPIRE_LINKS.effect(of_subject=person.subject_id, of_purpose="password", now=now),
        _event(office, occasion, EventType.ADDRESS_CHANGED, person, change),
        *told,
        *also,
    ]
    if not await office.database.apply(effects):
        return False
    office.outbox.wake()
    return True


async def cancel_change(
    office: Office,
    occasion: Occasion,
    person: Person,
    change: AddressChange,
    *,
    whence: Whence = NOWHERE,
    also: Sequence[Effect] = (),
) -> bool:
    """Stop a change that waits. False if it waits no more."""
    told = change_mails(
        office,
        person,
        "address-change-cancelled",
        person.proven_addresses,
        whence=whence,
        now=occasion.now,
    )
    effects = [
        END_CHANGE.effect(expects=1, of_change=change.change_id, now=occasion.now, why="cancelled"),
        _event(office, occasion, EventType.ADDRESS_CHANGE_CANCELLED, person, change),
        *told,
        *also,
    ]
    if not await office.database.apply(effects):
        return False
    office.outbox.wake()
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChange:
    """A link that can be used, and the change that it stops."""

    found: OpenLink
    change: AddressChange

    def redeeming(self, now: int) -> Effect:
        """Uses the link up, for the transaction that stops the change."""
        return REDEEM_LINK.effect(expects=1, of_link=self.found.link.link_id, now=now)


async def find_change_link(database: Database, value: str, now: int) -> OpenChange | None:
    """What a mailed link stops, while it waits."""
    found = await find_link(database, value, PURPOSE, now)
    change = await database.one(CHANGE, of_change=found.about.get("change_id", "")) if found else None
    if found is None or change is None or not change.is_waiting:
        return None
    return OpenChange(found=found, change=change)


async def apply_due_changes(office: Office, occasion: Occasion) -> None:
    """Make every change whose time has come. May be done twice: each applies once."""
    former: list[AddressChange] = []
    while (due := await office.database.all(DUE_CHANGES, before=occasion.now)) and due != former:
        for change in due:
            await settle_change(office, occasion, change)
        former = due


async def settle_change(office: Office, occasion: Occasion, change: AddressChange) -> None:
    """Make a change whose time has come, or, where it can't be made, end it."""
    person = await office.database.one(PERSON_BY_ACCOUNT, of_account=change.account_id)
    assert person is not None  # Accounts are closed, their rows never deleted.
    is_open = person.status is AccountStatus.ACTIVE
    if is_open and await apply_change(office, occasion, person, change):
        return
    await give_up_change(office, occasion, person, change, why="taken" if is_open else "closed")


async def give_up_change(
    office: Office, occasion: Occasion, person: Person, change: AddressChange, *, why: str
) -> None:
    """End a change that can't be made. Its owner is told, unless the account is `closed`."""
    told = change_mails(
        office, person, "address-not-changed", person.proven_addresses, whence=NOWHERE, now=occasion.now
    )
    effects = [
        END_CHANGE.effect(expects=1, of_change=change.change_id, now=occasion.now, why=why),
        _event(office, occasion, EventType.ADDRESS_CHANGE_CANCELLED, person, change, reason=why),
        *([] if why == "closed" else told),
    ]
    if await office.database.apply(effects):
        office.outbox.wake()


def former_address(person: Person, place: AddressPlace) -> str | None:
    """The address that a change takes away, if there is one."""
    if place is AddressPlace.PRIMARY:
        return person.primary_email
    return person.backup_email if person.backup_email_verified else None


def what_of(change: AddressChange) -> str:
    """primary, backup, or removal: of the backup address."""
    return change.place.value if change.email else "removal"


def changed_person(person: Person, change: AddressChange) -> Person:
    """The person as they are after it."""
    if change.place is AddressPlace.PRIMARY:
        return with_address(person, change.email)
    return with_backup(person, change.email or None)


_WHAT = {
    "primary": "address-changed",
    "backup": "backup-address-changed",
    "removal": "backup-address-removed",
}


def _hold(person: Person) -> Effect:
    """The account is open until the transaction ends, and of two changes at once one waits for the other."""
    return HOLD_ACCOUNT.effect(
        expects=1,
        of_account=person.account_id,
        with_role=person.role.value,
        with_status=AccountStatus.ACTIVE.value,
    )


def _set(change: AddressChange, now: int) -> Effect:
    if not change.email:
        return FORGET_BACKUP.effect(expects=1, of_account=change.account_id)
    write = SET_PRIMARY if change.place is AddressPlace.PRIMARY else SET_BACKUP
    return write.effect(
        expects=1, of_account=change.account_id, new_email=change.email, new_key=change.email_key, now=now
    )


def _event(
    office: Office,
    occasion: Occasion,
    kind: EventType,
    person: Person,
    change: AddressChange,
    *,
    reason: str = "",
) -> Effect:
    event = Event(
        type=kind,
        actor=occasion.actor,
        subject_id=person.subject_id,
        reason=reason,
        details={"what": what_of(change), "change_id": change.change_id},
    )
    return office.audit.effect(event, occasion.circumstances, now=occasion.now)
