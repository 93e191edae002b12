"""What undoes a block that the owner of an account set: a new password by a mailed link, and then a second proof. Pure.

Where two-factor authentication is on that is a factor; else a code to the primary and one to the backup address. What
was changed shortly before the block, a factor or an address, may be a thief's: then, as after a block by staff, a case
is needed.
"""

from enum import StrEnum

from idp.account.links import is_blocked_by_owner
from idp.records.account import Person
from idp.records.factor import Standing

RECENT_SECONDS = 604_800
"""What was changed within seven days before the block is not trusted."""


class WayBack(StrEnum):
    """What is asked for beside the new password."""

    FACTOR = "factor"
    MAILBOXES = "mailboxes"
    SUPPORT = "support"


def way_back(person: Person, standing: Standing, *, sms: bool, address_changed_at: int | None) -> WayBack:
    """The way back into a blocked account. `address_changed_at` is when one of its addresses last was."""
    if not is_blocked_by_owner(person) or standing.blocked_at is None:
        return WayBack.SUPPORT
    since = standing.blocked_at - RECENT_SECONDS
    if any(at is not None and at >= since for at in (standing.changed_at, address_changed_at)):
        return WayBack.SUPPORT
    has_both = person.primary_email is not None and standing.has_backup_email
    if not standing.has_two_factor and has_both:
        return WayBack.MAILBOXES
    return WayBack.FACTOR if standing.ways(sms=sms) else WayBack.SUPPORT
