"""What another policy would have asked for: stored decisions, decided again in their order by the code that runs live.

Habits and counts are rebuilt from the sign-ins that were completed, back to the oldest decision that is kept; only the
days that are asked for are reported. What a decision knew besides (a known browser, recent failures, a stolen device)
is taken as it was. So a browser that a milder policy would not have made known still counts as known.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TypeVar

from idp.config.settings import Risk
from idp.records.risk import Decision, Outcome
from idp.risk.decision import Facts
from idp.risk.features import Features
from idp.risk.rehearsal import Rehearsal
from idp.risk.shares import mean, quantile
from idp.risk.velocity import Velocity

K = TypeVar("K")
_DAY = 86_400
_MAILED = (Outcome.CODE, Outcome.STEP_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A decision: `was` the outcome, `now` it would be with the other policy, for these reasons."""

    decision_id: str
    at: int
    subject_id: str
    client_id: str
    was: Outcome
    now: Outcome
    reasons: tuple[str, ...]

    @property
    def was_asked(self) -> bool:
        return self.was is not Outcome.ALLOW

    @property
    def is_asked(self) -> bool:
        return self.now is not Outcome.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Decisions, how many asked for more than the password, and how many would."""

    decisions: int
    was_asked: int
    is_asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`gained` would be asked and were not, `lost` were and would not be. Quantiles are of each customer's share.

    `mails_per_day` is what it would be if nobody had a factor of their own.
    """

    since: int
    days: int
    total: Change
    gained: int
    lost: int
    outcomes: Counter[Outcome]
    subjects: int
    median: float
    p95: float
    was_median: float
    was_p95: float
    mails_per_day: float
    of_days: dict[int, Change]
    of_clients: dict[str, Change]
    examples: tuple[Replayed, ...]


@dataclass(slots=True)
class Replay:
    """Give it every decision that is kept, the oldest first; then ask for the report."""

    policy: Risk
    since: int
    until: int
    _rehearsal: Rehearsal = field(init=False)
    _unfinished: list[tuple[int, str, Decision]] = field(default_factory=list)
    _replayed: list[Replayed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rehearsal = Rehearsal(policy=self.policy)

    def take(self, decision: Decision) -> None:
        self._learn(decision.at)
        if self.since <= decision.at < self.until:
            self._replayed.append(self._again(decision))
        if decision.completed_at is not None:
            heappush(self._unfinished, (decision.completed_at, decision.decision_id, decision))

    def report(self, *, most_examples: int = 10) -> Report:
        replayed = self._replayed
        days = max(1, -(-(self.until - self.since) // _DAY))
        outcomes = Counter(one.now for one in replayed)
        by_subject = _grouped(replayed, [one.subject_id for one in replayed])
        shares = [mean([one.is_asked for one in some]) for some in by_subject.values()]
        were = [mean([one.was_asked for one in some]) for some in by_subject.values()]
        changed = [one for one in replayed if one.was_asked != one.is_asked]
        by_day = _grouped(replayed, [one.at // _DAY * _DAY for one in replayed])
        by_client = _grouped(replayed, [one.client_id for one in replayed])
        return Report(
            since=self.since,
            days=days,
            total=_change(replayed),
            gained=sum(one.is_asked for one in changed),
            lost=sum(one.was_asked for one in changed),
            outcomes=outcomes,
            subjects=len(by_subject),
            median=quantile(shares, 0.5),
            p95=quantile(shares, 0.95),
            was_median=quantile(were, 0.5),
            was_p95=quantile(were, 0.95),
            mails_per_day=sum(outcomes[one] for one in _MAILED) / days,
            of_days={day: _change(some) for day, some in by_day.items()},
            of_clients={client: _change(some) for client, some in sorted(by_client.items())},
            examples=tuple(changed[:most_examples]),
        )

    def _again(self, decision: Decision) -> Replayed:
        verdict = self._rehearsal.decide(self._facts(decision), decision.at)
        return Replayed(
            decision_id=decision.decision_id,
            at=decision.at,
            subject_id=decision.subject_id,
            client_id=decision.client_id,
            was=decision.outcome,
            now=verdict.outcome,
            reasons=verdict.reasons,
        )

    def _learn(self, now: int) -> None:
        """From the sign-ins that were completed by then."""
        while self._unfinished and self._unfinished[0][0] <= now:
            completed_at, _, decision = heappop(self._unfinished)
            features = Features.restored(decision.features)
            self._rehearsal.complete(decision.subject_id, features, completed_at)

    def _facts(self, decision: Decision) -> Facts:
        terms = decision.terms
        idle = int(terms["idle_seconds"])
        return self._rehearsal.facts(
            decision.subject_id,
            Features.restored(decision.features),
            last_sign_in_at=None if idle < 0 else decision.at - idle,
            is_known=bool(terms["known_device"]),
            is_other_system=bool(terms["other_system"]),
            velocity=Velocity(
                failures=int(terms["network_failures"]),
                is_flooding=bool(terms["flooding"]),
                is_campaign=bool(terms["campaign"]),
            ),
            has_waited=bool(terms["waited"]),
            is_denied=bool(terms["denied"]),
            was_copied=bool(terms["device_copied"]),
            password_is_common=bool(terms["common_password"]),
            stolen_at=decision.at if terms["reported_stolen"] else None,
            client_asks=bool(terms["client_asks"]),
        )


def _grouped(replayed: Sequence[Replayed], keys: Sequence[K]) -> dict[K, list[Replayed]]:
    found: defaultdict[K, list[Replayed]] = defaultdict(list)
    for key, one in zip(keys, replayed, strict=True):
        found[key].append(one)
    return dict(found)


def _change(replayed: Sequence[Replayed]) -> Change:
    return Change(
        decisions=len(replayed),
        was_asked=sum(one.was_asked for one in replayed),
        is_asked=sum(one.is_asked for one in replayed),
    )
