"""A trial: invented customers sign in, invented attackers try, and each sign-in is judged as it would be live.

What is learnt does not depend on who was asked for a code, for the honest complete their sign-ins all the same. So one
pass judges every sign-in with and without a known browser; thresholds and lost cookies are applied afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf

from idp.config.settings import Risk
from idp.records.event import Circumstances
from idp.records.ports import Geography, UserAgents
from idp.records.risk import Outcome
from idp.risk.features import Features, features_of
from idp.risk.freeman import Freeman
from idp.risk.keyed import Keyed
from idp.risk.rehearsal import Rehearsal
from idp.risk.seen import Seen, seen
from idp.risk.simulated_attacks import Attacker
from idp.risk.simulation import Visit
from idp.signing.secrets import Purpose, Secret
from idp.web.address import UNKNOWN, parse_address

_LENIENT = 100
# What attackers would be measured at: where there is no history, everybody is asked, and that would flatter.
LEAST_HISTORY = 12
_KEYED = Keyed(newest=Secret(secret_id="address-1", purpose=Purpose.ADDRESS, value=bytes(32)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`score` is the ratio in decibels, infinite where a browser without cookie is asked whatever it says; `freeman` is
    the published one. `sign_ins` is how many the customer had completed before.
    """

    visit: Visit
    sign_ins: int
    asks_known: bool
    score: float
    freeman: float


@dataclass(slots=True)
class Trial:
    """One seed's judgements."""

    honest: list[Judged] = field(default_factory=list)
    attacks: dict[Attacker, list[Judged]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What judging takes. `policy` counts without its threshold."""

    policy: Risk
    geography: Geography
    user_agents: UserAgents


def tried(
    conditions: Conditions, history: Sequence[Visit], attacks: Mapping[Attacker, Sequence[Visit]]
) -> Trial:
    """Judge everything in the order of time; only the history is learnt from."""
    judge = _Judge(conditions)
    trial = Trial(attacks={kind: [] for kind in attacks})
    for visit, kind in _merged(history, attacks):
        judged = judge.judged(visit)
        if kind is None:
            trial.honest.append(judged)
            judge.learn(visit)
        elif judged.sign_ins >= LEAST_HISTORY:
            trial.attacks[kind].append(judged)
    return trial


class _Judge:
    def __init__(self, conditions: Conditions) -> None:
        self._rehearsal = Rehearsal(policy=replace(conditions.policy, threshold=_LENIENT))
        self._freeman = Freeman()
        self._look = lru_cache(maxsize=4096)(
            lambda one: seen(one, conditions.geography, conditions.user_agents)
        )

    def judged(self, visit: Visit) -> Judged:
        features, found = self._seen(visit)
        facts = self._rehearsal.facts(visit.subject_id, features)
        known = self._rehearsal.decide(replace(facts, is_known=True), visit.at)
        unknown = self._rehearsal.decide(facts, visit.at)
        score = inf
        if unknown.outcome is Outcome.ALLOW:
            score = self._rehearsal.score(facts, visit.at).decibels
        return Judged(
            visit=visit,
            sign_ins=facts.sign_ins,
            asks_known=known.outcome is not Outcome.ALLOW,
            score=score,
            freeman=self._freeman_score(visit, found),
        )

    def learn(self, visit: Visit) -> None:
        features, found = self._seen(visit)
        self._rehearsal.complete(visit.subject_id, features, visit.at)
        self._freeman.learn(visit.subject_id, _levels(visit, found))

    def _seen(self, visit: Visit) -> tuple[Features, Seen]:
        circumstances = circumstances_of_visit(visit)
        found = self._look(circumstances)
        return features_of(found, circumstances, _KEYED), found

    def _freeman_score(self, visit: Visit, found: Seen) -> float:
        if visit.subject_id not in self._freeman.subjects:
            return inf
        return self._freeman.score(visit.subject_id, _levels(visit, found))


def features_of_visit(visit: Visit, conditions: Conditions) -> Features:
    """What the decision sees of a sign-in."""
    circumstances = circumstances_of_visit(visit)
    return features_of(
        seen(circumstances, conditions.geography, conditions.user_agents), circumstances, _KEYED
    )


def circumstances_of_visit(visit: Visit) -> Circumstances:
    address = parse_address(visit.address) or UNKNOWN
    return Circumstances(address=address.text, network=address.network, user_agent=visit.user_agent)


def _levels(visit: Visit, found: Seen) -> dict[str, str]:
    """A sign-in as the published formula looks at it."""
    agent = found.agent
    return {
        "address": visit.address,
        "asn": str(found.place.asn),
        "country": found.place.country,
        "user_agent": visit.user_agent,
        "browser": f"{agent.browser} {agent.version}",
        "system": agent.system,
        "device": agent.device,
    }


def _merged(
    history: Sequence[Visit], attacks: Mapping[Attacker, Sequence[Visit]]
) -> Iterator[tuple[Visit, Attacker | None]]:
    everything: list[tuple[Visit, Attacker | None]] = [(visit, None) for visit in history]
    everything += [(visit, kind) for kind, some in attacks.items() for visit in some]
    return iter(sorted(everything, key=lambda one: (one[0].at, one[0].subject_id, one[1] or "")))
