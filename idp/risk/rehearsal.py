"""The decision without a database: the same pure functions as in `engine.py`, over dictionaries instead of tables.

`replay.py` puts stored decisions through it, `evaluation.py` invented sign-ins; a test holds it against the engine.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from idp.config.settings import Risk
from idp.risk.counts import Counted, Counts, counted
from idp.risk.decision import Facts, Score, Verdict, decide, score_of
from idp.risk.features import Features
from idp.risk.habits import Habits, learnt


@dataclass(slots=True)
class Known:
    """What is known of one subject."""

    habits: Habits = field(default_factory=Habits)
    sign_ins: int = 0
    last_sign_in_at: int | None = None


@dataclass(slots=True)
class Rehearsal:
    """Every subject's habits and everybody's counts, under one policy."""

    policy: Risk
    subjects: defaultdict[str, Known] = field(default_factory=lambda: defaultdict(Known))
    counts: Counter[Counted] = field(default_factory=Counter)

    def facts(self, subject_id: str, features: Features, **known: object) -> Facts:
        """All that a decision knows. `known` are the facts that neither habits nor counts tell."""
        subject = self.subjects[subject_id]
        facts = Facts(
            features=features,
            habits=subject.habits,
            sign_ins=subject.sign_ins,
            counts=Counts(of=self.counts),
            last_sign_in_at=subject.last_sign_in_at,
        )
        return replace(facts, **known)  # type: ignore[arg-type]

    def decide(self, facts: Facts, now: int) -> Verdict:
        return decide(facts, self.policy, now)

    def score(self, facts: Facts, now: int) -> Score:
        return score_of(facts, self.policy, now)

    def complete(self, subject_id: str, features: Features, now: int) -> None:
        """A completed sign-in."""
        subject = self.subjects[subject_id]
        subject.habits = learnt(subject.habits, features, now)
        subject.sign_ins += 1
        subject.last_sign_in_at = now
        self.counts.update(counted(features))
