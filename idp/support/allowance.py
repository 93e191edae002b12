"""How much of other people's data one agent may see: so many views and searches in any hour.

Each is spent by one conditional statement before anything is shown, so that parallel requests spend as much as others.
"""

from idp.records.account import SubjectId
from idp.store.allowance import HOUR_SECONDS, SPEND_ALLOWANCE, seconds_until
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


def _key(what: str, agent: SubjectId, hour: int) -> str:
    return f"support-{what}:{agent}:{hour}"
