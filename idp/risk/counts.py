"""What everybody does: completed sign-ins by country, AS number and family. No addresses, so there are few rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.risk.features import UNKNOWN, Features
from idp.risk.habits import Habits, Level


class Feature(StrEnum):
    """What is counted; the texts are stored."""

    ALL = "all"
    COUNTRY = "country"
    ASN = "asn"
    AGENT = "agent"
    SYSTEM = "system"


Counted = tuple[Feature, str]

# How many values there may be of each: what is unseen has the share of one such.
_SPREAD = {Feature.COUNTRY: 50, Feature.ASN: 500, Feature.AGENT: 30, Feature.SYSTEM: 8}
_OF_LEVEL = {
    Level.COUNTRY: Feature.COUNTRY,
    Level.ASN: Feature.ASN,
    Level.AGENT: Feature.AGENT,
    Level.SYSTEM: Feature.SYSTEM,
}
EVERYBODY: Counted = (Feature.ALL, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts that a decision looks at; what is missing is zero."""

    of: Mapping[Counted, int] = field(default_factory=dict)

    @property
    def sign_ins(self) -> int:
        return self.of.get(EVERYBODY, 0)

    def share(self, level: Level, value: str) -> float:
        """How much of all sign-ins had a value. Never zero, and certain of nothing while there are few."""
        feature = _OF_LEVEL[level]
        return (self.of.get((feature, value), 0) + 1) / (self.sign_ins + _SPREAD[feature])


def counted(features: Features) -> list[Counted]:
    """What one completed sign-in counts, in a fixed order: two transactions that count never wait for each other in a
    circle.
    """
    found = [
        EVERYBODY,
        (Feature.COUNTRY, "" if features.country == UNKNOWN else features.country),
        (Feature.ASN, str(features.asn) if features.asn else ""),
        (Feature.AGENT, features.agent),
        (Feature.SYSTEM, features.system),
    ]
    return sorted(one for one in found if one[1] or one == EVERYBODY)


def wanted(features: Features, habits: Habits) -> Iterable[Counted]:
    """What a decision has to know: the counts of what is seen, and of all that the subject uses."""
    yield from counted(features)
    for level, feature in _OF_LEVEL.items():
        for value in habits.at(level):
            yield feature, value
