"""How much likelier an address or a browser is for an attacker than for the account's owner.

Likenesses back off: the same address, the same network, AS number, country; the same browser, the same system. At each
level the owner's own rate of new values (the escape of PPM) says how surprising it is that nothing closer was known, so
whoever travels much is not punished for it. Attackers are a mix of four kinds, from those who know only the password
to those who also have the same provider and browser. Ratios are in decibels: 10 says ten times likelier.

Each ratio is at least the worst that a closer likeness could have had: an unseen value never helps.
"""

from dataclasses import dataclass, field
from math import log10

from idp.config.settings import Risk
from idp.risk.counts import Counts
from idp.risk.features import Features
from idp.risk.habits import Habits, Level, is_older, names

# How likely an attacker has the owner's very address, which thousands may share, or the network of 256 around it.
_SAME_ADDRESS, _SAME_NETWORK = 1e-3, 1e-4
# Of those who run some browser, so many have a version at least as new as the owner's.
_UP_TO_DATE = 0.6
# Nobody's address is so steady that a new one would be a wonder: providers and routers change.
_LEAST_ESCAPE = 0.02
# How likely something is new while little is known, given that everything closer was new.
_FIRST_ESCAPE = {
    Level.ADDRESS: 0.5,
    Level.NETWORK: 0.5,
    Level.ASN: 0.3,
    Level.COUNTRY: 0.1,
    Level.AGENT: 0.3,
    Level.SYSTEM: 0.5,
}
_FIRST_OLDER = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """`level` is the closest likeness that there is, None for none at all."""

    level: Level | None
    decibels: float
    is_older: bool = False


def place_ratio(features: Features, habits: Habits, counts: Counts, policy: Risk) -> Ratio:
    """The ratio of the address and everything around it."""
    attackers = _Attackers.of(policy)
    climb = _Climb(habits)
    for level in (Level.ADDRESS, Level.NETWORK, Level.ASN, Level.COUNTRY):
        shares = habits.shares(level)
        if level is Level.ASN and not shares:
            continue  # Nothing was learnt of AS numbers: no data had any.
        escape = climb.escape(level)
        owner = (1 - escape) * climb.novelty
        found = next((name for name in names(level, features) if name in shares), None)
        if found is not None:
            likelihood = attackers.place(level, found, shares[found], counts)
            return climb.ratio(level, likelihood / (shares[found] * owner))
        worst = (attackers.place(level, value, share, counts) / share for value, share in shares.items())
        climb.miss(level, escape, worst=max(worst, default=0.0) / owner)
    return climb.ratio(None, attackers.naive / climb.novelty)


def browser_ratio(features: Features, habits: Habits, counts: Counts, policy: Risk) -> Ratio:
    """The ratio of browser and system. A newer version is no news; an older one is."""
    attackers = _Attackers.of(policy)
    climb = _Climb(habits)
    shares = habits.shares(Level.AGENT)
    escape, older = climb.escape(Level.AGENT), _older(habits)

    def up_to_date(value: str) -> float:
        same = attackers.browser(value, shares[value], counts) * _UP_TO_DATE + attackers.twins * shares[value]
        return same / (shares[value] * (1 - escape) * (1 - older))

    def out_of_date(value: str) -> float:
        same = attackers.browser(value, shares[value], counts) * (1 - _UP_TO_DATE)
        return same / (shares[value] * (1 - escape) * older)

    used = habits.find(Level.AGENT, features.agent)
    if used is not None and not is_older(used, features.version):
        return climb.ratio(Level.AGENT, up_to_date(features.agent))
    climb.floor = max(map(up_to_date, shares), default=0.0)
    if used is not None:
        return climb.ratio(Level.AGENT, out_of_date(features.agent), is_older=True)
    climb.miss(Level.AGENT, escape, worst=max(map(out_of_date, shares), default=0.0))
    return _system_ratio(features, counts, attackers, climb)


def _system_ratio(features: Features, counts: Counts, attackers: "_Attackers", climb: "_Climb") -> Ratio:
    """Another browser on a system that is used, or nothing alike at all."""
    shares = climb.habits.shares(Level.SYSTEM)
    escape = climb.escape(Level.SYSTEM)
    owner = (1 - escape) * climb.novelty
    if features.system in shares:
        likelihood = attackers.system(features.system, shares[features.system], counts)
        return climb.ratio(Level.SYSTEM, likelihood / (shares[features.system] * owner))
    worst = (attackers.system(value, share, counts) / share for value, share in shares.items())
    climb.miss(Level.SYSTEM, escape, worst=max(worst, default=0.0) / owner)
    return climb.ratio(None, attackers.spread / climb.novelty)


def _older(habits: Habits) -> float:
    """How often a browser that was used before is an older one than before: synced settings, a second machine."""
    seen_before = habits.weight - habits.novel.get(Level.AGENT, 0)
    return min(0.9, (habits.older + _FIRST_OLDER) / (seen_before + 1))


@dataclass(slots=True)
class _Climb:
    """From close likeness to none: how surprising the way was, and the worst ratio on it."""

    habits: Habits
    novelty: float = 1.0
    floor: float = 0.0
    before: int = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.habits.weight

    def escape(self, level: Level) -> float:
        """How often something is new at this level where everything closer was."""
        rate = (self.habits.novel.get(level, 0) + _FIRST_ESCAPE[level]) / (self.before + 1)
        return min(0.99, max(_LEAST_ESCAPE, rate) if level is Level.ADDRESS else rate)

    def miss(self, level: Level, escape: float, *, worst: float) -> None:
        self.novelty *= escape
        self.before = self.habits.novel.get(level, 0)
        self.floor = max(self.floor, worst)

    def ratio(self, level: Level | None, raw: float, *, is_older: bool = False) -> Ratio:
        return Ratio(level=level, decibels=10 * log10(max(self.floor, raw)), is_older=is_older)


@dataclass(frozen=True, slots=True)
class _Attackers:
    """Shares of those who try a stolen password. `naive` come from anywhere; VPN users chose the owner's country;
    `targeted` ones his provider and a likely browser; `twins` the very same browser too.
    """

    naive: float
    vpn: float
    targeted: float
    twins: float

    @classmethod
    def of(cls, policy: Risk) -> "_Attackers":
        return cls(
            policy.naive_percent / 100,
            policy.vpn_percent / 100,
            policy.targeted_percent / 100,
            policy.very_targeted_percent / 100,
        )

    @property
    def spread(self) -> float:
        """Whose browser is anybody's."""
        return self.naive + self.vpn

    @property
    def close(self) -> float:
        return self.targeted + self.twins

    def browser(self, value: str, share: float, counts: Counts) -> float:
        return self.spread * counts.share(Level.AGENT, value) + self.targeted * share

    def system(self, value: str, share: float, counts: Counts) -> float:
        return self.spread * counts.share(Level.SYSTEM, value) + self.close * share

    def place(self, level: Level, value: str, share: float, counts: Counts) -> float:
        """Of a place that has `share` of the owner's sign-ins."""
        match level:
            case Level.ADDRESS:
                return _SAME_ADDRESS * share
            case Level.NETWORK:
                return _SAME_NETWORK * share
            case Level.ASN:
                return self.close * share + self.naive * counts.share(level, value)
            case _:
                return (self.vpn + self.close) * share + self.naive * counts.share(level, value)
