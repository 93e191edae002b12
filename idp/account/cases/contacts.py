"""Whom a case writes to: mailboxes that somebody has proven. Pure."""

from idp.records.account import Person
from idp.records.case import Case, CaseKind
from idp.spec.identifier import canonical_email


def contacts(case: Case, person: Person | None) -> tuple[str, ...]:
    """Where we write to who asks: mailboxes that they can read."""
    backup = person.backup_email if person and person.backup_email_verified else None
    new = case.new_email if case.new_email_verified_at is not None else None
    match case.kind:
        case CaseKind.MAILBOX_DOCUMENTS if new:
            return (new,)
        case CaseKind.MAILBOX_BACKUP | CaseKind.MAILBOX_DOCUMENTS:
            return (backup,) if backup else ()
        case CaseKind.FACTOR | CaseKind.UNBLOCK:
            # Where they said that we reach them, whoever they are; and the owner hears of it too.
            return known_addresses(case, person)


def known_addresses(case: Case, person: Person | None) -> tuple[str, ...]:
    """Every address that is the account's or becomes it, each once."""
    new = case.new_email if case.new_email_verified_at is not None else None
    addresses = [*(person.proven_addresses if person else ()), new]
    by_key = {canonical_email(address) or address: address for address in addresses if address}
    return tuple(by_key.values())
