"""Failures where a sign-in comes from: of its network in the last minutes, of its AS number against an ordinary week.

A flooding network has to wait for a moment. A campaign from an AS number makes the policy stricter for that one alone,
or a single attacker would make everybody enter codes. Both look away from browsers that are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.config.settings import Risk
from idp.risk.features import Features

_NETWORK_SECONDS, _ASN_SECONDS, _DAY = 600, 3_600, 86_400
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Velocity:
    """`failures` are those of the network, in the last ten minutes."""

    failures: int = 0
    is_flooding: bool = False
    is_campaign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A row: what happened to a key in one window."""

    key: str
    failures: int = 0
    unknown: int = 0
    successes: int = 0

    def __add__(self, other: "Window") -> "Window":
        return Window(
            key=self.key,
            failures=self.failures + other.failures,
            unknown=self.unknown + other.unknown,
            successes=self.successes + other.successes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is counted, and in which window."""

    name: str
    window_at: int

    @property
    def text(self) -> str:
        return f"{self.name}:{self.window_at}"


def keys(features: Features, now: int) -> list[Key]:
    """The counts that an attempt goes into, in a fixed order."""
    found = [_network_key(features, now)]
    if features.asn:
        found += [_asn_key(features, now), _day_key(features, now)]
    return sorted(found, key=lambda key: key.text)


def wanted_keys(features: Features, now: int) -> list[str]:
    """The counts that a decision looks at: always as many, empty where there are none."""
    found = [_network_key(features, now), _network_key(features, now - _NETWORK_SECONDS)]
    texts = [key.text for key in found] if features.network else ["", ""]
    if not features.asn:
        return texts + [""] * (2 + _WEEK)
    found = [_asn_key(features, now), _asn_key(features, now - _ASN_SECONDS)]
    found += [_day_key(features, now - day * _DAY) for day in range(1, _WEEK + 1)]
    return texts + [key.text for key in found]


def velocity_of(rows: Mapping[str, Window], features: Features, policy: Risk, now: int) -> Velocity:
    """Judge the rows of `wanted_keys`."""
    windows = [rows.get(text, Window(key=text)) for text in wanted_keys(features, now)]
    network = _sliding(windows[0], windows[1], now, _NETWORK_SECONDS)
    asn = _sliding(windows[2], windows[3], now, _ASN_SECONDS)
    week = sum(windows[5:], windows[4])
    return Velocity(
        failures=network.failures,
        is_flooding=network.failures >= policy.network_failures
        and network.failures > _FLOOD_SHARE * network.successes,
        is_campaign=asn.failures >= policy.campaign_failures
        and asn.unknown >= _LEAST_UNKNOWN
        and _odds(asn) > policy.campaign_factor * _odds(week),
    )


# A network of many customers has many failures, and more successes.
_FLOOD_SHARE = 2
# Lists of stolen passwords name accounts that we don't have; whoever guesses one account's password does not.
_LEAST_UNKNOWN = 20


def _odds(window: Window) -> float:
    return (window.failures + 1) / (window.successes + 1)


def _sliding(current: Window, former: Window, now: int, seconds: int) -> Window:
    """What happened in the last `seconds`: the former window counts as far as it reaches into them."""
    left = seconds - now % seconds
    reaching = Window(
        key=former.key,
        failures=former.failures * left // seconds,
        unknown=former.unknown * left // seconds,
        successes=former.successes * left // seconds,
    )
    return current + reaching


def _network_key(features: Features, now: int) -> Key:
    return Key(name=f"network:{features.network}", window_at=now - now % _NETWORK_SECONDS)


def _asn_key(features: Features, now: int) -> Key:
    return Key(name=f"asn:{features.asn}", window_at=now - now % _ASN_SECONDS)


def _day_key(features: Features, now: int) -> Key:
    return Key(name=f"asn-day:{features.asn}", window_at=now - now % _DAY)
