"""The published arithmetic, as an oracle and a baseline: nothing that signs people in uses it.

Freeman et al., "Who Are You? A Statistical Approach to Measuring User Authenticity" (NDSS 2016), equation 7, with the
smoothing and the weights that Wiefling et al. released (github.com/das-group/rba-algorithm, MIT):

    S(u, x) = product over features of p(x) / p(x | u) · (1 / |U|) / (n_u / N)

without attack data. `idp risk evaluate` prints what it would have asked for beside what the product asks for. Counters
make a score independent of the history's length.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

# A feature is its levels, the most telling first, with the released weights.
ADDRESS = {"address": 0.6, "asn": 0.3, "country": 0.1}
USER_AGENT = {
    "user_agent": 0.5386653840551359,
    "browser": 0.2680451498625666,
    "system": 0.18818295100109536,
    "device": 0.0051065150812021525,
}
FEATURES = (ADDRESS, USER_AGENT)
# A feature of which the customer has shown no level at all counts as this many times more likely for anybody else.
_UNSEEN = 4

Attempt = Mapping[str, str]
Value = tuple[str, str]


@dataclass(slots=True)
class Counters:
    """How often each value of each level was seen, in `total` sign-ins."""

    total: int = 0
    of: Counter[Value] = field(default_factory=Counter)

    def add(self, attempt: Attempt) -> None:
        self.total += 1
        self.of.update((level, attempt[level]) for level in chain(*FEATURES))

    def count(self, level: str, attempt: Attempt) -> int:
        return self.of[level, attempt[level]]


@dataclass(slots=True)
class Freeman:
    """Scores attempts against everything learnt before. An attempt has a value for each level of each feature."""

    everybody: Counters = field(default_factory=Counters)
    subjects: dict[str, Counters] = field(default_factory=dict)
    _distinct: Counter[str] = field(default_factory=Counter)
    _below: dict[Value, set[Value]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, subject: str, attempt: Attempt) -> None:
        for level in chain(*FEATURES):
            self._distinct[level] += self.everybody.count(level, attempt) == 0
        for feature in FEATURES:
            top, *lower = feature
            self._below[top, attempt[top]].update((level, attempt[level]) for level in lower)
        self.everybody.add(attempt)
        self.subjects.setdefault(subject, Counters()).add(attempt)

    def score(self, subject: str, attempt: Attempt) -> float:
        """The higher, the riskier. Raises `KeyError` for a subject without a sign-in: there is no formula for that."""
        own = self.subjects[subject]
        score = self.everybody.total / (len(self.subjects) * own.total)
        for feature in FEATURES:
            anybody = self._of_anybody(feature, attempt)
            own_share = _share(own, feature, attempt)
            score *= anybody / (own_share or anybody / _UNSEEN)
        return score

    def _of_anybody(self, feature: Mapping[str, float], attempt: Attempt) -> float:
        """The weighted frequency among all; only the first level is smoothed."""
        top, *lower = feature
        everybody, seen = self.everybody, self.everybody.count(top, attempt)
        unseen = sum(self._distinct[level] for level in lower) + 1
        if seen:
            below = len(self._below[top, attempt[top]]) + 1
            smoothed = seen / (seen + below) * seen / everybody.total
            smoothed *= 1 - unseen / (everybody.total + unseen)
        else:
            smoothed = 1 / (everybody.total + unseen)
        rest = {level: feature[level] for level in lower}
        return feature[top] * smoothed + _share(everybody, rest, attempt)


def _share(counters: Counters, weights: Mapping[str, float], attempt: Attempt) -> float:
    return sum(weight * counters.count(level, attempt) for level, weight in weights.items()) / counters.total
