"""Statements of an allowance: so much in any sixty minutes, each spent by one conditional statement.

Each hour of the clock has a row of `throttle`, whose `failures` counts. Of the hour before counts the part that is less
than sixty minutes ago, as if it had been spent evenly: so nobody gets twice as much around the turn of the hour.
"""

from sqlalchemy import BigInteger, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from idp.store.statement import Write
from idp.store.tables.login import throttle

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

SPEND_ALLOWANCE = Write(
    insert(throttle)
    .from_select(["key", "failures", "blocked_until", "updated_at"], _first)
    .on_conflict_do_update(
        index_elements=[throttle.c.key],
        set_={"failures": throttle.c.failures + 1, "updated_at": _NOW},
        where=_free >= (throttle.c.failures + 1) * HOUR_SECONDS,
    )
)
"""With `expects=1`. `key_before` is that of the hour before; `seconds_left` are those of the hour of `key`."""


def seconds_until(before: int, spent: int, limit: int, now: int) -> int:
    """How long until the next one, for who was refused, by what was spent in the hour before and in this one. Pure."""
    seconds_left = HOUR_SECONDS - now % HOUR_SECONDS
    if spent < limit and before:
        return max(seconds_left - (limit - spent - 1) * HOUR_SECONDS // before, 1)
    # In the next hour, of which this one is then the hour before.
    return seconds_left + max(HOUR_SECONDS - (limit - 1) * HOUR_SECONDS // max(spent, 1), 0)
