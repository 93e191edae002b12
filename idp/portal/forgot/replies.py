"""Which mail answers whom, and why.

A link to a new password goes to the primary address alone, whatever was typed: the backup address identifies an
account and proves nothing. Whoever reads only that mailbox gets the customer ID and the way for a lost mailbox, where
support and a second agent decide; the link goes to the primary mailbox beside it, unless that one refuses mail. A link
there would let the weaker of two mailboxes take an account over.

Nobody learns who exists: for nobody the same statements are made as for somebody, with what would be written left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from idp.account.new_password import asked_password_link
from idp.login.front_door import FrontDoor
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.login.sending import asker_of
from idp.portal.forgot.counts import spend_account
from idp.records.account import AccountId, AccountStatus, BlockedBy, Person, Role, SubjectId
from idp.records.event import Event, EventType
from idp.records.interaction import Interaction
from idp.spec.identifier import CustomerIdKey, EmailKey, read_identifier
from idp.store.accounts import PEOPLE_BY_BACKUP_EMAIL, PERSON_BY_CUSTOMER_ID, PERSON_BY_EMAIL
from idp.store.factors import STANDING
from idp.store.statement import Effect
from idp.store.throttle import FORGIVE_ALL
from idp.web.circumstances import circumstances_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One request. `locale` is the language of the page, for accounts without one."""

    door: FrontDoor
    request: Request
    typed: str
    wants_link: bool
    interaction: Interaction | None
    locale: str
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody whom the typed text names. `by_backup`: as the owner of their backup address."""

    person: Person
    by_backup: bool = False


async def reply(asking: Asking) -> None:
    """Write the mails. Whether there are any, and for whom, shows nowhere."""
    door = asking.door
    key = read_identifier(asking.typed, suffix=door.settings.customer_id.suffix)
    found = await _named(door, key)
    for named in found:
        await _reply_to(asking, named)
    if not found:
        await _reply_to_nobody(asking, key.value if key else asking.typed.lower())
    door.outbox.wake()


async def _named(door: FrontDoor, key: CustomerIdKey | EmailKey | None) -> list[Named]:
    """Closed for good, an account has neither an address nor anybody to tell."""
    if isinstance(key, CustomerIdKey):
        one = await door.database.one(PERSON_BY_CUSTOMER_ID, customer_id=key.value)
        found = [Named(person=one)] if one else []
    else:
        email_key = key.value if key else ""
        primary = await door.database.one(PERSON_BY_EMAIL, email_key=email_key)
        backed = await door.database.all(PEOPLE_BY_BACKUP_EMAIL, email_key=email_key)
        found = [Named(person=primary)] if primary else []
        found += [Named(person=person, by_backup=True) for person in backed]
    return [named for named in found if named.person.status is not AccountStatus.DELETED]


async def _reply_to(asking: Asking, named: Named) -> None:
    person = named.person
    effects = await _effects(asking, named, f"subject:{person.subject_id}")
    await asking.door.database.apply(effects)


async def _reply_to_nobody(asking: Asking, spelling: str) -> None:
    """The same look-ups, counts and number of statements, of which those that would write a mail touch no row."""
    effects = await _effects(asking, Named(person=_nobody(spelling, asking.now)), "")
    await asking.door.database.apply(effects)


async def _effects(asking: Asking, named: Named, known: str) -> list[Effect]:
    door, person = asking.door, named.person
    asker = await asker_of(door, asking.request, person.subject_id, asking.now)
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    is_refused = standing is not None and standing.primary_email_refused_at is not None
    mails = _mails(asking, named, is_refused=is_refused)
    if not known:
        mails = [FORGIVE_ALL.effect(of_key="") for _ in mails]
    return [*spend_account(door, asker, asking.now), *mails, _audit(asking, person if known else None)]


def _mails(asking: Asking, named: Named, *, is_refused: bool) -> list[Effect]:
    person = named.person
    if named.by_backup:
        link = _link(asking, person) if asking.wants_link and not is_refused else []
        return [*_customer_id(asking, person, person.backup_email, "backup"), *link]
    if asking.wants_link and person.primary_email is not None:
        return _link(asking, person)
    if person.primary_email is None and person.backup_email_verified:
        return _customer_id(asking, person, person.backup_email, "backup")
    return _customer_id(asking, person, person.primary_email, "primary")


def _link(asking: Asking, person: Person) -> list[Effect]:
    """The mail with a link, or, where none would help, with what does. An address that nobody proved may be a
    stranger's, and a link is all that it takes.
    """
    if person.primary_email is None or not person.primary_email_verified:
        return []
    if person.status is AccountStatus.DISABLED and person.blocked_by is not BlockedBy.OWNER:
        return _blocked(asking, person, person.primary_email)
    if person.status is AccountStatus.INCOMPLETE:
        return _customer_id(asking, person, person.primary_email, "primary")
    door, interaction = asking.door, asking.interaction
    seconds = door.settings.recovery.link_seconds
    path, effects = asked_password_link(
        door.entropy,
        person,
        seconds=seconds,
        client_id=interaction.client_id if interaction else "",
        interaction_id=interaction.interaction_id if interaction else "",
        now=asking.now,
    )
    seen, language = door.seen(asking.request), person.language or asking.locale
    context = {
        "new_password_url": door.settings.issuer + path,
        "minutes": seconds // 60,
        "browser": seen.browser_text,
        "place": seen.place_in(language),
        "at": asking.now,
    }
    mail = door.outbox.mail(
        "new-password",
        to=person.primary_email,
        locale=language,
        context=context,
        subject_id=person.subject_id,
        now=asking.now,
        lifetime_seconds=seconds,
    )
    return [*effects, mail]


def _customer_id(asking: Asking, person: Person, address: str | None, to: str) -> list[Effect]:
    issuer = asking.door.settings.issuer
    context = {"to": to, "sign_in_url": f"{issuer}/account", "lost_mailbox_url": issuer + LOST_MAILBOX_PATH}
    return _mail(asking, person, "customer-id", address, context)


def _blocked(asking: Asking, person: Person, address: str) -> list[Effect]:
    context = {"by": "staff", "forgot_url": f"{asking.door.settings.issuer}/forgot", "at": asking.now}
    return _mail(asking, person, "account-blocked", address, context)


def _mail(
    asking: Asking, person: Person, template: str, address: str | None, context: Mapping[str, Any]
) -> list[Effect]:
    if address is None:
        return []
    mail = asking.door.outbox.mail(
        template,
        to=address,
        locale=person.language or asking.locale,
        context=context,
        subject_id=person.subject_id,
        now=asking.now,
    )
    return [mail]


def _audit(asking: Asking, person: Person | None) -> Effect:
    event = Event(
        type=EventType.LINK_ISSUED if person and asking.wants_link else EventType.ACCOUNT_ASKED_FOR,
        actor="anonymous",
        outcome="success" if person else "failure",
        reason="password" if asking.wants_link else "customer_id",
        subject_id=person.subject_id if person else None,
    )
    return asking.door.audit.effect(event, circumstances_of(asking.request), now=asking.now)


def _nobody(spelling: str, now: int) -> Person:
    """Where there is no such account its spelling is counted. Nothing is ever sent there."""
    return Person(
        subject_id=SubjectId(spelling),
        sub="",
        account_id=AccountId(""),
        customer_id="",
        primary_email="nobody@example.invalid",
        primary_email_verified=True,
        backup_email=None,
        backup_email_verified=False,
        profile={},
        language="",
        role=Role.CUSTOMER,
        status=AccountStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
