"""How often a customer's service accounts may be given something in an hour: each time the customer gets a mail."""

from idp.records.account import AccountId
from idp.store.allowance import HOUR_SECONDS, SPEND_ALLOWANCE, seconds_until
from idp.store.database import Database
from idp.store.statement import Effect
from idp.store.throttle import COUNTED


def spend(owner_id: AccountId, most: int, now: int) -> Effect:
    """One change, expected: beside what is changed, so that only what is done counts."""
    hour = now // HOUR_SECONDS
    return SPEND_ALLOWANCE.effect(
        expects=1,
        key=_key(owner_id, hour),
        key_before=_key(owner_id, hour - 1),
        seconds_left=HOUR_SECONDS - now % HOUR_SECONDS,
        most=most,
        now=now,
    )


async def wait_seconds(db: Database, owner_id: AccountId, most: int, now: int) -> int | None:
    """How long until the next one; None where there is one left, so something else was in the way."""
    hour = now // HOUR_SECONDS
    counts = [await db.one(COUNTED, of_key=_key(owner_id, each)) for each in (hour - 1, hour)]
    before, spent = (count.failures if count else 0 for count in counts)
    if before * (HOUR_SECONDS - now % HOUR_SECONDS) + (spent + 1) * HOUR_SECONDS <= most * HOUR_SECONDS:
        return None
    return seconds_until(before, spent, most, now)


def _key(owner_id: AccountId, hour: int) -> str:
    return f"service-accounts:{owner_id}:{hour}"
