"""Upkeep: what a running server does by itself. Each job takes a lease, so one node does it, and may be done twice."""

import asyncio
from dataclasses import dataclass

import structlog

from idp.account.address_change import apply_due_changes
from idp.account.cases.ageing import drop_drafts, expire_stale, forget_cases
from idp.account.cases.applying import apply_due
from idp.account.delegation_telling import tell_ended
from idp.account.deletion import delete_due
from idp.app.house import House
from idp.clients.self_registration import forget_unused
from idp.events.leases import acquire
from idp.records.event import Occasion
from idp.store.database import DatabaseUnavailable
from idp.store.pruning import PRUNINGS, decision_pruning, message_pruning

_INTERVAL_SECONDS = 60
_LEASE_SECONDS = 300
# Far more than requests leave behind in the meantime, or the tables would grow for ever.
_BATCHES_AT_ONCE = 1_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    house: House
    holder: str

    async def run_for_ever(self) -> None:
        """Until cancelled. A database that is away for a while ends nothing."""
        while True:
            try:
                await self.once(self.house.clock.now())
            except DatabaseUnavailable as error:
                _log.warning("upkeep has to wait", reason=str(error))
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def once(self, now: int) -> None:
        """Rotate keys, change addresses and delete accounts that are due, and prune what nobody can use any more."""
        await self.house.succession.rotate_due(now, holder=self.holder)
        await self.house.keyring.refresh(now)
        database = self.house.database
        if await acquire(database, "addresses", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            await apply_due_changes(self.house, Occasion(now=now, actor="system"))
        if await acquire(database, "deletions", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            await delete_due(self.house, now)
        if await acquire(database, "delegations", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            await tell_ended(self.house, now)
        if await acquire(database, "prune", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            await self._prune(now)
        if await acquire(database, "registrations", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            days = self.house.settings.registration.unused_days
            await forget_unused(
                database, self.house.audit, Occasion(now=now, actor="system"), unused_days=days
            )
        if await acquire(database, "cases", holder=self.holder, now=now, seconds=_LEASE_SECONDS):
            await self._keep_cases(now)

    async def _keep_cases(self, now: int) -> None:
        """Apply what was approved and not cancelled, end what waits in vain, and forget what people showed and told."""
        occasion = Occasion(now=now, actor="system")
        await apply_due(self.house, occasion)
        await expire_stale(self.house, occasion)
        await drop_drafts(self.house, occasion)
        await forget_cases(self.house, occasion)

    async def _prune(self, now: int) -> None:
        """Small batches, so that requests get their turn between them."""
        settings = self.house.settings
        kept = (message_pruning(settings.mail.log_days), decision_pruning(settings.risk.keep_days))
        for pruning in (*PRUNINGS, *kept):
            for _ in range(_BATCHES_AT_ONCE):
                if not await self.house.database.apply([pruning.effect(now, is_full=True)]):
                    break
            await self.house.database.apply([pruning.effect(now, is_full=False)])
