"""Intervals as they are in the books."""

import pytest

from idp.risk.shares import Share, mean, quantile


def test_wilson_interval() -> None:
    assert Share(hits=78, of=87).interval == pytest.approx((0.815, 0.945), abs=0.001)
    assert Share(hits=0, of=10).interval == pytest.approx((0, 0.2775), abs=0.001)
    low, high = Share(hits=10, of=10).interval
    assert (low, high) == pytest.approx((0.7225, 1), abs=1e-4)


def test_nothing_is_known_of_nothing() -> None:
    assert Share(hits=0, of=0).value == 0
    assert Share(hits=0, of=0).interval == (0, 1)


def test_999_of_1000_takes_3838_attacks_without_a_miss() -> None:
    assert Share(hits=3_838, of=3_838).interval[0] == pytest.approx(0.999, abs=1e-5)


@pytest.mark.parametrize(
    ("share", "expected"), [(0, 1), (0.25, 1), (0.26, 2), (0.5, 2), (0.51, 3), (0.95, 4), (1, 4)]
)
def test_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    assert quantile([3, 1, 4, 2], share) == expected


def test_of_nothing_there_is_no_quantile() -> None:
    assert quantile([], 0.5) == 0
    assert mean([]) == 0
    assert mean([1, 2]) == 1.5
