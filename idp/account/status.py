"""Blocking an account, and unblocking it again.

Who blocked it decides what undoes that: an owner's block yields to what proves the owner (`unblocking.py`), staff's and
the operator's to staff and the operator alone, who may also take an owner's block over.
"""

from collections.abc import Mapping, Sequence

from idp.account.delegation_ending import end_delegations
from idp.account.ending import end_everything
from idp.account.problem import ChangedMeanwhile
from idp.events.audit import Audit
from idp.records.account import AccountStatus, BlockedBy, Person
from idp.records.event import Event, EventType, Occasion
from idp.store.accounts import CREDENTIAL_BY_SUBJECT, EXPIRE_LINKS, UPDATE_STATUS
from idp.store.address_changes import CANCEL_CHANGES
from idp.store.database import Database
from idp.store.devices import END_TRUSTS, REVOKE_OTHER_DEVICES
from idp.store.service_accounts import TURN_OFF_CHANGED
from idp.store.statement import Effect

_WAYS_IN = ("enrolment", "password")


async def disable_account(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    *,
    by: BlockedBy = BlockedBy.OPERATOR,
    reason: str = "",
    details: Mapping[str, str] | None = None,
    also: Sequence[Effect] = (),
) -> bool:
    """Block an account: sessions, everything issued, known browsers, open links, changes of addresses that wait and a
    plan to delete it end now. Service accounts do nothing until it is unblocked; where an owner or staff blocked it,
    since somebody else may have made one, they are turned off even then. False if it is blocked already, by anybody
    whom `by` can't take over from, or deleted. `also` goes along: who is told.

    Raises `ChangedMeanwhile`.
    """
    if not _may_block(person, by):
        return False
    effects = [
        _update(person, AccountStatus.DISABLED, by, occasion.now),
        *end_everything(person.subject_id, now=occasion.now, reason="account_disabled"),
        *end_delegations(person.subject_id, now=occasion.now),
        REVOKE_OTHER_DEVICES.effect(
            of_subject=person.subject_id, kept_device=None, now=occasion.now, reason="account_disabled"
        ),
        END_TRUSTS.effect(of_subject=person.subject_id),
        *(_turned_off(person, occasion.now) if by is not BlockedBy.OPERATOR else ()),
        # Whoever it keeps out may have asked for another address; unblocking must not let that go on.
        CANCEL_CHANGES.effect(of_account=person.account_id, now=occasion.now),
        *(
            EXPIRE_LINKS.effect(of_subject=person.subject_id, of_purpose=purpose, now=occasion.now)
            for purpose in _WAYS_IN
        ),
        _event(audit, occasion, _BLOCKED[by], person, reason=reason, details=details),
        *_kept(audit, occasion, person),
        *also,
    ]
    if not await db.apply(effects):
        raise ChangedMeanwhile
    return True


async def enable_account(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    *,
    reason: str = "",
    also: Sequence[Effect] = (),
) -> bool:
    """Unblock an account, whoever blocked it; without a password it is incomplete again. False if it is not blocked.

    Raises `ChangedMeanwhile`.
    """
    if person.status is not AccountStatus.DISABLED:
        return False
    credential = await db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    has_password = credential is not None and credential.encoded is not None
    status = AccountStatus.ACTIVE if has_password else AccountStatus.INCOMPLETE
    effects = [
        _update(person, status, BlockedBy.OPERATOR, occasion.now),
        _event(audit, occasion, _UNBLOCKED[person.blocked_by], person, reason=reason),
        *also,
    ]
    if not await db.apply(effects):
        raise ChangedMeanwhile
    return True


_BLOCKED = {
    BlockedBy.OPERATOR: EventType.ACCOUNT_DISABLED,
    BlockedBy.OWNER: EventType.ACCOUNT_BLOCKED,
    BlockedBy.STAFF: EventType.ACCOUNT_BLOCKED,
}
_UNBLOCKED = {
    BlockedBy.OPERATOR: EventType.ACCOUNT_ENABLED,
    BlockedBy.OWNER: EventType.ACCOUNT_UNBLOCKED,
    BlockedBy.STAFF: EventType.ACCOUNT_UNBLOCKED,
}


def _kept(audit: Audit, occasion: Occasion, person: Person) -> list[Effect]:
    """What the trail says where a plan to delete the account ends by the block."""
    kind = EventType.ACCOUNT_DELETION_CANCELLED
    return [_event(audit, occasion, kind, person, reason="blocked")] if person.delete_at else []


def _may_block(person: Person, by: BlockedBy) -> bool:
    if person.status is AccountStatus.DELETED:
        return False
    is_taken_over = person.blocked_by is BlockedBy.OWNER and by is not BlockedBy.OWNER
    return person.status is not AccountStatus.DISABLED or is_taken_over


def _update(person: Person, status: AccountStatus, by: BlockedBy, now: int) -> Effect:
    return UPDATE_STATUS.effect(
        of_account=person.account_id,
        former=person.status.value,
        status=status.value,
        by=by.value,
        disabled_at=now if status is AccountStatus.DISABLED else None,
        now=now,
        expects=1,
    )


def _turned_off(person: Person, now: int) -> list[Effect]:
    """The owner turns on again what is known."""
    return [TURN_OFF_CHANGED.effect(of_owner=person.account_id, since=0, now=now)]


def _event(
    audit: Audit,
    occasion: Occasion,
    kind: EventType,
    person: Person,
    *,
    reason: str,
    details: Mapping[str, str] | None = None,
) -> Effect:
    event = Event(
        type=kind, actor=occasion.actor, subject_id=person.subject_id, reason=reason, details=details or {}
    )
    return audit.effect(event, occasion.circumstances, now=occasion.now)
