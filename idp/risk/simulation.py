"""Invented customers and how they sign in, day after day: what the risk policy has to leave in peace.

Each has browsers, a home, perhaps an office, habits of travel, and a rhythm. Cookies get lost, windows are private,
addresses change, browsers update themselves and machines are replaced. The same seed gives the same history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import TypeVar

from idp.risk.simulated_world import (
    COUNTRIES,
    DESKTOPS,
    HOSTS,
    LONG_SHARE,
    PHONES,
    REGIONS,
    Browser,
    Dice,
    Kind,
    Network,
    address_in,
    any_address_in,
    long_address_in,
    network_in,
    number,
    pick,
)

T = TypeVar("T")
_DAY, _HOUR = 86_400, 3_600
# Weight of each hour of the day: offices, then evenings.
HOURS = dict(
    enumerate((2, 1, 1, 1, 1, 2, 4, 8, 16, 22, 22, 19, 13, 17, 21, 21, 19, 16, 13, 12, 13, 12, 8, 4))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How customers differ from each other; shares of 1. `median_days` lie between two sign-ins of half of them."""

    cookie_loss: float = 0.03
    private_windows: float = 0.03
    median_days: float = 3.0
    spread: float = 0.8
    slowest_days: float = 7.0
    travellers: float = 0.15
    trip_every_days: int = 60
    trip_days: int = 4
    rare_trip_every_days: int = 240
    machine_days: int = 1_000
    with_office: float = 0.45
    with_vpn: float = 0.05
    vpn_share: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An internet connection of somebody's. `keeps_days` is how long an address is kept; 0 for ever."""

    network: Network
    region: int
    host: int
    keeps_days: int
    is_six: bool = False

    def address(self, dice: Dice, at: int) -> str:
        if self.is_six:
            return long_address_in(
                self.network, region=self.region, line=self.host_at(at), host=number(dice, 1 << 32)
            )
        return address_in(self.network, region=self.region, host=self.host_at(at))

    def host_at(self, at: int) -> int:
        if not self.keeps_days:
            return self.host
        # Any function of the period does that neither repeats nor has neighbours.
        return (self.host + at // (self.keeps_days * _DAY) * 40_503) % HOSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A browser on a computer or phone. `share` is of the sign-ins of its owner, `at_home` of its own."""

    browser: Browser
    share: float
    places: dict[Kind, float]
    lag_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    subject_id: str
    country: str
    days_between: float
    machines: tuple[Machine, ...]
    home: Line
    office: Line
    carrier: Network
    region: int
    vpn: Network
    vpn_share: float
    trip_every_days: int
    trip_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A sign-in with the right password. `browser_id` names the cookie jar; a private window has none of its own."""

    at: int
    subject_id: str
    browser_id: str
    address: str
    user_agent: str
    is_private: bool = False
    has_lost_cookie: bool = False
    is_abroad: bool = False


@dataclass(slots=True)
class _State:
    """What changes while a customer's time passes."""

    generations: dict[int, int] = field(default_factory=dict)
    trip_country: str = ""
    trip_until: int = 0


def customers(dice: Dice, count: int, habits: Habits) -> list[Customer]:
    return [_customer(dice, f"{at:032x}", habits) for at in range(count)]


def visits(
    dice: Dice, everybody: Sequence[Customer], habits: Habits, *, begin: int, days: int
) -> list[Visit]:
    """All their sign-ins, in the order of time."""
    found = [
        visit for one in everybody for visit in _visits_of(dice, one, habits, begin, begin + days * _DAY)
    ]
    return sorted(found, key=lambda visit: (visit.at, visit.subject_id))


def _customer(dice: Dice, subject_id: str, habits: Habits) -> Customer:
    country = pick(dice, {name: one.customers for name, one in COUNTRIES.items()})
    region = number(dice, REGIONS)
    is_traveller = dice.random() < habits.travellers
    return Customer(
        subject_id=subject_id,
        country=country,
        days_between=min(habits.slowest_days, habits.median_days * exp(habits.spread * _normal(dice))),
        machines=_machines(dice, with_office=dice.random() < habits.with_office),
        home=_home(dice, country, region),
        office=Line(
            network=network_in(dice, country, Kind.OFFICE),
            region=region,
            host=number(dice, HOSTS),
            keeps_days=0,
        ),
        carrier=network_in(dice, country, Kind.MOBILE),
        region=region,
        vpn=network_in(dice, _exit_country(dice, country), Kind.HOSTING),
        vpn_share=habits.vpn_share if dice.random() < habits.with_vpn else 0.0,
        trip_every_days=habits.trip_every_days if is_traveller else habits.rare_trip_every_days,
        trip_days=habits.trip_days,
    )


def _exit_country(dice: Dice, country: str) -> str:
    """Where the customer's VPN, if there is one, comes out: mostly at home."""
    return country if dice.random() < 0.6 else _other_country(dice, country)


def _other_country(dice: Dice, country: str) -> str:
    return pick(dice, {name: one.customers for name, one in COUNTRIES.items() if name != country})


def _home(dice: Dice, country: str, region: int) -> Line:
    return Line(
        network=network_in(dice, country, Kind.HOME),
        region=region,
        host=number(dice, HOSTS),
        keeps_days=pick(dice, {0: 45, 1: 20, 7: 20, 30: 15}),
        is_six=dice.random() < LONG_SHARE,
    )


def _machines(dice: Dice, *, with_office: bool) -> tuple[Machine, ...]:
    home = {Kind.HOME: 0.92, Kind.MOBILE: 0.05, Kind.OFFICE: 0.03}
    office = {Kind.OFFICE: 0.93, Kind.HOME: 0.05, Kind.MOBILE: 0.02}
    both = {Kind.OFFICE: 0.6, Kind.HOME: 0.33, Kind.MOBILE: 0.07}
    main = pick(dice, {"office": 5, "both": 5}) if with_office else "home"
    kinds = {"home": [(home, 1.0)], "both": [(both, 1.0)], "office": [(office, 0.75), (home, 0.25)]}[main]
    made = [_machine(dice, DESKTOPS, share, places) for places, share in kinds]
    if dice.random() < 0.35:
        pocket = {Kind.MOBILE: 0.5, Kind.HOME: 0.42, Kind.OFFICE: 0.08}
        made.append(_machine(dice, PHONES, 0.15, pocket))
    return tuple(made)


def _machine(dice: Dice, browsers: dict[Browser, int], share: float, places: dict[Kind, float]) -> Machine:
    return Machine(
        browser=pick(dice, {one: float(weight) for one, weight in browsers.items()}),
        share=share,
        places=places,
        lag_days=pick(dice, {2: 50, 7: 30, 20: 15, 90: 5}),
    )


def _visits_of(dice: Dice, customer: Customer, habits: Habits, begin: int, end: int) -> Iterator[Visit]:
    """The first is the sign-up's, by the main machine at home."""
    state = _State()
    day = begin + number(dice, max(1, int(customer.days_between * _DAY))) // _DAY * _DAY
    at = day + pick(dice, {hour: float(weight) for hour, weight in HOURS.items()}) * _HOUR
    while at < end:
        yield _visit(dice, customer, habits, state, at + number(dice, _HOUR))
        day += max(1, round(-log(1 - dice.random()) * customer.days_between)) * _DAY
        at = day + pick(dice, {hour: float(weight) for hour, weight in HOURS.items()}) * _HOUR


def _visit(dice: Dice, customer: Customer, habits: Habits, state: _State, at: int) -> Visit:
    which = pick(dice, {index: one.share for index, one in enumerate(customer.machines)})
    machine = customer.machines[which]
    _travel(dice, customer, state, at)
    _replace(dice, customer, habits, state, which)
    return Visit(
        at=at,
        subject_id=customer.subject_id,
        browser_id=f"{which}.{state.generations[which]}",
        address=_address(dice, customer, state, pick(dice, machine.places), at),
        user_agent=machine.browser.header(at, lag_days=machine.lag_days),
        is_private=dice.random() < habits.private_windows,
        has_lost_cookie=dice.random() < habits.cookie_loss,
        is_abroad=at < state.trip_until,
    )


def _travel(dice: Dice, customer: Customer, state: _State, at: int) -> None:
    """Between two sign-ins a trip may have begun; one that began and ended between them leaves no trace."""
    began = min(customer.days_between, customer.trip_days) / customer.trip_every_days
    if at >= state.trip_until and dice.random() < began:
        state.trip_country = _other_country(dice, customer.country)
        state.trip_until = at + int((1 - dice.random()) * customer.trip_days * _DAY)


def _replace(dice: Dice, customer: Customer, habits: Habits, state: _State, which: int) -> None:
    generation = state.generations.setdefault(which, 0)
    if dice.random() < customer.days_between / habits.machine_days:
        state.generations[which] = generation + 1


def _address(dice: Dice, customer: Customer, state: _State, place: Kind, at: int) -> str:
    if dice.random() < customer.vpn_share:
        # An exit is a server of many.
        return address_in(customer.vpn, region=0, host=number(dice, 64) * 256 + 7)
    if at < state.trip_until and dice.random() < 0.5:
        # A hotel's network; otherwise a phone roams, and its traffic leaves from home.
        network = network_in(dice, state.trip_country, pick(dice, {Kind.HOME: 7.0, Kind.MOBILE: 3.0}))
        return any_address_in(dice, network, region=number(dice, REGIONS))
    if at < state.trip_until or place is Kind.MOBILE:
        return any_address_in(dice, customer.carrier, region=customer.region)
    line = customer.office if place is Kind.OFFICE else customer.home
    return line.address(dice, at)


def _normal(dice: Dice) -> float:
    """Nearly a standard normal number: twelve even ones do (Irwin and Hall)."""
    return sum(dice.random() for _ in range(12)) - 6
