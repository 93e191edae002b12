"""Telling that changes of addresses which waited were stopped with something else: a new password, a report."""

from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.records.account import Person
from idp.risk.seen import Seen
from idp.store.address_changes import WAITING_CHANGES
from idp.store.statement import Effect


async def stopped_notice(door: FrontDoor, person: Person, seen: Seen, *, now: int) -> list[Effect]:
    """The mail to both addresses, if any change waits: its owner may count on one that they asked for themselves."""
    if not await door.database.all(WAITING_CHANGES, of_account=person.account_id):
        return []
    return security_notice(door, person, "address-change-cancelled", seen, now=now)
