"""The invented world: repeatable, and without fingerprints that would flatter a policy."""

from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from random import Random
from statistics import median

import pytest

from idp.risk.simulated_attacks import Attacker, attacks
from idp.risk.simulated_world import COUNTRIES, NETWORKS, Kind, SimulatedGeography
from idp.risk.simulation import Customer, Habits, Visit, customers, visits
from idp.web.address import parse_address

_BEGIN = 1_800_057_600
_DAYS = 120
_GEOGRAPHY = SimulatedGeography(data_at=_BEGIN)
_HABITS = Habits()


@pytest.fixture(scope="module")
def people() -> list[Customer]:
    return customers(Random(1), 500, _HABITS)


@pytest.fixture(scope="module")
def history(people: list[Customer]) -> list[Visit]:
    return visits(Random(2), people, _HABITS, begin=_BEGIN, days=_DAYS)


@pytest.fixture(scope="module")
def malice(people: list[Customer]) -> dict[Attacker, list[Visit]]:
    return {
        kind: attacks(Random(3), people, kind, count=4_000, begin=_BEGIN, days=_DAYS) for kind in Attacker
    }


def test_seed_makes_the_same_world_again(people: list[Customer], history: list[Visit]) -> None:
    assert customers(Random(1), 500, _HABITS) == people
    assert visits(Random(2), people, _HABITS, begin=_BEGIN, days=_DAYS) == history
    assert visits(Random(4), people, _HABITS, begin=_BEGIN, days=_DAYS) != history


def test_history_is_in_the_order_of_time_and_within_it(history: list[Visit]) -> None:
    times = [visit.at for visit in history]
    assert times == sorted(times)
    assert times[0] >= _BEGIN
    assert times[-1] < _BEGIN + _DAYS * 86_400


def test_shares_are_those_that_were_asked_for(history: list[Visit]) -> None:
    assert _share(history, lambda visit: visit.has_lost_cookie) == pytest.approx(0.03, abs=0.005)
    assert _share(history, lambda visit: visit.is_private) == pytest.approx(0.03, abs=0.005)
    assert _share(history, lambda visit: visit.is_abroad) == pytest.approx(0.02, abs=0.01)
    countries = Counter(_GEOGRAPHY.place_of(visit.address).country for visit in history)
    assert countries["FR"] / len(history) == pytest.approx(0.5, abs=0.1)
    numbers = Counter(visit.subject_id for visit in history).values()
    assert 20 < median(numbers) < 60


def test_without_losses_nothing_is_lost(people: list[Customer]) -> None:
    calm = Habits(cookie_loss=0, private_windows=0)
    found = visits(Random(2), people, calm, begin=_BEGIN, days=30)
    assert not any(visit.is_private or visit.has_lost_cookie for visit in found)


def test_browsers_update_themselves(history: list[Visit]) -> None:
    busiest = Counter((visit.subject_id, visit.browser_id) for visit in history).most_common(1)[0][0]
    own = [visit for visit in history if (visit.subject_id, visit.browser_id) == busiest]
    versions = [visit.user_agent for visit in own]
    assert len(set(versions)) > 1
    assert list(dict.fromkeys(versions)) == sorted(set(versions))


def test_every_address_is_somewhere(history: list[Visit], malice: dict[Attacker, list[Visit]]) -> None:
    for visit in [*history, *(one for some in malice.values() for one in some)]:
        place = _GEOGRAPHY.place_of(visit.address)
        assert place.country in COUNTRIES
        assert place.asn
        assert ip_address(visit.address).is_global
    assert _GEOGRAPHY.place_of("192.0.2.1").country == ""
    assert _GEOGRAPHY.place_of("2001:db8::1").country == ""
    assert _GEOGRAPHY.place_of("nowhere").country == ""


def test_data_without_networks_tell_countries_alone(history: list[Visit]) -> None:
    poor = SimulatedGeography(data_at=_BEGIN, with_networks=False)
    place = poor.place_of(history[0].address)
    assert place.country == _GEOGRAPHY.place_of(history[0].address).country
    assert (place.asn, place.is_hosting, place.latitude) == (0, False, None)


def test_attackers_know_what_their_class_says(
    people: list[Customer], malice: dict[Attacker, list[Visit]]
) -> None:
    victims = {one.subject_id: one for one in people}

    def same_country(visit: Visit) -> bool:
        return _GEOGRAPHY.place_of(visit.address).country == victims[visit.subject_id].country

    def same_provider(visit: Visit) -> bool:
        return _GEOGRAPHY.place_of(visit.address).asn == victims[visit.subject_id].home.network.asn

    def same_header(visit: Visit) -> bool:
        machine = victims[visit.subject_id].machines[0]
        return visit.user_agent == machine.browser.header(visit.at, lag_days=machine.lag_days)

    assert _share(malice[Attacker.NAIVE], same_country) < 0.15
    assert _share(malice[Attacker.VPN], same_country) == 1
    assert _share(malice[Attacker.VPN], same_provider) < 0.25
    assert _share(malice[Attacker.TARGETED], same_provider) == 1
    assert _share(malice[Attacker.TARGETED], same_header) < 0.9
    assert _share(malice[Attacker.VERY_TARGETED], same_header) == 1


@pytest.mark.parametrize("kind", [Attacker.TARGETED, Attacker.VERY_TARGETED])
@pytest.mark.parametrize(
    "trait",
    [
        pytest.param(lambda visit: visit.at // 3_600 % 24, id="hour"),
        pytest.param(lambda visit: visit.at // 86_400 % 7, id="weekday"),
        pytest.param(lambda visit: visit.at % 3_600, id="second of the hour"),
        pytest.param(lambda visit: int(ip_address(visit.address)) & 0xFFFF_FFFF, id="host"),
        pytest.param(lambda visit: int(ip_address(visit.address)) & 255, id="last octet"),
        pytest.param(lambda visit: ip_address(visit.address).version, id="version of the protocol"),
        pytest.param(lambda visit: int(visit.subject_id, 16), id="place in the list"),
    ],
)
def test_attacks_leave_no_fingerprint(
    people: list[Customer],
    history: list[Visit],
    malice: dict[Attacker, list[Visit]],
    kind: Attacker,
    trait: Callable[[Visit], int],
) -> None:
    """They can't be told from honest sign-ins at home from a new network by what is no matter of their class."""
    honest = [trait(visit) for visit in _new_at_home(people, history)]
    assert len(honest) > 1_000
    assert 0.45 <= _auc(honest, [trait(visit) for visit in malice[kind]]) <= 0.55


def _new_at_home(people: Sequence[Customer], history: Sequence[Visit]) -> list[Visit]:
    homes = {one.subject_id: one.home.network.asn for one in people}
    seen: set[tuple[str, str]] = set()
    found = []
    for visit in history:
        key = (visit.subject_id, _network_of(visit.address))
        is_home = _GEOGRAPHY.place_of(visit.address).asn == homes[visit.subject_id]
        if is_home and key not in seen:
            found.append(visit)
        seen.add(key)
    return found


def _network_of(address: str) -> str:
    found = parse_address(address)
    assert found is not None
    return found.network


def _auc(ones: Sequence[int], others: Sequence[int]) -> float:
    """How often one of `others` exceeds one of `ones` (Mann and Whitney), ties counting half."""
    numbers: dict[int, list[int]] = {}
    for value in ones:
        numbers.setdefault(value, [0, 0])[0] += 1
    for value in others:
        numbers.setdefault(value, [0, 0])[1] += 1
    below, wins = 0, 0.0
    for value in sorted(numbers):
        first, second = numbers[value]
        wins += second * (below + first / 2)
        below += first
    return wins / (len(ones) * len(others))


def _share(found: Sequence[Visit], has: Callable[[Visit], bool]) -> float:
    return sum(map(has, found)) / len(found)


def test_networks_of_a_country_are_of_every_kind() -> None:
    for country in COUNTRIES:
        assert {one.kind for one in NETWORKS if one.country == country} == set(Kind)
