"""Mails about changes of addresses: to every address that may have something to say about them, each once."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.account.office import Office
from idp.account.reporting import not_me_link
from idp.events.masking import masked_email
from idp.records.account import Person
from idp.records.sign_up import AddressChange
from idp.spec.identifier import canonical_email
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Whence:
    """Where somebody did it, in words; empty where time did."""

    browser: str = ""
    place: str = ""


NOWHERE = Whence()


def planned_mails(
    office: Office,
    person: Person,
    change: AddressChange,
    cancel_url: str,
    *,
    whence: Whence,
    now: int,
) -> list[Effect]:
    """A change waits, and this is how to stop it."""
    return [
        office.outbox.mail(
            "address-change",
            to=address,
            locale=_language(office, person),
            context={
                "what": change.place.value if change.email else "removal",
                "new_address": masked_email(change.email) if change.email else "",
                "apply_at": change.apply_at,
                "cancel_url": cancel_url,
                "browser": whence.browser,
                "place": whence.place,
                "at": now,
            },
            subject_id=person.subject_id,
            now=now,
        )
        for address in _each_once(person.proven_addresses)
    ]


def change_mails(
    office: Office,
    person: Person,
    what: str,
    addresses: Iterable[str],
    *,
    whence: Whence,
    detail: str = "",
    now: int,
) -> list[Effect]:
    """Something became of one. `what` is a word of the template `security-changed`."""
    link, linking = not_me_link(office.entropy, person.subject_id, {}, now=now)
    mails = [
        office.outbox.mail(
            "security-changed",
            to=address,
            locale=_language(office, person),
            context={
                "what": what,
                "detail": detail,
                "browser": whence.browser,
                "place": whence.place,
                "at": now,
                "not_me_url": office.settings.issuer + link,
            },
            subject_id=person.subject_id,
            now=now,
        )
        for address in _each_once(addresses)
    ]
    return [linking, *mails] if mails else []


def _each_once(addresses: Iterable[str]) -> list[str]:
    """However they are spelt."""
    return [*{canonical_email(address) or address: address for address in addresses}.values()]


def _language(office: Office, person: Person) -> str:
    return person.language or office.settings.language.default
