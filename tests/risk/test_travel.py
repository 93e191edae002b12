"""Journeys that nobody makes."""

import pytest

from idp.config.settings import Risk
from idp.risk.centroids import middle_of
from idp.risk.habits import Last
from idp.risk.travel import speed
from tests.risk.deciding import seen
from tests.support.rooms import NOW

HOUR = 3_600
PARIS = Last(at=NOW - HOUR, country="FR", latitude=49, longitude=2, radius_km=20)
FRANCE = Last(at=NOW - HOUR, country="FR")


@pytest.mark.parametrize(
    ("last", "country", "place", "low", "high"),
    [
        (None, "AU", {}, 0, 0),
        (FRANCE, "FR", {}, 0, 0),
        (FRANCE, "BE", {}, 0, 0),
        (FRANCE, "AU", {}, 12_000, 15_500),
        (FRANCE, "ZZ", {}, 0, 0),
        (FRANCE, "", {}, 0, 0),
        (PARIS, "FR", {"latitude": 44, "longitude": 5}, 0, 0),
        (PARIS, "US", {"latitude": 41, "longitude": -74, "radius_km": 20}, 5_000, 6_000),
        (PARIS, "US", {"latitude": 41, "longitude": -74, "radius_km": 5_000}, 0, 0),
        (PARIS, "US", {}, 2_000, 6_000),
        (PARIS, "US", {"latitude": 41, "longitude": -74, "is_hosting": True}, 0, 0),
    ],
)
def test_speed(last: Last | None, country: str, place: dict[str, int], low: int, high: int) -> None:
    assert low <= speed(last, seen(country=country, **place), NOW, Risk()) <= high


@pytest.mark.parametrize("passed", [0, -HOUR])
def test_a_clock_that_stands_still_or_goes_back_makes_no_journey_possible(passed: int) -> None:
    assert speed(FRANCE, seen(country="AU"), FRANCE.at + passed, Risk()) == 99_999


def test_every_middle_is_on_the_globe() -> None:
    for country in ("FR", "FJ", "NZ", "RU", "CL", "AQ"):
        middle = middle_of(country)
        assert middle is not None
        latitude, longitude, reach = middle
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180
        assert 10 <= reach <= 4_000
    assert middle_of("") is None
