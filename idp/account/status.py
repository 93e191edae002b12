"""Disabling an account, and enabling it again."""

from idp.account.ending import end_everything
from idp.account.problem import ChangedMeanwhile
from idp.events.audit import Audit
from idp.records.account import AccountStatus, Person
from idp.records.event import Event, EventType, Occasion
from idp.store.accounts import CREDENTIAL_BY_SUBJECT, EXPIRE_LINKS, UPDATE_STATUS
from idp.store.database import Database
from idp.store.statement import Effect


async def disable_account(
    db: Database, audit: Audit, occasion: Occasion, person: Person, *, reason: str = ""
) -> bool:
    """Block an account: sessions, everything issued and open links end now. False if it is disabled already.

    Raises `ChangedMeanwhile`.
    """
    if person.status is AccountStatus.DISABLED:
        return False
    effects = [
        _update(person, AccountStatus.DISABLED, occasion.now),
        *end_everything(person.subject_id, now=occasion.now, reason="account_disabled"),
        EXPIRE_LINKS.effect(of_subject=person.subject_id, of_purpose="enrolment", now=occasion.now),
        _event(audit, occasion, EventType.ACCOUNT_DISABLED, person, reason),
    ]
    if not await db.apply(effects):
        raise ChangedMeanwhile
    return True


async def enable_account(
    db: Database, audit: Audit, occasion: Occasion, person: Person, *, reason: str = ""
) -> bool:
    """Unblock an account; without a password it is incomplete again. False if it is not disabled.

    Raises `ChangedMeanwhile`.
    """
    if person.status is not AccountStatus.DISABLED:
        return False
    credential = await db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    has_password = credential is not None and credential.encoded is not None
    status = AccountStatus.ACTIVE if has_password else AccountStatus.INCOMPLETE
    effects = [
        _update(person, status, occasion.now),
        _event(audit, occasion, EventType.ACCOUNT_ENABLED, person, reason),
    ]
    if not await db.apply(effects):
        raise ChangedMeanwhile
    return True


def _update(person: Person, status: AccountStatus, now: int) -> Effect:
    return UPDATE_STATUS.effect(
        of_account=person.account_id,
        former=person.status.value,
        status=status.value,
        disabled_at=now if status is AccountStatus.DISABLED else None,
        now=now,
        expects=1,
    )


def _event(audit: Audit, occasion: Occasion, kind: EventType, person: Person, reason: str) -> Effect:
    event = Event(type=kind, actor=occasion.actor, subject_id=person.subject_id, reason=reason)
    return audit.effect(event, occasion.circumstances, now=occasion.now)
