"""Enrolment links: how somebody whose account was made for them chooses their password, once.

Nobody else ever knows the password. The link is single use, ends the ones before it, and at rest is a digest.
"""

from idp.account.links import OpenLink, find_link, new_link
from idp.account.password import set_password
from idp.events.audit import Audit
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy, PasswordHasher
from idp.signing.secrets import Secrets
from idp.store.accounts import (
    ACTIVATE_INCOMPLETE,
    EXPIRE_LINKS,
    REDEEM_LINK,
)
from idp.store.database import Database

PURPOSE = "enrolment"

Enrolment = OpenLink


async def issue_enrolment_link(
    db: Database, audit: Audit, entropy: Entropy, occasion: Occasion, subject_id: SubjectId, *, seconds: int
) -> str:
    """The value of a new link, to be handed over; earlier ones end."""
    value, insertion = new_link(entropy, subject_id, PURPOSE, seconds=seconds, now=occasion.now)
    event = Event(type=EventType.LINK_ISSUED, actor=occasion.actor, subject_id=subject_id, reason=PURPOSE)
    await db.apply(
        [
            EXPIRE_LINKS.effect(of_subject=subject_id, of_purpose=PURPOSE, now=occasion.now),
            insertion,
            audit.effect(event, occasion.circumstances, now=occasion.now),
        ]
    )
    return value


async def find_enrolment(db: Database, value: str, now: int) -> Enrolment | None:
    """The link of `value` while it can be used; looking changes nothing."""
    return await find_link(db, value, PURPOSE, now)


async def redeem_enrolment(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    enrolment: Enrolment,
    password: str,
    *,
    secrets: Secrets,
    hasher: PasswordHasher,
) -> bool:
    """Set the password and use the link up, together. False if the link was used meanwhile.

    The caller has checked the password, so a refused one leaves the link as it was. Raises `PoolBusy`.
    """
    person = enrolment.person
    event = Event(
        type=EventType.LINK_REDEEMED, actor=occasion.actor, subject_id=person.subject_id, reason=PURPOSE
    )
    also = [
        REDEEM_LINK.effect(of_link=enrolment.link.link_id, now=occasion.now, expects=1),
        ACTIVATE_INCOMPLETE.effect(of_account=person.account_id, now=occasion.now),
        audit.effect(event, occasion.circumstances, now=occasion.now),
    ]
    return await set_password(
        db, audit, occasion, person, password, secrets=secrets, hasher=hasher, also=also
    )
