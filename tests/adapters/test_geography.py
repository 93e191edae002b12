"""Where addresses are: from what is packaged, from an operator's files, and from files that are broken."""

import os
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from idp.adapters.geography import open_geography, packaged_at
from idp.adapters.mmdb import Mmdb
from idp.adapters.networks import read_networks
from idp.config.settings import Risk
from idp.records.risk import Place
from tests.risk.mmdb_file import write_mmdb

BUILT_AT = 1_790_000_000
PARIS = {
    "country": {"iso_code": "FR"},
    "city": {"names": {"en": "Paris"}},
    "location": {"latitude": 48.85, "longitude": 2.35, "accuracy_radius": 20},
}
PRIVATE = ("10.1.2.3", "192.168.1.1", "100.64.0.9", "127.0.0.1", "169.254.1.1", "::1", "fd00::1", "192.0.2.1")


def country(code: str) -> dict[str, Any]:
    return {"country": {"iso_code": code}}


def test_packaged_data_know_countries_of_both_families() -> None:
    geography = open_geography(Risk())
    for address, code in (("213.186.33.5", "FR"), ("8.8.8.8", "US"), ("2001:41d0::1", "FR")):
        place = geography.place_of(address)
        assert (place.country, place.asn, place.city) == (code, 0, "")
        assert place.data_at == packaged_at()


def test_packaged_data_have_a_date_that_they_are_no_older_than() -> None:
    assert packaged_at() >= 1_791_849_600


@pytest.mark.parametrize("version", ["3.4.1", "4.0.0"])
def test_newer_packaged_data_are_no_older_than_those_we_know(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = packaged_at()
    packaged_at.cache_clear()
    monkeypatch.setattr("idp.adapters.geography.version", lambda name: version)
    assert 0 < packaged_at() <= known
    packaged_at.cache_clear()


@pytest.mark.parametrize("version", ["2.9.9", "nightly"])
def test_packaged_data_of_unknown_age_have_no_date(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged_at.cache_clear()
    monkeypatch.setattr("idp.adapters.geography.version", lambda name: version)
    assert packaged_at() == 0
    packaged_at.cache_clear()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_nowhere(address: str, tmp_path: Path) -> None:
    own = write_mmdb(
        tmp_path / "c.mmdb", {"0.0.0.0/1": country("FR"), "128.0.0.0/1": country("FR")}, built_at=BUILT_AT
    )
    for policy in (Risk(), Risk(country_database=str(own))):
        place = open_geography(policy).place_of(address)
        assert (place.country, place.asn) == ("", 0)


@pytest.mark.parametrize("address", ["", "unknown", "999.1.1.1", "5.5.5", "x" * 900, "5.5.1.7 OR 1=1"])
def test_what_is_no_address_is_nowhere(address: str) -> None:
    assert open_geography(Risk()).place_of(address) == Place()


def test_an_operators_databases_come_before_what_is_packaged(tmp_path: Path) -> None:
    cities = write_mmdb(tmp_path / "city.mmdb", {"5.5.0.0/16": PARIS}, built_at=BUILT_AT)
    countries = write_mmdb(tmp_path / "country.mmdb", {"9.0.0.0/8": country("AU")}, built_at=BUILT_AT - 5)
    numbers = write_mmdb(
        tmp_path / "asn.mmdb", {"5.5.0.0/16": {"autonomous_system_number": 64_500}}, built_at=BUILT_AT
    )
    geography = open_geography(
        Risk(city_database=str(cities), country_database=str(countries), asn_database=str(numbers))
    )
    assert geography.place_of("5.5.1.7") == Place(
        country="FR",
        city="Paris",
        asn=64_500,
        latitude=48.85,
        longitude=2.35,
        radius_km=20,
        data_at=BUILT_AT - 5,
    )
    assert geography.place_of("9.1.1.1").country == "AU"
    assert geography.place_of("8.8.8.8") == Place(data_at=BUILT_AT - 5)
    assert geography.place_of("2001:41d0::1").country == ""


@pytest.mark.parametrize(
    "record",
    [
        {"country": "FR"},
        {"country": {"iso_code": 7}},
        {"country": {"iso_code": "FRANCE"}},
        {"location": {"latitude": 3.0}},
        {"location": "here"},
    ],
)
def test_records_of_another_shape_are_unknown(record: dict[str, Any], tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "c.mmdb", {"5.0.0.0/8": record}, built_at=BUILT_AT)
    assert open_geography(Risk(country_database=str(file))).place_of("5.5.1.7") == Place(data_at=BUILT_AT)


def test_a_missing_or_broken_database_makes_places_unknown_and_is_logged(tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"no database" * 100)
    for name in ("missing.mmdb", "broken.mmdb", "."):
        with structlog.testing.capture_logs() as logs:
            geography = open_geography(Risk(country_database=str(tmp_path / name)))
            assert geography.place_of("8.8.8.8") == Place()
        assert [line["log_level"] for line in logs] == ["warning"]


def test_a_database_that_breaks_inside_makes_that_place_unknown(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "c.mmdb", {"5.0.0.0/8": country("FR")}, built_at=BUILT_AT)
    content = file.read_bytes()
    at = content.index(b"country") - 2
    file.write_bytes(content[:at] + b"\xff" * 12 + content[at + 12 :])
    with structlog.testing.capture_logs():
        assert open_geography(Risk(country_database=str(file))).place_of("5.5.1.7").country == ""


def test_a_database_that_is_replaced_is_used_within_a_minute(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "c.mmdb", {"5.0.0.0/8": country("FR")}, built_at=BUILT_AT)
    now = [100.0]
    database = Mmdb(str(file), clock=lambda: now[0])
    assert database.find("5.5.1.7") == country("FR")
    fresh = write_mmdb(tmp_path / "fresh.mmdb", {"5.0.0.0/8": country("BE")}, built_at=BUILT_AT + 9)
    os.utime(fresh, ns=(1, 1))
    fresh.replace(file)
    assert database.find("5.5.1.7") == country("FR")
    now[0] += 61
    assert database.find("5.5.1.7") == country("BE")
    assert database.data_at() == BUILT_AT + 9
    file.unlink()
    now[0] += 61
    with structlog.testing.capture_logs():
        assert database.find("5.5.1.7") == {}


def test_hosting_networks_come_from_a_list(tmp_path: Path) -> None:
    file = tmp_path / "hosting.txt"
    file.write_text(
        "# data centres\n5.99.0.0/16\n5.99.4.0/24 # inside\n9.9.9.9\n\nnonsense\n2a01:5::/32\n5.98.0.1/16\n"
    )
    with structlog.testing.capture_logs() as logs:
        geography = open_geography(Risk(hosting_networks=str(file)))
    assert [line["lines"] for line in logs] == [1]
    for address in ("5.99.0.0", "5.99.4.7", "5.99.255.255", "9.9.9.9", "2a01:5::9", "5.98.7.7"):
        assert geography.place_of(address).is_hosting
    for address in ("5.97.255.255", "5.100.0.0", "9.9.9.8", "9.9.9.10", "2a01:6::", "::1", "0.0.0.0"):
        assert not geography.place_of(address).is_hosting


def test_a_missing_list_is_logged_and_empty(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logs:
        assert read_networks(str(tmp_path / "none")).starts == ()
    assert len(logs) == 1
