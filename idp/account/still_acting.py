"""What goes on when a password is new: programs and other accounts don't know it, and whoever knew the old one may have
let them in. Their owner is told, and decides: ending them all would stop what the owner set up, too.
"""

from dataclasses import dataclass

from idp.config.settings import Settings
from idp.records.account import Person
from idp.store.database import Database
from idp.store.delegations import LIVING_OFFERS
from idp.store.service_accounts import WORKING_OWN_CLIENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class StillActing:
    """How many service accounts are on, and how many other accounts may act, or were asked to."""

    programs: int = 0
    accounts: int = 0

    def __bool__(self) -> bool:
        return bool(self.programs or self.accounts)


async def still_acting(db: Database, settings: Settings, person: Person, now: int) -> StillActing:
    """For an account, as far as the settings let anybody act at all."""
    programs = accounts = None
    if settings.service_accounts.scopes:
        programs = await db.one(WORKING_OWN_CLIENTS, of_owner=person.account_id)
    if settings.delegation.enabled:
        accounts = await db.one(LIVING_OFFERS, of_subject=person.subject_id, now=now)
    return StillActing(programs=programs or 0, accounts=accounts or 0)
