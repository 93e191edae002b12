"""A new password by a link: for who can't or shouldn't use the present one.

It ends everything and forgets every browser, and it signs nobody in: whoever has a second factor is asked for it as
ever. A link that was asked for goes to the primary mailbox, and dies with that address; the browser that uses it has
proven the mailbox, and is given a cookie to show so for a while.
"""

import json
from collections.abc import Sequence
from typing import Any

from idp.account.links import OpenLink, find_link, new_link
from idp.account.password import set_password
from idp.events.audit import Audit
from idp.records.account import Person, SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy, PasswordHasher
from idp.records.session import Session
from idp.signing.secrets import Secrets
from idp.spec.identifier import canonical_email
from idp.spec.token_value import digest_of, is_same
from idp.store.accounts import (
    EXPIRE_ASKED_LINKS,
    EXPIRE_LINKS,
    KEEP_ADDRESS,
    KEEP_PASSWORD,
    LAST_REDEEMED_LINK,
    REDEEM_LINK,
    REDEEM_LINK_IN,
    REDEEMED_LINK,
)
from idp.store.address_changes import CANCEL_CHANGES
from idp.store.database import Database
from idp.store.devices import END_OTHER_TRUSTS, REVOKE_OTHER_DEVICES
from idp.store.endings import (
    END_OTHER_SESSIONS,
    END_REPORT,
    REVOKE_FAMILIES_OF_OTHER_SESSIONS,
    REVOKE_FAMILIES_OF_SUBJECT,
)
from idp.store.sessions import KEEP_SESSION
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


def asked_password_link(
    entropy: Entropy,
    person: Person,
    *,
    seconds: int,
    client_id: str = "",
    interaction_id: str = "",
    now: int,
) -> tuple[str, list[Effect]]:
    """The same for the primary mailbox of somebody who asked for it, or for whom support did. It ends those that were
    asked for before. `client_id` and `interaction_id` are where to go on afterwards.
    """
    about = {
        "mailbox": _mailbox(person),
        "client_id": client_id,
        "interaction_id": interaction_id,
    }
    value, effect = new_link(entropy, person.subject_id, PURPOSE, seconds=seconds, now=now, about=about)
    expired = EXPIRE_ASKED_LINKS.effect(of_subject=person.subject_id, of_purpose=PURPOSE, now=now)
    return f"/new-password/{value}", [expired, effect]


async def find_password_link(db: Database, value: str, now: int) -> OpenLink | None:
    """The link of `value` while it can be used: not after the address changed that it went to."""
    found = await find_link(db, value, PURPOSE, now, unblocks=True)
    if found is None or found.about.get("mailbox", _mailbox(found.person)) != _mailbox(found.person):
        return None
    return found


async def was_lately_chosen_by_link(db: Database, subject_id: SubjectId) -> bool:
    """Whether a password was chosen by such a link in the last month. Whoever read a mail of the owner's could: signing
    in with it takes the mailbox again, in a browser that nobody knows.
    """
    return await db.one(REDEEMED_LINK, of_subject=subject_id, of_purpose=PURPOSE) is not None


async def chosen_in_browser_at(
    db: Database, subject_id: SubjectId, cookie: str | None, *, since: int
) -> int | None:
    """When the browser with this proof cookie chose the subject's newest password by a link that was asked for, if it
    did and not before `since`.
    """
    link = await db.one(LAST_REDEEMED_LINK, of_subject=subject_id, of_purpose=PURPOSE, since=since)
    if link is None or link.redeemed_at is None or cookie is None:
        return None
    digest = json.loads(link.about).get("cookie", "")
    return link.redeemed_at if is_same(bytes.fromhex(digest), digest_of(cookie)) else None


async def redeem_password_link(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    found: OpenLink,
    password: str,
    *,
    cookie: str,
    secrets: Secrets,
    hasher: PasswordHasher,
    also: Sequence[Effect] = (),
) -> bool:
    """Set the password and use the link up, together. False if the link was used meanwhile, or the address that it went
    to is another one. `cookie` is what the browser gets as a proof of it.

    The caller has checked the password, so a refused one leaves the link as it was. Raises `PoolBusy`.
    """
    subject_id, now = found.person.subject_id, occasion.now
    event = Event(type=EventType.LINK_REDEEMED, actor=occasion.actor, subject_id=subject_id, reason=PURPOSE)
    effects = [
        *_redeem(found, cookie, now),
        EXPIRE_LINKS.effect(of_subject=subject_id, of_purpose=PURPOSE, now=now),
        END_REPORT.effect(of_subject=subject_id),
        CANCEL_CHANGES.effect(of_account=found.person.account_id, now=now),
        REVOKE_OTHER_DEVICES.effect(
            of_subject=subject_id, kept_device=None, now=now, reason="password_changed"
        ),
        audit.effect(event, occasion.circumstances, now=now),
        *also,
    ]
    return await set_password(
        db, audit, occasion, found.person, password, secrets=secrets, hasher=hasher, also=effects
    )


def _redeem(found: OpenLink, cookie: str, now: int) -> list[Effect]:
    """A report's link uses up the report, and proves no mailbox: it was there for a week."""
    link_id, person = found.link.link_id, found.person
    if reported_by := found.about.get("reported_by"):
        return [
            REDEEM_LINK.effect(expects=1, of_link=link_id, now=now),
            REDEEM_LINK.effect(of_link=reported_by, now=now),
        ]
    if "mailbox" not in found.about:
        return [REDEEM_LINK.effect(expects=1, of_link=link_id, now=now)]
    about = json.dumps({**found.about, "cookie": digest_of(cookie).hex()})
    return [
        REDEEM_LINK_IN.effect(expects=1, of_link=link_id, now_about=about, now=now),
        KEEP_ADDRESS.effect(expects=1, of_account=person.account_id, of_key=_address_key(person)),
    ]


def _mailbox(person: Person) -> str:
    """What a link remembers of the address that it went to."""
    return digest_of(_address_key(person)).hex()


def _address_key(person: Person) -> str:
    return canonical_email(person.primary_email or "") or ""


async def change_password(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    password: str,
    *,
    session: Session,
    former_changed_at: int | None,
    signs_out: bool,
    disconnects: bool,
    secrets: Secrets,
    hasher: PasswordHasher,
    also: Sequence[Effect] = (),
) -> bool:
    """A new password by who is signed in. Their session lives on, and the browsers that they use stay known.
    `signs_out` ends every other session, and what somebody in one may have prepared: changes of addresses, browsers
    that no factor is asked for in. `disconnects` ends everything that applications were issued. False if the session
    ended meanwhile, or the password is no longer the one of `former_changed_at`, which was compared.

    The caller has checked the password. Raises `PoolBusy`.
    """
    subject_id, now = person.subject_id, occasion.now
    kept: list[Effect] = [
        KEEP_SESSION.effect(expects=1, of_session=session.session_id),
        EXPIRE_LINKS.effect(of_subject=subject_id, of_purpose=PURPOSE, now=now),
        *also,
    ]
    if former_changed_at is not None:
        compared = KEEP_PASSWORD.effect(
            expects=1, of_subject=subject_id, proven_password_at=former_changed_at
        )
        kept.insert(0, compared)
    return await set_password(
        db,
        audit,
        occasion,
        person,
        password,
        secrets=secrets,
        hasher=hasher,
        also=kept,
        ends=_ends(person, session, now, signs_out=signs_out, disconnects=disconnects),
    )


def _ends(person: Person, session: Session, now: int, *, signs_out: bool, disconnects: bool) -> list[Effect]:
    subject_id, reason, effects = person.subject_id, "password_changed", []
    if signs_out:
        others: dict[str, Any] = {"of_subject": subject_id, "kept_session": session.session_id, "now": now}
        effects += [
            END_OTHER_SESSIONS.effect(**others),
            REVOKE_FAMILIES_OF_OTHER_SESSIONS.effect(reason=reason, **others),
            END_OTHER_TRUSTS.effect(of_subject=subject_id, kept_device=session.device_id),
            CANCEL_CHANGES.effect(of_account=person.account_id, now=now),
        ]
    if disconnects:
        effects.append(REVOKE_FAMILIES_OF_SUBJECT.effect(of_subject=subject_id, now=now, reason=reason))
    return effects
