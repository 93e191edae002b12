"""What undoes a block that the owner of an account set: a new password by a mailed link, and then a second proof. Pure.

Where two-factor authentication is on that is a factor; else a code to the primary and one to the backup address. What
was changed shortly before the block, a factor or an address, may be a thief's: then, as after a block by staff, a case
is needed. Every page, the dispatcher and the act itself ask here.
"""

from enum import StrEnum

from idp.records.factor import Standing

RECENT_SECONDS = 604_800
"""What was changed within seven days before the block is not trusted."""


class WayBack(StrEnum):
    """What is asked for beside the new password."""

    FACTOR = "factor"
    MAILBOXES = "mailboxes"
    """Or a factor, where there is one although two-factor authentication is off."""
    SUPPORT = "support"


def way_back(standing: Standing, *, sms: bool) -> WayBack:
    """The way back into an account that is blocked. `sms`: whether the operator sends any."""
    if standing.blocked_at is None:
        return WayBack.SUPPORT
    since = standing.blocked_at - RECENT_SECONDS
    if any(at is not None and at >= since for at in (standing.changed_at, standing.address_changed_at)):
        return WayBack.SUPPORT
    if not standing.has_two_factor and standing.has_primary_email and standing.has_backup_email:
        return WayBack.MAILBOXES
    return WayBack.FACTOR if standing.ways(sms=sms) else WayBack.SUPPORT
