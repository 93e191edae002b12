"""Telling both sides of delegations that ended by themselves: by their time, or with what became of either account."""

from idp.account.delegation import person_of_delegate
from idp.account.delegation_notices import Notice, ended
from idp.account.office import Office
from idp.records.delegation import EndedBy
from idp.records.event import Occasion
from idp.store.delegations import TELL_OF_DELEGATION, UNTOLD_DELEGATIONS


async def tell_ended(office: Office, now: int) -> None:
    """Upkeep: tell both sides of what has ended by itself since the last time."""
    notice = Notice(occasion=Occasion(now=now, actor="system"))
    for found in await office.database.all(UNTOLD_DELEGATIONS, now=now):
        delegate = await person_of_delegate(office.database, found)
        effects = [
            TELL_OF_DELEGATION.effect(expects=1, of_delegation=found.delegation.delegation_id, now=now),
            *ended(office, notice, found, delegate, by=EndedBy.SYSTEM),
        ]
        if await office.database.apply(effects):
            office.outbox.wake()
