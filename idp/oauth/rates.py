"""How often a client may ask where clients authenticate: a bucket for each, in this process's memory.

A bucket fills evenly and holds what may come at once. A request is taken from it once its client has authenticated, so
nobody can empty a bucket of somebody else's; a public client's name proves nothing, so each network that uses it has a
bucket of its own. What is not asked for fills up, so buckets may be forgotten: those of public clients, of which
strangers can make any number, never push out another client's.
"""

from collections import OrderedDict
from dataclasses import dataclass

from idp.config.limits import Limits
from idp.records.client import Client
from idp.spec.errors import TooManyRequests

_MINUTE_SECONDS = 60

Key = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Turn:
    """One request, however often it is decided anew: it is counted once."""

    is_counted: bool = False


@dataclass(slots=True, kw_only=True)
class _Bucket:
    left: float
    filled_at: int


class Rates:
    """One for each process. It remembers `most_buckets` of public clients, and as many of all others."""

    def __init__(self, limits: Limits, *, most_buckets: int = 16_384) -> None:
        self._limits = limits
        self._most_buckets = most_buckets
        self._confidential: OrderedDict[Key, _Bucket] = OrderedDict()
        self._public: OrderedDict[Key, _Bucket] = OrderedDict()

    def count(self, client: Client, turn: Turn, *, network: str, now: int) -> None:
        """Take a request of `client`, which has authenticated. Raises TooManyRequests, taking nothing."""
        per_minute = client.requests_per_minute or self._limits.requests_per_minute
        if turn.is_counted or not per_minute:
            return
        most = max(1.0, per_minute * self._limits.burst_seconds / _MINUTE_SECONDS)
        buckets = self._public if client.is_public else self._confidential
        bucket = self._bucket(buckets, (client.client_id, network if client.is_public else ""), most, now)
        # A clock that was set back must not empty a bucket.
        passed = max(0, now - bucket.filled_at)
        bucket.left = min(most, bucket.left + passed * per_minute / _MINUTE_SECONDS)
        bucket.filled_at = now
        if bucket.left < 1:
            wait_seconds = -int(-(1 - bucket.left) * _MINUTE_SECONDS // per_minute)
            message = f"this client may make {per_minute} requests a minute"
            raise TooManyRequests(message, wait_seconds=max(1, wait_seconds))
        bucket.left -= 1
        turn.is_counted = True

    def _bucket(self, buckets: OrderedDict[Key, _Bucket], key: Key, most: float, now: int) -> _Bucket:
        """The bucket of `key`, a full one if there is none; the one that was used longest ago makes room."""
        bucket = buckets.setdefault(key, _Bucket(left=most, filled_at=now))
        buckets.move_to_end(key)
        if len(buckets) > self._most_buckets:
            buckets.popitem(last=False)
        return bucket
