"""Shares and quantiles, with how sure of them one can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

_95_PERCENT = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `of`, and between what bounds the true share lies 95 times of 100 (Wilson)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        square = _95_PERCENT**2 / self.of
        middle = (self.value + square / 2) / (1 + square)
        half = sqrt(square * (self.value * (1 - self.value) + square / 4)) / (1 + square)
        return max(0.0, middle - half), min(1.0, middle + half)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, ceil(share * len(ordered)) - 1))] if ordered else 0.0


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
