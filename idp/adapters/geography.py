"""Where addresses are, from data on this machine: the registries' countries that come with `iptocc`, or the operator's
own MMDB files, and a list of hosting networks.

Data that are missing or broken make an address's place unknown, which asks for more; nothing falls back to a guess.
Files may be replaced while we run: a new one is used within a minute. Nobody's address leaves the machine.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any

from idp.adapters.mmdb import Mmdb
from idp.adapters.networks import Networks, read_networks
from idp.config.settings import Risk
from idp.records.risk import Place

_DAY = 86_400
_MOST_PLACES = 4_096
# The package does not say how old its data are. It is rebuilt at most once a day, each time with the next number, and
# 3.3.170 by a compiler of 13 October 2026. So that day, and one more for each number since, is no later than the data.
_KNOWN_BUILD, _KNOWN_BUILD_AT = (3, 3, 170), int(datetime(2026, 10, 13, tzinfo=UTC).timestamp())


def open_geography(policy: Risk) -> "LocalGeography":
    """The geography that the configuration names. Never raises: what can't be read is unknown, and logged."""
    return LocalGeography(
        country=Mmdb(policy.country_database),
        asn=Mmdb(policy.asn_database),
        city=Mmdb(policy.city_database),
        hosting=read_networks(policy.hosting_networks),
        has_packaged=not (policy.country_database or policy.city_database),
    )


class LocalGeography:
    """`Geography` from this machine's files."""

    def __init__(
        self,
        *,
        country: Mmdb,
        asn: Mmdb,
        city: Mmdb,
        hosting: Networks,
        has_packaged: bool,
    ) -> None:
        self._country, self._asn, self._city = country, asn, city
        self._hosting = hosting
        self._has_packaged = has_packaged
        # What comes with the package doesn't change while we run, and whoever asks tends to ask again.
        is_fixed = has_packaged and not asn.is_named
        self.place_of = lru_cache(maxsize=_MOST_PLACES)(self._place_of) if is_fixed else self._place_of

    def _place_of(self, address: str) -> Place:
        """The city database comes before the country database, and that before what is packaged."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return Place()
        is_hosting = parsed in self._hosting
        base = self._countried(address) if parsed.is_global else Place(data_at=self.data_at())
        asn = self._asn.find(address).get("autonomous_system_number", 0) if parsed.is_global else 0
        return replace(base, asn=asn if isinstance(asn, int) else 0, is_hosting=is_hosting)

    def _countried(self, address: str) -> Place:
        data_at = self.data_at()
        if self._has_packaged:
            return Place(country=packaged_country(address), data_at=data_at)
        found = self._city.find(address) or self._country.find(address)
        return _place(found, data_at)

    def data_at(self) -> int:
        """The date of the data, 0 where there are none. Of several databases, the oldest counts."""
        if self._has_packaged:
            return packaged_at()
        named = [one.data_at() for one in (self._city, self._country) if one.is_named]
        return min(named, default=0)


def packaged_country(address: str) -> str:
    """The registries' country of an address; it is where a network is registered, mostly where it is used."""
    import iptocc  # noqa: PLC0415 - commands that look nothing up need not load it

    return iptocc.country_code(address) or ""


@lru_cache(maxsize=1)
def packaged_at() -> int:
    """A day that the packaged data are no older than; 0 where nothing is known."""
    try:
        major, minor, build = (int(part) for part in version("iptocc").split("."))
    except ValueError:
        return 0
    if (major, minor) != _KNOWN_BUILD[:2]:
        return _KNOWN_BUILD_AT if (major, minor) > _KNOWN_BUILD[:2] else 0
    return _KNOWN_BUILD_AT + (build - _KNOWN_BUILD[2]) * _DAY


def _place(found: Mapping[str, Any], data_at: int) -> Place:
    """A record of GeoIP2's shape, which everybody else's databases have too; what is missing stays unknown."""
    country = _text(found, "country", "iso_code") or _text(found, "country_code")
    latitude, longitude = _number(found, "latitude"), _number(found, "longitude")
    return Place(
        country=country if len(country) == 2 and country.isascii() else "",
        city=_text(found, "city", "names", "en"),
        latitude=latitude if longitude is not None else None,
        longitude=longitude if latitude is not None else None,
        radius_km=int(_number(found, "accuracy_radius") or 0),
        data_at=data_at,
    )


def _text(found: Any, *path: str) -> str:
    for part in path:
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _number(found: Mapping[str, Any], name: str) -> float | None:
    location = found.get("location")
    value = location.get(name) if isinstance(location, dict) else None
    return float(value) if isinstance(value, int | float) else None
