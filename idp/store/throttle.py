"""Statements of the throttle: a try is spent by one conditional statement, before anything is compared.

`failures` counts up; each count has its delay, and until the delay has passed no try can be spent. A key that was left
alone for `forget` seconds starts anew. Nothing is ever locked for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, case, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from idp.store.statement import Query, Write
from idp.store.tables.login import throttle

_NOW = bindparam("now", type_=BigInteger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    key: str
    failures: int
    blocked_until: int


def spend_try(delays: Sequence[int], *, forget_seconds: int) -> Write:
    """A try at `key`: its n-th failure in a row blocks for `delays[n - 1]` seconds, later ones for the last.

    Touches one row if the try may be made, none if the key is blocked.
    """
    is_stale = throttle.c.updated_at < _NOW - forget_seconds
    failures = case((is_stale, 1), else_=throttle.c.failures + 1)
    return Write(
        insert(throttle)
        .values(
            key=bindparam("key"),
            failures=1,
            blocked_until=_NOW + literal(delays[0], BigInteger),
            updated_at=_NOW,
        )
        .on_conflict_do_update(
            index_elements=[throttle.c.key],
            set_={
                "failures": failures,
                "blocked_until": _NOW + _delay(throttle.c.failures + 1, is_stale, delays),
                "updated_at": _NOW,
            },
            where=or_(throttle.c.blocked_until <= _NOW, is_stale),
        )
    )


def _delay(
    failures: ColumnElement[int], is_stale: ColumnElement[bool], delays: Sequence[int]
) -> ColumnElement[int]:
    # One branch for each change of the delay, so that free tries cost one branch however many there are.
    steps = [
        (count, delay)
        for count, delay in enumerate(delays, 1)
        if count == len(delays) or delays[count] != delay
    ]
    branches = [(failures <= count, literal(delay, BigInteger)) for count, delay in steps[:-1]]
    return case(
        (is_stale, literal(delays[0], BigInteger)), *branches, else_=literal(steps[-1][1], BigInteger)
    )


# A success gives back the try that was spent for it, and for the account everything.
FORGIVE_ALL = Write(
    update(throttle).where(throttle.c.key == bindparam("of_key")).values(failures=0, blocked_until=0)
)
FORGIVE_ONE = Write(
    update(throttle)
    .where(throttle.c.key == bindparam("of_key"), throttle.c.failures > 0)
    .values(failures=throttle.c.failures - 1, blocked_until=0)
)

THROTTLED: Query[Throttled] = Query(
    select(throttle.c.key, throttle.c.failures, throttle.c.blocked_until).where(
        throttle.c.key == bindparam("of_key"), throttle.c.blocked_until > _NOW
    ),
    into=Throttled,
)

COUNTED: Query[Throttled] = Query(
    select(throttle.c.key, throttle.c.failures, throttle.c.blocked_until).where(
        throttle.c.key == bindparam("of_key")
    ),
    into=Throttled,
)
