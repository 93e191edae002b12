"""Invented attackers who have the right password, in the classes of Wiefling et al. (TOPS 2022).

They come at the hours when customers come, from addresses drawn as customers' are: what sets them apart is their class
alone, and a test looks for fingerprints of the generator (`tests/risk/test_simulation.py`).
"""

from collections.abc import Sequence
from enum import StrEnum

from idp.risk.simulated_world import (
    ATTACKERS,
    COUNTRIES,
    LONG_SHARE,
    REGIONS,
    Browser,
    Dice,
    Kind,
    address_in,
    any_address_in,
    long_address_in,
    network_in,
    number,
    pick,
)
from idp.risk.simulation import HOURS, Customer, Visit

_DAY, _HOUR = 86_400, 3_600
_NEIGHBOURS = 256


class Attacker(StrEnum):
    """What an attacker knows of the victim besides the password.

    naive: nothing. vpn: the country. targeted: the provider at home too, and the usual browser. very-targeted: the very
    User-Agent header and the region, half of the time down to the /24 that the victim has at the moment.
    """

    NAIVE = "naive"
    VPN = "vpn"
    TARGETED = "targeted"
    VERY_TARGETED = "very-targeted"


def attacks(
    dice: Dice, victims: Sequence[Customer], kind: Attacker, *, count: int, begin: int, days: int
) -> list[Visit]:
    """So many attacks over that time, in its order, each on any of `victims`."""
    found = [_attack(dice, victims[number(dice, len(victims))], kind, begin, days) for _ in range(count)]
    return sorted(found, key=lambda visit: (visit.at, visit.subject_id))


def _attack(dice: Dice, victim: Customer, kind: Attacker, begin: int, days: int) -> Visit:
    hour = pick(dice, {hour: float(weight) for hour, weight in HOURS.items()})
    at = begin + number(dice, days) * _DAY + hour * _HOUR + number(dice, _HOUR)
    return Visit(
        at=at,
        subject_id=victim.subject_id,
        browser_id="attacker",
        address=_address(dice, victim, kind, at),
        user_agent=_user_agent(dice, victim, kind, at),
        is_private=True,
    )


def _address(dice: Dice, victim: Customer, kind: Attacker, at: int) -> str:
    if kind is Attacker.NAIVE:
        country = pick(dice, {name: one.attackers for name, one in COUNTRIES.items()})
        return _anywhere(dice, country, {Kind.HOSTING: 6.0, Kind.HOME: 3.0, Kind.MOBILE: 1.0})
    if kind is Attacker.VPN:
        # Half of them rent somebody's home connection instead of a server.
        return _anywhere(dice, victim.country, {Kind.HOSTING: 5.0, Kind.HOME: 4.0, Kind.MOBILE: 1.0})
    home = victim.home
    if kind is Attacker.TARGETED:
        return any_address_in(dice, home.network, region=number(dice, REGIONS), is_six=home.is_six)
    if dice.random() < 0.5:
        return any_address_in(dice, home.network, region=home.region, is_six=home.is_six)
    neighbour = home.host_at(at) ^ 1 + number(dice, _NEIGHBOURS - 1)
    if home.is_six:
        return long_address_in(home.network, region=home.region, line=neighbour, host=number(dice, 1 << 32))
    return address_in(home.network, region=home.region, host=neighbour)


def _anywhere(dice: Dice, country: str, kinds: dict[Kind, float]) -> str:
    network = network_in(dice, country, pick(dice, kinds))
    is_six = network.kind is Kind.HOME and dice.random() < LONG_SHARE
    return any_address_in(dice, network, region=number(dice, REGIONS), is_six=is_six)


def _user_agent(dice: Dice, victim: Customer, kind: Attacker, at: int) -> str:
    machine = victim.machines[0]
    if kind is Attacker.VERY_TARGETED:
        return machine.browser.header(at, lag_days=machine.lag_days)
    lag_days = pick(dice, {2: 50, 7: 30, 20: 15, 90: 5})
    if kind is Attacker.TARGETED:
        return machine.browser.header(at, lag_days=lag_days)
    popular: dict[Browser, float] = {one: float(weight) for one, weight in ATTACKERS.items()}
    return pick(dice, popular).header(at, lag_days=lag_days)
