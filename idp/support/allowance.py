"""How much of other people's data one agent may see: so many views and searches in each hour of the clock.

Each is spent by one conditional statement before anything is shown, so that parallel requests spend as much as others.
"""

from functools import lru_cache

from idp.records.account import SubjectId
from idp.store.statement import Effect, Write
from idp.store.throttle import spend_try

_HOUR = 3_600


def spend(what: str, agent: SubjectId, limit: int, now: int) -> Effect:
    """One view or search of the hour, expected."""
    return _write(limit).effect(expects=1, key=f"support-{what}:{agent}:{now // _HOUR}", now=now)


def wait_seconds(now: int) -> int:
    """Until the hour is over."""
    return _HOUR - now % _HOUR


@lru_cache(maxsize=8)
def _write(limit: int) -> Write:
    # The last one blocks for longer than its hour lasts; the next hour has a count of its own.
    return spend_try((*[0] * (limit - 1), _HOUR), forget_seconds=_HOUR)
