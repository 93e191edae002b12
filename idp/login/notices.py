"""Mails about signing in: somebody signed in, from where, and what to do if it was not you."""

from collections.abc import Mapping

from idp.account.reporting import not_me_link
from idp.login.front_door import FrontDoor
from idp.records.account import Person
from idp.records.factor import Notify
from idp.records.interaction import Interaction
from idp.records.session import Device, Session
from idp.risk.seen import Seen
from idp.spec.visible_text import is_plain_name
from idp.store.devices import REVOKE_DEVICE
from idp.store.factors import SECURITY
from idp.store.statement import Effect


async def sign_in_notice(
    door: FrontDoor,
    person: Person,
    session: Session,
    interaction: Interaction,
    seen: Seen,
    *,
    is_new: bool,
    locale: str,
    now: int,
) -> list[Effect]:
    """The mail about a sign-in, if its owner wants one of this kind: of every sign-in, or of new browsers only. It
    speaks the account's language, or else that of the pages, as the mail with the code did.
    """
    if person.primary_email is None:
        return []
    if not is_new:
        security = await door.database.one(SECURITY, of_subject=person.subject_id)
        if security is None or security.notify is not Notify.EVERY:
            return []
    about = {"session_id": session.session_id, "device_id": session.device_id or ""}
    link, effect = not_me_link(door.entropy, person.subject_id, about, now=now)
    client = await door.clients.find(interaction.client_id, now) if interaction.client_id else None
    language = person.language or locale
    mail = door.outbox.mail(
        "new-sign-in",
        to=person.primary_email,
        locale=language,
        context={
            "application": client.mailed_name(language) if client else "",
            "browser": seen.browser_text,
            "place": seen.place_in(language),
            "at": now,
            "not_me_url": door.settings.issuer + link,
        },
        subject_id=person.subject_id,
        now=now,
    )
    return [effect, mail]


def forget_copied_device(
    door: FrontDoor, person: Person, device: Device | None, seen: Seen, *, now: int
) -> list[Effect]:
    """A device cookie that was seen in two places is worth nothing any more, to its owner neither, who gets a mail."""
    if device is None:
        return []
    revoked = REVOKE_DEVICE.effect(
        of_device=device.device_id, of_subject=device.subject_id, now=now, reason="cloned"
    )
    return [revoked, *security_notice(door, person, "device-copied", seen, detail=device.browser, now=now)]


def device_notice(
    door: FrontDoor, person: Person, what: str, seen: Seen, name: str, *, now: int
) -> list[Effect]:
    """The same about a device, without its name where that is none to be mailed: a thief may have chosen it."""
    detail = name if is_plain_name(name) else ""
    return security_notice(door, person, what, seen, detail=detail, now=now)


def security_notice(
    door: FrontDoor, person: Person, what: str, seen: Seen, *, detail: str = "", now: int
) -> list[Effect]:
    """The mail about a change of security, to the primary and the backup address. `what` is a word of the template."""
    return notice_mails(door, person, "security-changed", {"what": what, "detail": detail}, seen, now=now)


def notice_mails(
    door: FrontDoor, person: Person, template: str, context: Mapping[str, object], seen: Seen, *, now: int
) -> list[Effect]:
    """The same by a template of its own, whose context says more than where, when, and how to report it."""
    link, effect = not_me_link(door.entropy, person.subject_id, {}, now=now)
    addresses = (person.primary_email, person.backup_email if person.backup_email_verified else None)
    language = person.language or door.settings.language.default
    mails = [
        door.outbox.mail(
            template,
            to=address,
            locale=language,
            context={
                **context,
                "browser": seen.browser_text,
                "place": seen.place_in(language),
                "at": now,
                "not_me_url": door.settings.issuer + link,
            },
            subject_id=person.subject_id,
            now=now,
        )
        for address in addresses
        if address
    ]
    return [effect, *mails] if mails else []
