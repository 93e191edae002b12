"""What a policy asks of honest customers and of attackers, on invented histories, beside its goals.

All numbers are of a simulation: they show mechanisms, not people. docs/risk.md has the goals and where they come from.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.risk.shares import Share, mean, quantile
from idp.risk.simulated_attacks import Attacker, attacks
from idp.risk.simulated_world import Dice
from idp.risk.simulation import Habits, customers, visits
from idp.risk.trial import LEAST_HISTORY, Conditions, Judged, Trial, tried

_DAY = 86_400
_DEVICE_SECONDS = 180 * _DAY
COOKIE_LOSSES = (0.0, 0.03, 0.10)
LONG_HISTORY = 39


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large an evaluation is. `attacks` are tried of each kind and seed."""

    seeds: int = 4
    customers: int = 300
    days: int = 240
    attacks: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What honest customers are asked for: shares of each one's sign-ins, over the customers; and of all sign-ins."""

    customers: int
    median: float
    mean: float
    p95: float
    everybody: Share

    @classmethod
    def of(cls, each: Sequence[Sequence[bool]]) -> "Asked":
        shares = [mean(answers) for answers in each if answers]
        asked = sum(sum(answers) for answers in each)
        return cls(
            customers=len(shares),
            median=quantile(shares, 0.5),
            mean=mean(shares),
            p95=quantile(shares, 0.95),
            everybody=Share(hits=asked, of=sum(map(len, each))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest:
    """Over the first 12 sign-ins and the first 39, of customers who have as many; and over all, of everybody."""

    first_12: Asked
    first_39: Asked
    all: Asked


class Evaluation:
    """Trials of several seeds, and what they say of a threshold. `dice_of` makes the chance of a seed."""

    def __init__(
        self, conditions: Conditions, scale: Scale, dice_of: Callable[[str], Dice], *, begin: int
    ) -> None:
        self._trials = [
            _trial(conditions, scale, dice_of, seed=seed, begin=begin) for seed in range(1, scale.seeds + 1)
        ]
        self._dice_of = dice_of

    @property
    def sign_ins(self) -> int:
        return sum(len(trial.honest) for trial in self._trials)

    def honest(self, threshold: float, *, cookie_loss: float, with_cookies: bool = True) -> Honest:
        each: list[list[bool]] = []
        for seed, trial in enumerate(self._trials, 1):
            dice = self._dice_of(f"cookies {seed}")
            each += _asked(trial.honest, threshold, _Luck(dice, cookie_loss), with_cookies=with_cookies)
        return _honest(each)

    def caught(self, threshold: float) -> dict[Attacker, Share]:
        """How many attackers are asked, who have the right password and no cookie."""
        scores = {kind: self._scores(kind) for kind in Attacker}
        return {
            kind: Share(hits=sum(score >= threshold for score in found), of=len(found))
            for kind, found in scores.items()
        }

    def threshold_for(self, kind: Attacker, share: float) -> float:
        """The highest threshold at which so many of them are asked."""
        return -quantile([-score for score in self._scores(kind)], share)

    def freeman(self, kind: Attacker, share: float) -> Asked:
        """What the published score, alone, asks of the honest from their 13th sign-in on, at a threshold that asks
        so many of `kind`.
        """
        scores = [one.freeman for trial in self._trials for one in trial.attacks[kind]]
        threshold = -quantile([-score for score in scores], share)
        each: defaultdict[tuple[int, str], list[bool]] = defaultdict(list)
        for seed, trial in enumerate(self._trials):
            for one in trial.honest:
                if one.sign_ins >= LEAST_HISTORY:
                    each[seed, one.visit.subject_id].append(one.freeman >= threshold)
        return Asked.of(list(each.values()))

    def _scores(self, kind: Attacker) -> list[float]:
        return [one.score for trial in self._trials for one in trial.attacks[kind]]


@dataclass(frozen=True, slots=True)
class _Luck:
    dice: Dice
    cookie_loss: float

    def is_lost(self) -> bool:
        return self.dice.random() < self.cookie_loss


def _trial(
    conditions: Conditions, scale: Scale, dice_of: Callable[[str], Dice], *, seed: int, begin: int
) -> Trial:
    habits = Habits()
    people = customers(dice_of(f"customers {seed}"), scale.customers, habits)
    history = visits(dice_of(f"visits {seed}"), people, habits, begin=begin, days=scale.days)
    half = scale.days // 2
    malice = {
        kind: attacks(
            dice_of(f"{kind} {seed}"),
            people,
            kind,
            count=scale.attacks,
            begin=begin + half * _DAY,
            days=scale.days - half,
        )
        for kind in Attacker
    }
    return tried(conditions, history, malice)


def _asked(
    honest: Sequence[Judged], threshold: float, luck: _Luck, *, with_cookies: bool
) -> list[list[bool]]:
    """Which of each customer's sign-ins after the sign-up, in their order, are asked for a code.

    A browser becomes known at the sign-up and with a code, stays so while it is used, and forgets in private windows.
    """
    known: dict[tuple[str, str], int] = {}
    each: defaultdict[str, list[bool]] = defaultdict(list)
    for one in honest:
        visit = one.visit
        jar = (visit.subject_id, visit.browser_id)
        is_lost = luck.is_lost()
        seen_at = None if is_lost or visit.is_private else known.get(jar)
        is_known = with_cookies and seen_at is not None and visit.at - seen_at < _DEVICE_SECONDS
        asks = one.asks_known if is_known else one.score >= threshold
        if one.sign_ins:
            each[visit.subject_id].append(asks)
        if is_lost:
            known.pop(jar, None)
        if not visit.is_private and (is_known or asks or not one.sign_ins):
            known[jar] = visit.at
    return list(each.values())


def _honest(each: Sequence[Sequence[bool]]) -> Honest:
    regular = [answers for answers in each if len(answers) >= LEAST_HISTORY]
    frequent = [answers for answers in each if len(answers) >= LONG_HISTORY]
    return Honest(
        first_12=Asked.of([answers[:LEAST_HISTORY] for answers in regular]),
        first_39=Asked.of([answers[:LONG_HISTORY] for answers in frequent]),
        all=Asked.of(each),
    )
