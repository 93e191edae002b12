"""How much of other people's data one agent may see: so many views and searches in any hour.

Each is spent by one conditional statement before anything is shown, so that parallel requests spend as much as others.
"""

from idp.records.account import SubjectId
from idp.store.allowance import HOUR_SECONDS, SPEND_ALLOWANCE
from idp.store.database import Database
from idp.store.statement import Effect
from idp.store.throttle import COUNTED


def spend(what: str, agent: SubjectId, limit: int, now: int) -> Effect:
    """One view or search, expected."""
    hour = now // HOUR_SECONDS
    return SPEND_ALLOWANCE.effect(
        expects=1,
        key=_key(what, agent, hour),
        key_before=_key(what, agent, hour - 1),
        seconds_left=HOUR_SECONDS - now % HOUR_SECONDS,
        most=limit,
        now=now,
    )


async def wait_seconds(db: Database, what: str, agent: SubjectId, limit: int, now: int) -> int:
    """How long until the next one, for who was refused."""
    hour = now // HOUR_SECONDS
    counts = [await db.one(COUNTED, of_key=_key(what, agent, each)) for each in (hour - 1, hour)]
    before, spent = (count.failures if count else 0 for count in counts)
    return seconds_until(before, spent, limit, now)


def seconds_until(before: int, spent: int, limit: int, now: int) -> int:
    """The same, from what was spent in the hour before and in this one. Pure."""
    seconds_left = HOUR_SECONDS - now % HOUR_SECONDS
    if spent < limit and before:
        return max(seconds_left - (limit - spent - 1) * HOUR_SECONDS // before, 1)
    # In the next hour, of which this one is then the hour before.
    return seconds_left + max(HOUR_SECONDS - (limit - 1) * HOUR_SECONDS // max(spent, 1), 0)


def _key(what: str, agent: SubjectId, hour: int) -> str:
    return f"support-{what}:{agent}:{hour}"
