"""A new password by a link: for who can't or shouldn't use the present one.

It ends everything and forgets every browser, and it signs nobody in: whoever has a second factor is asked for it as
ever.
"""

from collections.abc import Sequence

from idp.account.links import OpenLink, find_link, new_link
from idp.account.password import set_password
from idp.events.audit import Audit
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy, PasswordHasher
from idp.signing.secrets import Secrets
from idp.store.accounts import EXPIRE_LINKS, REDEEM_LINK, REDEEMED_LINK
from idp.store.database import Database
from idp.store.devices import REVOKE_OTHER_DEVICES
from idp.store.endings import END_REPORT
from idp.store.statement import Effect

PURPOSE = "password"
_ONE_HOUR = 3_600


def password_link(
    entropy: Entropy, subject_id: SubjectId, *, reported_by: str = "", now: int
) -> tuple[str, Effect]:
    """The path of a new link, and the row that makes it work. `reported_by` is the link that led to it, which is used
    up with it.
    """
    value, effect = new_link(
        entropy, subject_id, PURPOSE, seconds=_ONE_HOUR, now=now, about={"reported_by": reported_by}
    )
    return f"/new-password/{value}", effect


async def find_password_link(db: Database, value: str, now: int) -> OpenLink | None:
    """The link of `value` while it can be used."""
    return await find_link(db, value, PURPOSE, now)


async def was_lately_chosen_by_link(db: Database, subject_id: SubjectId) -> bool:
    """Whether a password was chosen by such a link in the last month. Whoever read a mail of the owner's could: signing
    in with it takes the mailbox again, in a browser that nobody knows.
    """
    return await db.one(REDEEMED_LINK, of_subject=subject_id, of_purpose=PURPOSE) is not None


async def redeem_password_link(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    found: OpenLink,
    password: str,
    *,
    secrets: Secrets,
    hasher: PasswordHasher,
    also: Sequence[Effect] = (),
) -> bool:
    """Set the password and use the link up, together. False if the link was used meanwhile.

    The caller has checked the password, so a refused one leaves the link as it was. Raises `PoolBusy`.
    """
    subject_id, now = found.person.subject_id, occasion.now
    event = Event(type=EventType.LINK_REDEEMED, actor=occasion.actor, subject_id=subject_id, reason=PURPOSE)
    effects = [
        REDEEM_LINK.effect(expects=1, of_link=found.link.link_id, now=now),
        EXPIRE_LINKS.effect(of_subject=subject_id, of_purpose=PURPOSE, now=now),
        *(
            REDEEM_LINK.effect(of_link=link_id, now=now)
            for link_id in [found.about.get("reported_by")]
            if link_id
        ),
        END_REPORT.effect(of_subject=subject_id),
        REVOKE_OTHER_DEVICES.effect(
            of_subject=subject_id, kept_device=None, now=now, reason="password_changed"
        ),
        audit.effect(event, occasion.circumstances, now=now),
        *also,
    ]
    return await set_password(
        db, audit, occasion, found.person, password, secrets=secrets, hasher=hasher, also=effects
    )
