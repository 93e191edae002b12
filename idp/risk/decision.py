"""The decision: facts in, what the sign-in still owes out. Pure; `docs/risk.md` has the rules in words.

Nothing is refused for where it comes from or for a score. The more a sign-in looks unlike its owner, and the less is
known, the more is asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.config.settings import Risk
from idp.records.risk import Outcome
from idp.risk.counts import Counts
from idp.risk.features import NOWHERE, UNKNOWN, Features
from idp.risk.habits import Habits, Level
from idp.risk.likelihood import Ratio, browser_ratio, place_ratio
from idp.risk.travel import speed
from idp.risk.velocity import Velocity

_DAY = 86_400
_MOST_REASONS = 3
# Half of a ratio, for a network from which somebody tries passwords in bulk.
_CAMPAIGN_DECIBELS = 3


class Reason(StrEnum):
    """Codes of reasons. They are stored: a name once given stays."""

    DENIED_NETWORK = "denied_network"
    MANY_FAILURES = "many_failures"
    COMMON_PASSWORD = "common_password"
    REPORTED_STOLEN = "reported_stolen"
    DORMANT = "dormant"
    DEVICE_COPIED = "device_copied"
    NEVER_USED = "never_used"
    LITTLE_HISTORY = "little_history"
    YOUNG_INSTALLATION = "young_installation"
    CLIENT_ASKS = "client_asks"
    HOSTING_NETWORK = "hosting_network"
    PLACE_UNKNOWN = "place_unknown"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    NEW_COUNTRY = "new_country"
    NEW_ASN = "new_asn"
    NEW_NETWORK = "new_network"
    NEW_ADDRESS = "new_address"
    NEW_BROWSER = "new_browser"
    NEW_SYSTEM = "new_system"
    OLDER_BROWSER = "older_browser"
    CAMPAIGN = "campaign"
    OLD_DATA = "old_data"
    OTHER_SYSTEM = "other_system"
    NO_DEVICE_COOKIE = "no_device_cookie"
    KNOWN_DEVICE = "known_device"
    USUAL = "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision knows. `sign_ins` are the completed ones that the habits were learnt from, ever.

    `is_known` says that the browser has a cookie of this subject's; `is_other_system`, that it came from another
    system than it was given to, and counts as none.
    """

    features: Features
    habits: Habits = field(default_factory=Habits)
    sign_ins: int = 0
    counts: Counts = field(default_factory=Counts)
    velocity: Velocity = field(default_factory=Velocity)
    is_known: bool = False
    is_other_system: bool = False
    is_denied: bool = False
    has_waited: bool = False
    was_copied: bool = False
    password_is_common: bool = False
    stolen_at: int | None = None
    last_sign_in_at: int | None = None
    client_asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    outcome: Outcome
    reasons: tuple[str, ...]
    terms: Mapping[str, float | int | str]
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The likelihood ratio, in decibels, of what it is made, and the threshold that it has to stay below."""

    place: Ratio
    browser: Ratio
    penalty: int
    threshold: int

    @property
    def decibels(self) -> float:
        return self.place.decibels + self.browser.decibels + self.penalty

    @property
    def excess(self) -> float:
        return self.decibels - self.threshold


def decide(facts: Facts, policy: Risk, now: int) -> Verdict:
    """What the sign-in still owes, why, and everything that it was decided by."""
    score = score_of(facts, policy, now)
    kmh = speed(facts.habits.last, facts.features, now, policy)
    found = [*_findings(facts, score, kmh, policy, now)]
    outcome = max((one for one, _ in found), key=lambda one: one.severity, default=Outcome.ALLOW)
    found.sort(key=lambda one: -one[0].severity)
    reasons = [reason for _, reason in found] or [_peace(facts)]
    return Verdict(
        outcome=outcome,
        reasons=tuple(dict.fromkeys(reasons))[:_MOST_REASONS],
        terms=_terms(facts, score, kmh, now),
        wait_seconds=policy.delay_seconds if outcome is Outcome.DELAY else 0,
    )


def score_of(facts: Facts, policy: Risk, now: int) -> Score:
    place = place_ratio(facts.features, facts.habits, facts.counts, policy)
    is_close = place.level in (Level.ADDRESS, Level.NETWORK)
    is_old = not is_close and _is_old(facts.features, policy, now)
    threshold = policy.threshold - (_CAMPAIGN_DECIBELS if facts.velocity.is_campaign else 0)
    return Score(
        place=place,
        browser=browser_ratio(facts.features, facts.habits, facts.counts, policy),
        penalty=policy.old_data_penalty if is_old else 0,
        threshold=threshold,
    )


Finding = tuple[Outcome, Reason]


def _findings(facts: Facts, score: Score, kmh: int, policy: Risk, now: int) -> Iterator[Finding]:
    """Every rule that applies, with what it asks for; the most telling first among equals."""
    if facts.is_denied:
        yield Outcome.REFUSE, Reason.DENIED_NETWORK
    if facts.velocity.is_flooding and not facts.is_known and not facts.has_waited:
        yield Outcome.DELAY, Reason.MANY_FAILURES
    yield from _always(facts, policy, now)
    yield from _place(facts, kmh, policy)
    if not facts.is_known:
        yield from _unknown_browser(facts, score, policy)


def _always(facts: Facts, policy: Risk, now: int) -> Iterator[Finding]:
    """What asks for a code in any browser."""
    if facts.stolen_at is not None:
        yield Outcome.CODE, Reason.REPORTED_STOLEN
    if facts.was_copied:
        yield Outcome.CODE, Reason.DEVICE_COPIED
    if facts.password_is_common:
        yield Outcome.CODE, Reason.COMMON_PASSWORD
    if facts.last_sign_in_at is not None and now - facts.last_sign_in_at > policy.dormant_days * _DAY:
        yield Outcome.CODE, Reason.DORMANT


def _place(facts: Facts, kmh: int, policy: Risk) -> Iterator[Finding]:
    """What asks even in a known browser: a network that was never used, where more than that is unusual.

    A country that was never used is as good as one that nobody can have travelled from in time.
    """
    features, habits = facts.features, facts.habits
    if not facts.sign_ins or habits.knows_network(features):
        return
    if kmh > policy.travel_kmh:
        yield Outcome.STEP_UP, Reason.IMPOSSIBLE_TRAVEL
    if features.country == UNKNOWN:
        yield Outcome.STEP_UP, Reason.PLACE_UNKNOWN
    elif habits.find(Level.COUNTRY, features.country) is None:
        yield Outcome.STEP_UP, Reason.NEW_COUNTRY
    if features.is_hosting and not _uses_provider(facts):
        yield Outcome.CODE, Reason.HOSTING_NETWORK


def _uses_provider(facts: Facts) -> bool:
    """Whether a known browser comes through a VPN that its owner has used: its exits change by the day. In another
    browser that says little, for whoever attacks may be its customer too.
    """
    asn = str(facts.features.asn) if facts.features.asn else ""
    return facts.is_known and facts.habits.find(Level.ASN, asn) is not None


def _unknown_browser(facts: Facts, score: Score, policy: Risk) -> Iterator[Finding]:
    """A code, unless enough is known of its owner, and everything is as it usually is."""
    blind = [*_blind(facts, policy)]
    asked = list(blind)
    if facts.features.country in (UNKNOWN, NOWHERE):
        asked.append((Outcome.CODE, Reason.PLACE_UNKNOWN))
    if facts.client_asks:
        asked.append((Outcome.CODE, Reason.CLIENT_ASKS))
    if not blind and score.excess >= 0:
        strong = score.excess >= policy.step_up_excess
        outcome = Outcome.STEP_UP if strong else Outcome.CODE
        asked += [(outcome, reason) for reason in _unlike(score, facts)]
    yield from asked
    if asked:
        yield Outcome.CODE, Reason.OTHER_SYSTEM if facts.is_other_system else Reason.NO_DEVICE_COOKIE


def _blind(facts: Facts, policy: Risk) -> Iterator[Finding]:
    """Where no history can tell."""
    if facts.last_sign_in_at is None:
        yield Outcome.CODE, Reason.NEVER_USED
    elif facts.sign_ins < policy.least_history:
        yield Outcome.CODE, Reason.LITTLE_HISTORY
    if facts.counts.sign_ins < policy.least_sign_ins:
        yield Outcome.CODE, Reason.YOUNG_INSTALLATION


_UNLIKE_PLACE = {
    Level.NETWORK: Reason.NEW_ADDRESS,
    Level.ASN: Reason.NEW_NETWORK,
    Level.COUNTRY: Reason.NEW_NETWORK,
    None: Reason.NEW_COUNTRY,
}
_UNLIKE_BROWSER = {Level.SYSTEM: Reason.NEW_BROWSER, None: Reason.NEW_SYSTEM}


def _unlike(score: Score, facts: Facts) -> list[Reason]:
    """What the ratio is made of, the larger part first."""
    place = _UNLIKE_PLACE.get(score.place.level)
    if score.place.level is Level.COUNTRY and facts.features.asn:
        place = Reason.NEW_ASN
    browser = Reason.OLDER_BROWSER if score.browser.is_older else _UNLIKE_BROWSER.get(score.browser.level)
    parts = [
        (score.place.decibels, place),
        (score.browser.decibels, browser),
        (score.penalty, Reason.OLD_DATA if score.penalty else None),
        (0.0, Reason.CAMPAIGN if facts.velocity.is_campaign else None),
    ]
    parts.sort(key=lambda part: -part[0])
    return [reason for _, reason in parts if reason is not None] or [Reason.NO_DEVICE_COOKIE]


def _is_old(features: Features, policy: Risk, now: int) -> bool:
    return now - features.data_at > policy.data_days * _DAY


def _peace(facts: Facts) -> Reason:
    return Reason.KNOWN_DEVICE if facts.is_known else Reason.USUAL


def _terms(facts: Facts, score: Score, kmh: int, now: int) -> dict[str, float | int | str]:
    """For `idp risk explain`: numbers alone, in decibels where they are ratios. And for `idp risk replay`: every fact
    that neither the features nor what was learnt tells again.
    """
    last_at = facts.last_sign_in_at
    return {
        "score": round(score.decibels, 1),
        "threshold": score.threshold,
        "place": round(score.place.decibels, 1),
        "place_level": _named(score.place.level),
        "browser": round(score.browser.decibels, 1),
        "browser_level": "older" if score.browser.is_older else _named(score.browser.level),
        "old_data": score.penalty,
        "sign_ins": facts.sign_ins,
        "weight": facts.habits.weight,
        "everybody": facts.counts.sign_ins,
        "known_device": int(facts.is_known),
        "other_system": int(facts.is_other_system),
        "travel_kmh": kmh,
        "network_failures": facts.velocity.failures,
        "flooding": int(facts.velocity.is_flooding),
        "campaign": int(facts.velocity.is_campaign),
        "waited": int(facts.has_waited),
        "denied": int(facts.is_denied),
        "device_copied": int(facts.was_copied),
        "common_password": int(facts.password_is_common),
        "reported_stolen": int(facts.stolen_at is not None),
        "client_asks": int(facts.client_asks),
        "idle_seconds": -1 if last_at is None else now - last_at,
    }


def _named(level: Level | None) -> str:
    return "none" if level is None else level.name.lower()
