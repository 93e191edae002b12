"""A small invented world to sign in from: countries, the networks in them, and browsers that update themselves.

Everything is a function of numbers, so it implements the Protocols of `records/ports.py` without data. Shares follow
what is published of real sign-ins where anything is (docs/risk.md says which), and are plain guesses elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import Protocol, TypeVar

from idp.records.risk import Place

T = TypeVar("T")
_DAY = 86_400
# Browsers' first versions are of October 2024.
_EPOCH_DAYS = 20_000


class Dice(Protocol):
    """Repeatable chance: `random.Random(seed)` is one."""

    def random(self) -> float:
        """A number from 0 up to 1."""


def pick(dice: Dice, weights: Mapping[T, float]) -> T:
    """One of them, by weight."""
    left = dice.random() * sum(weights.values())
    for one, weight in weights.items():
        left -= weight
        if left < 0:
            return one
    return max(weights, key=lambda one: weights[one])


def number(dice: Dice, below: int) -> int:
    return int(dice.random() * below)


class Kind(StrEnum):
    HOME = "home"
    MOBILE = "mobile"
    OFFICE = "office"
    HOSTING = "hosting"


@dataclass(frozen=True, slots=True)
class Country:
    """`customers` and `attackers` are weights; coordinates are of its middle."""

    customers: float
    attackers: float
    latitude: float
    longitude: float


COUNTRIES = {
    "FR": Country(50, 4, 46, 2),
    "DE": Country(7, 5, 51, 10),
    "ES": Country(6, 2, 40, -4),
    "GB": Country(6, 4, 54, -2),
    "IT": Country(5, 2, 43, 12),
    "PL": Country(5, 2, 52, 20),
    "BE": Country(4, 1, 51, 4),
    "CA": Country(4, 3, 60, -95),
    "US": Country(4, 18, 38, -97),
    "NL": Country(2, 6, 52, 6),
    "PT": Country(2, 1, 39, -8),
    "CH": Country(2, 1, 47, 8),
    "MA": Country(1, 1, 32, -5),
    "TN": Country(1, 1, 34, 9),
    "RU": Country(0.2, 14, 60, 100),
    "CN": Country(0.2, 10, 35, 105),
    "BR": Country(0.2, 8, -10, -55),
    "IN": Country(0.2, 8, 20, 77),
    "VN": Country(0.1, 6, 16, 106),
    "ID": Country(0.1, 5, -5, 120),
    "TR": Country(0.1, 4, 39, 35),
    "UA": Country(0.1, 4, 49, 32),
    "NG": Country(0.05, 3, 10, 8),
    "SG": Country(0.1, 3, 1, 104),
}
# Networks of a country: their share of its homes, phones, offices and data centres.
_SHARES: Mapping[Kind, tuple[float, ...]] = {
    Kind.HOME: (40, 30, 18, 12),
    Kind.MOBILE: (40, 33, 27),
    Kind.OFFICE: (25, 20, 20, 15, 10, 10),
    Kind.HOSTING: (40, 30, 20, 10),
}
_PER_COUNTRY = sum(map(len, _SHARES.values()))
# A network has this many regions, each of them a /16.
REGIONS = 4
HOSTS = 65_536
# Homes whose browsers reach us by IPv6.
LONG_SHARE = 0.4
_FIRST_OCTET = 20
_SIX = 0x2A00 << 112


@dataclass(frozen=True, slots=True)
class Network:
    """Of one provider in one country. `number` is its place in the list of all."""

    number: int
    country: str
    kind: Kind
    weight: float

    @property
    def asn(self) -> int:
        return 64_512 + self.number


def _networks() -> tuple[Network, ...]:
    kinds = [(kind, share) for kind, shares in _SHARES.items() for share in shares]
    return tuple(
        Network(at * _PER_COUNTRY + index, country, kind, share)
        for at, country in enumerate(COUNTRIES)
        for index, (kind, share) in enumerate(kinds)
    )


NETWORKS = _networks()
_OF: Mapping[tuple[str, Kind], Mapping[Network, float]] = {
    (country, kind): {one: one.weight for one in NETWORKS if one.country == country and one.kind is kind}
    for country in COUNTRIES
    for kind in Kind
}


def network_in(dice: Dice, country: str, kind: Kind) -> Network:
    return pick(dice, _OF[country, kind])


def address_in(network: Network, *, region: int, host: int) -> str:
    """The IPv4 address of a host (0 to 65,535) in one of its regions."""
    block = network.number * REGIONS + region
    return f"{_FIRST_OCTET + (block >> 8)}.{block & 255}.{host >> 8}.{host & 255}"


def long_address_in(network: Network, *, region: int, line: int, host: int) -> str:
    """An IPv6 address: each line (0 to 65,535) of a region has a /56, where hosts choose addresses as they like."""
    block = network.number * REGIONS + region
    return str(IPv6Address(_SIX | block << 96 | line << 72 | host))


def any_address_in(dice: Dice, network: Network, *, region: int, is_six: bool = False) -> str:
    """Somebody's there. Carriers share few addresses among many phones: a region's in eight /24."""
    if is_six:
        return long_address_in(network, region=region, line=number(dice, HOSTS), host=number(dice, 1 << 32))
    hosts = 8 * 256 if network.kind is Kind.MOBILE else HOSTS
    return address_in(network, region=region, host=number(dice, hosts))


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedGeography:
    """`Geography` of this world. `with_networks=False` knows countries alone, as the data do that come with `idp`."""

    data_at: int
    with_networks: bool = True

    def place_of(self, address: str) -> Place:
        block = _block(address)
        if not 0 <= block < len(NETWORKS) * REGIONS:
            return Place(data_at=self.data_at)
        network = NETWORKS[block // REGIONS]
        country = COUNTRIES[network.country]
        if not self.with_networks:
            return Place(country=network.country, data_at=self.data_at)
        return Place(
            country=network.country,
            asn=network.asn,
            is_hosting=network.kind is Kind.HOSTING,
            latitude=country.latitude,
            longitude=country.longitude,
            radius_km=500,
            data_at=self.data_at,
        )


def _block(address: str) -> int:
    try:
        found = ip_address(address)
    except ValueError:
        return -1
    if isinstance(found, IPv6Address):
        return int(found) >> 96 & 0xFFFF if int(found) >> 112 == _SIX >> 112 else -1
    return (int(found) >> 16) - (_FIRST_OCTET << 8)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser program: how its User-Agent header reads, and how often its version rises."""

    text: str
    first: int
    days: int
    is_mobile: bool = False

    def header(self, at: int, *, lag_days: int = 0) -> str:
        """The header of one that updates `lag_days` late."""
        version = self.first + (at // _DAY - lag_days - _EPOCH_DAYS) // self.days
        return self.text.format(version=version)


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_CHROME = " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0"
_SAFARI = " AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}.1"
_FIREFOX = "rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
CHROME_WINDOWS = Browser(_WINDOWS + _CHROME + " Safari/537.36", 129, 28)
EDGE_WINDOWS = Browser(_WINDOWS + _CHROME + " Safari/537.36 Edg/{version}.0.0.0", 129, 28)
FIREFOX_WINDOWS = Browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64; " + _FIREFOX, 129, 28)
CHROME_MAC = Browser(_MAC + _CHROME + " Safari/537.36", 129, 28)
SAFARI_MAC = Browser(_MAC + _SAFARI + " Safari/605.1.15", 18, 180)
FIREFOX_LINUX = Browser("Mozilla/5.0 (X11; Linux x86_64; " + _FIREFOX, 129, 28)
CHROME_LINUX = Browser("Mozilla/5.0 (X11; Linux x86_64)" + _CHROME + " Safari/537.36", 129, 28)
CHROME_ANDROID = Browser(
    "Mozilla/5.0 (Linux; Android 10; K)" + _CHROME + " Mobile Safari/537.36", 129, 28, is_mobile=True
)
SAFARI_IPHONE = Browser(
    "Mozilla/5.0 (iPhone; CPU iPhone OS {version}_1 like Mac OS X)" + _SAFARI + " Mobile/15E148 Safari/604.1",
    15,
    180,
    is_mobile=True,
)
CURL = Browser("curl/8.{version}.0", 1, 60)

DESKTOPS = {
    CHROME_WINDOWS: 42,
    EDGE_WINDOWS: 10,
    FIREFOX_WINDOWS: 10,
    CHROME_MAC: 13,
    SAFARI_MAC: 9,
    FIREFOX_LINUX: 9,
    CHROME_LINUX: 7,
}
PHONES = {CHROME_ANDROID: 55, SAFARI_IPHONE: 45}
# What stolen passwords are tried with: mostly what everybody has.
ATTACKERS = {**DESKTOPS, CHROME_WINDOWS: 60, CHROME_ANDROID: 12, SAFARI_IPHONE: 6, CURL: 8}
