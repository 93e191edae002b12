"""Whether anybody can have travelled so far since the last sign-in. Evidence, never a verdict.

With city data from their coordinates, else from the middle of each country, whose size is then the uncertainty.
"""

from math import asin, cos, radians, sin, sqrt

from idp.config.settings import Risk
from idp.risk.centroids import middle_of
from idp.risk.features import Features
from idp.risk.habits import Last

_EARTH_KM = 6_371
_FASTEST_KMH = 99_999


def speed(last: Last | None, features: Features, now: int, policy: Risk) -> int:
    """The least speed in km/h that a journey from the last sign-in took. 0 where it is short or nothing is known.

    A clock that went back has made no journey possible: it counts as no time at all.
    """
    if last is None or features.is_hosting or (last.country == features.country and last.latitude is None):
        return 0
    here = _point(features.country, features.latitude, features.longitude, features.radius_km)
    there = _point(last.country, last.latitude, last.longitude, last.radius_km)
    if here is None or there is None:
        return 0
    distance = _distance(here[0], here[1], there[0], there[1]) - here[2] - there[2]
    if distance <= policy.travel_km:
        return 0
    hours = max(0, now - last.at) / 3_600
    return min(_FASTEST_KMH, round(distance / hours)) if hours else _FASTEST_KMH


def _point(
    country: str, latitude: int | None, longitude: int | None, radius_km: int
) -> tuple[int, int, int] | None:
    if latitude is not None and longitude is not None:
        return latitude, longitude, 2 * radius_km + _DEGREE_KM
    return middle_of(country)


# Coordinates are kept to the degree.
_DEGREE_KM = 111


def _distance(latitude: int, longitude: int, other_latitude: int, other_longitude: int) -> float:
    """Great circle, in km."""
    north, other_north = radians(latitude), radians(other_latitude)
    half_height, half_width = (north - other_north) / 2, radians(longitude - other_longitude) / 2
    chord = sin(half_height) ** 2 + cos(north) * cos(other_north) * sin(half_width) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(chord)))
