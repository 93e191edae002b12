"""Leases: background work that one node does at a time.

A lease is a row taken by compare-and-swap. A node whose clock runs ahead may take it early, so work under a lease is
idempotent, and the lease only saves effort.
"""

from idp.store.database import Database
from idp.store.leases import release_lease, take_lease


async def acquire(db: Database, work: str, *, holder: str, now: int, seconds: int) -> bool:
    """Take or prolong the lease on `work`. False while another holder has it."""
    return await db.apply(
        [take_lease.effect(name=work, holder=holder, expires_at=now + seconds, now=now, expects=1)]
    )


async def release(db: Database, work: str, *, holder: str) -> None:
    """Let another node begin at once. Somebody else's lease stays."""
    await db.apply([release_lease.effect(name=work, holder=holder)])
