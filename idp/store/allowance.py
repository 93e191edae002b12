"""An allowance: so much in any sixty minutes, each spent by one conditional statement, so that parallel requests spend
as much as others. `what` is whose and what for.

Each hour of the clock has a row of `throttle`, whose `failures` counts. Of the hour before counts the part that is less
than sixty minutes ago, as if it had been spent evenly: so nobody gets twice as much around the turn of the hour.
"""

from sqlalchemy import BigInteger, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from idp.store.database import Database
from idp.store.statement import Effect, Write
from idp.store.tables.login import throttle
from idp.store.throttle import COUNTED

HOUR_SECONDS = 3_600

_KEY = bindparam("key", type_=Text)
_NOW = bindparam("now", type_=BigInteger)
_former = throttle.alias()
_spent_before = func.coalesce(
    select(_former.c.failures).where(_former.c.key == bindparam("key_before", type_=Text)).scalar_subquery(),
    0,
)
_free = bindparam("most", type_=BigInteger) * HOUR_SECONDS - _spent_before * bindparam(
    "seconds_left", type_=BigInteger
)
_first = select(_KEY, literal(1, BigInteger), literal(0, BigInteger), _NOW).where(_free >= HOUR_SECONDS)

_SPEND = Write(
    insert(throttle)
    .from_select(["key", "failures", "blocked_until", "updated_at"], _first)
    .on_conflict_do_update(
        index_elements=[throttle.c.key],
        set_={"failures": throttle.c.failures + 1, "updated_at": _NOW},
        where=_free >= (throttle.c.failures + 1) * HOUR_SECONDS,
    )
)


def spend(what: str, most: int, now: int) -> Effect:
    """One of it, expected."""
    hour = now // HOUR_SECONDS
    return _SPEND.effect(
        expects=1,
        key=_key(what, hour),
        key_before=_key(what, hour - 1),
        seconds_left=HOUR_SECONDS - now % HOUR_SECONDS,
        most=most,
        now=now,
    )


async def wait_seconds(db: Database, what: str, most: int, now: int) -> int | None:
    """How long until the next one, for who was refused; None where there is one left: something else was in the way."""
    hour = now // HOUR_SECONDS
    counts = [await db.one(COUNTED, of_key=_key(what, each)) for each in (hour - 1, hour)]
    before, spent = (count.failures if count else 0 for count in counts)
    if before * (HOUR_SECONDS - now % HOUR_SECONDS) + (spent + 1) * HOUR_SECONDS <= most * HOUR_SECONDS:
        return None
    return seconds_until(before, spent, most, now)


def seconds_until(before: int, spent: int, limit: int, now: int) -> int:
    """The same by what was spent in the hour before and in this one. Pure."""
    seconds_left = HOUR_SECONDS - now % HOUR_SECONDS
    if spent < limit and before:
        return max(seconds_left - (limit - spent - 1) * HOUR_SECONDS // before, 1)
    # In the next hour, of which this one is then the hour before.
    return seconds_left + max(HOUR_SECONDS - (limit - 1) * HOUR_SECONDS // max(spent, 1), 0)


def _key(what: str, hour: int) -> str:
    return f"{what}:{hour}"
