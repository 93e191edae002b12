"""What the risk decision sees and says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a sign-in with the right password still owes, the mildest first. `delay` is about load, not guilt."""

    ALLOW = "allow"
    CODE = "code"
    STEP_UP = "step-up"
    DELAY = "delay"
    REFUSE = "refuse"

    @property
    def severity(self) -> int:
        return list(Outcome).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address is, as far as the data tell. `asn` is 0, coordinates are None, where unknown.

    `data_at` is the date of the data (epoch seconds, 0 for none); `radius_km` the accuracy of the coordinates.
    """

    country: str = ""
    city: str = ""
    asn: int = 0
    is_hosting: bool = False
    latitude: float | None = None
    longitude: float | None = None
    radius_km: int = 0
    data_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAgent:
    """A user agent in families. Empty texts where nothing can be told; `version` is the major one, 0 for none."""

    browser: str = ""
    version: int = 0
    system: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A stored decision. `outcome` is what the policy says, `enforced` what was done: never more in observe mode.

    `reasons` are codes; `terms` everything that it was made of; `features` what was seen.
    """

    decision_id: str
    subject_id: str
    client_id: str
    interaction_id: str
    at: int
    outcome: Outcome
    enforced: Outcome
    reasons: tuple[str, ...]
    terms: Mapping[str, float | int | str] = field(default_factory=dict)
    features: Mapping[str, str | int] = field(default_factory=dict)
    policy: str
    data_at: int
    completed_at: int | None
