"""What one subject usually does: a bounded summary of completed sign-ins, learnt one at a time.

For each level of likeness it has a few values with their weight and the day they were last seen, and how often a value
was new. Weights are halved every 90 days, so that habits follow their owner. Reading and learning cost the same
however long the history is, and the text never exceeds 2,000 characters.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from idp.risk.features import Features

LONGEST_TEXT = 2_000
MOST_VALUES = 16
_DAY = 86_400
HALVING_SECONDS = 90 * _DAY
# Two halvings after its last use, a value that was used once says nothing any more.
_FORGET_DAYS = 365
# Major versions.
_LAG = 2


class Level(StrEnum):
    """How alike an address or a browser can be, the closest of each kind first."""

    ADDRESS = "a"
    NETWORK = "n"
    ASN = "s"
    COUNTRY = "c"
    AGENT = "b"
    SYSTEM = "o"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A value: its weight, the day (since 1970) of its last use, and the newest version of a browser."""

    weight: int
    day: int
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """Where the last sign-in was that had a place, hosting networks aside: nobody travels to a VPN."""

    at: int
    country: str
    latitude: int | None = None
    longitude: int | None = None
    radius_km: int = 0


Values = Mapping[Level, Mapping[str, Used]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """`weight` is what is left of all sign-ins; `novel` how many of them were the first with their value, by level, and
    `older` how many had an older version of a browser than before.
    """

    weight: int = 0
    halved_at: int = 0
    values: Values = field(default_factory=dict)
    novel: Mapping[Level, int] = field(default_factory=dict)
    older: int = 0
    last: Last | None = None

    def at(self, level: Level) -> Mapping[str, Used]:
        return self.values.get(level, {})

    def find(self, level: Level, *names: str) -> Used | None:
        """The first of `names` that was used; empty ones never were."""
        used = self.at(level)
        return next((used[name] for name in names if name and name in used), None)

    def shares(self, level: Level) -> dict[str, float]:
        """How much of all sign-ins had each value."""
        used = self.at(level)
        total = max(self.weight, sum(one.weight for one in used.values()))
        return {name: one.weight / total for name, one in used.items()}

    def knows_network(self, features: Features) -> bool:
        return any(
            self.find(level, *names(level, features)) is not None for level in (Level.ADDRESS, Level.NETWORK)
        )


def learnt(habits: Habits, features: Features, now: int) -> Habits:
    """The habits after one more sign-in."""
    habits = _halved(habits, now)
    known = _renamed(habits, features)
    values = {level: dict(known.get(level, {})) for level in _CHAINS}
    novel = dict(habits.novel)
    for chain in (_PLACES, _BROWSERS):
        is_novel = True
        for level in chain:
            name = next(iter(names(level, features)), "")
            if level is Level.ASN and not name:
                continue
            # A value is new only where nothing closer was known: the escapes of a back-off are nested.
            is_novel = is_novel and name not in values[level]
            if is_novel:
                novel[level] = novel.get(level, 0) + 1
            if name:
                _use(values[level], name, now // _DAY, features.version if level is Level.AGENT else 0)
    agent = habits.find(Level.AGENT, features.agent)
    older = agent is not None and is_older(agent, features.version)
    found = replace(
        habits,
        weight=habits.weight + 1,
        values={level: used for level, used in values.items() if used},
        novel=novel,
        older=habits.older + older,
        last=_last(habits, features, now),
    )
    return _fitting(found, features)


def written(habits: Habits) -> str:
    """The text that is stored."""
    return json.dumps(
        {
            "w": habits.weight,
            "h": habits.halved_at,
            "o": habits.older,
            "n": dict(habits.novel),
            "l": _written_last(habits.last),
            "v": {
                level: {
                    name: [one.weight, one.day, one.version][: 3 if one.version else 2]
                    for name, one in used.items()
                }
                for level, used in habits.values.items()
            },
        },
        separators=(",", ":"),
        sort_keys=True,
    )


def read(text: str) -> Habits:
    """The opposite of `written`."""
    stored = json.loads(text)
    return Habits(
        weight=stored["w"],
        halved_at=stored["h"],
        older=stored["o"],
        novel={Level(level): count for level, count in stored["n"].items()},
        last=_read_last(stored["l"]),
        values={
            Level(level): {
                name: Used(weight=weight, day=day, version=version[0] if version else 0)
                for name, (weight, day, *version) in used.items()
            }
            for level, used in stored["v"].items()
        },
    )


_PLACES = (Level.ADDRESS, Level.NETWORK, Level.ASN, Level.COUNTRY)
_BROWSERS = (Level.AGENT, Level.SYSTEM)
_CHAINS = (*_PLACES, *_BROWSERS)


def names(level: Level, features: Features) -> list[str]:
    """The names that what is seen may be kept under, today's first; none where nothing was told."""
    return [name for name in _names(level, features) if name]


def _names(level: Level, features: Features) -> tuple[str, ...]:
    match level:
        case Level.ADDRESS:
            return features.ip, features.former_ip
        case Level.NETWORK:
            return features.network, features.former_network
        case Level.ASN:
            return (str(features.asn) if features.asn else "",)
        case Level.COUNTRY:
            return (features.country,)
        case Level.AGENT:
            return (features.agent,)
        case Level.SYSTEM:
            return (features.system,)


def _halved(habits: Habits, now: int) -> Habits:
    if not habits.halved_at:
        return replace(habits, halved_at=now)
    periods = max(0, now - habits.halved_at) // HALVING_SECONDS
    if not periods:
        return habits
    today = now // _DAY
    return replace(
        habits,
        weight=_half(habits.weight, periods),
        halved_at=habits.halved_at + periods * HALVING_SECONDS,
        older=_half(habits.older, periods),
        novel={level: _half(count, periods) for level, count in habits.novel.items()},
        values={
            level: {
                name: replace(one, weight=_half(one.weight, periods))
                for name, one in used.items()
                if today - one.day < _FORGET_DAYS
            }
            for level, used in habits.values.items()
        },
    )


def _half(count: int, periods: int) -> int:
    """Rounded up: what was once seen is not forgotten by arithmetic, but by its age."""
    return -(-count >> min(periods, 60)) if count else 0


def _renamed(habits: Habits, features: Features) -> Values:
    """The values, with what an older key named under its new name."""
    values = dict(habits.values)
    for level, former, name in (
        (Level.ADDRESS, features.former_ip, features.ip),
        (Level.NETWORK, features.former_network, features.network),
    ):
        used = dict(values.get(level, {}))
        if former and (before := used.pop(former, None)):
            used[name] = _merged(before, used.get(name))
            values[level] = used
    return values


def _merged(one: Used, other: Used | None) -> Used:
    if other is None:
        return one
    return replace(one, weight=one.weight + other.weight, day=max(one.day, other.day))


def _use(used: dict[str, Used], name: str, day: int, version: int) -> None:
    before = used.get(name, Used(weight=0, day=day))
    used[name] = Used(
        weight=before.weight + 1, day=max(before.day, day), version=max(before.version, version)
    )
    while len(used) > MOST_VALUES:
        _drop_least(used, keeping=name)


def _drop_least(used: dict[str, Used], *, keeping: str) -> None:
    least = min(
        (one for one in used if one != keeping), key=lambda one: (used[one].weight, used[one].day, one)
    )
    del used[least]


def is_older(used: Used, version: int) -> bool:
    """Whether a browser is older than its owner's newest. Updates take a while to come to each of their machines."""
    return version < used.version - _LAG


def _last(habits: Habits, features: Features, now: int) -> Last | None:
    if features.is_hosting or len(features.country) != 2:
        return habits.last
    return Last(
        at=now,
        country=features.country,
        latitude=features.latitude,
        longitude=features.longitude,
        radius_km=features.radius_km,
    )


def _fitting(habits: Habits, features: Features) -> Habits:
    """With as few values dropped as it takes: the least used of the level that has most, never what was just seen."""
    while len(written(habits)) > LONGEST_TEXT:
        level = max(habits.values, key=lambda one: (len(habits.values[one]), one))
        used = dict(habits.values[level])
        _drop_least(used, keeping=next(iter(names(level, features)), ""))
        habits = replace(habits, values={**habits.values, level: used})
    return habits


def _written_last(last: Last | None) -> list[Any] | None:
    return [last.at, last.country, last.latitude, last.longitude, last.radius_km] if last else None


def _read_last(stored: list[Any] | None) -> Last | None:
    if stored is None:
        return None
    at, country, latitude, longitude, radius_km = stored
    return Last(at=at, country=country, latitude=latitude, longitude=longitude, radius_km=radius_km)
