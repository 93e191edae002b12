"""The bounded summary of what somebody usually does."""

from dataclasses import replace

from idp.risk.habits import LONGEST_TEXT, MOST_VALUES, Habits, Level, learnt, names, read, written
from tests.risk.deciding import DAY, FEATURES, history, seen
from tests.support.rooms import NOW

_BROWSERS = ("Internet Explorer", "Samsung Internet", "Yandex Browser", "HeadlessChrome")
_SYSTEMS = ("ChromeOS", "Windows", "Android", "iPhone")


def test_the_longest_habits_that_there_can_be_fit() -> None:
    habits = Habits()
    for number in range(64):
        features = seen(
            ip=f"1234.digest{number:02}",
            network=f"1234.digest{number:02}",
            asn=4_294_967_200 + number,
            country=f"{chr(65 + number // 26)}{chr(65 + number % 26)}",
            browser=_BROWSERS[number % 4],
            system=_SYSTEMS[number // 4 % 4],
            version=999_000 + number,
            latitude=-80,
            longitude=-170,
            radius_km=1_000,
        )
        # Each often enough that none is weak.
        for _ in range(3):
            habits = learnt(habits, features, NOW + number * DAY)
        assert len(written(habits)) <= LONGEST_TEXT
        assert all(habits.find(level, *names(level, features)) for level in Level)
    assert max(len(used) for used in habits.values.values()) <= MOST_VALUES
    assert min(len(used) for used in habits.values.values()) >= 4
    assert read(written(habits)) == habits


def test_the_least_used_value_is_dropped_and_never_the_newest() -> None:
    usual = [seen(network=f"1.n{number}") for number in range(MOST_VALUES)]
    habits = history([*usual, *usual[1:]])
    habits = learnt(habits, seen(network="1.new"), NOW)
    assert set(habits.at(Level.NETWORK)) == {"1.new", *(f"1.n{number}" for number in range(1, MOST_VALUES))}


def test_two_names_of_one_address_become_one() -> None:
    habits = history([seen(ip="1.old", network="1.oldnet"), seen(ip="2.new", network="2.net")])
    both = replace(FEATURES, ip="2.new", former_ip="1.old", network="2.net", former_network="1.oldnet")
    after = learnt(habits, both, NOW)
    assert {name: used.weight for name, used in after.at(Level.ADDRESS).items()} == {"2.new": 3}
    assert {name: used.weight for name, used in after.at(Level.NETWORK).items()} == {"2.net": 3}


def test_a_newer_version_is_no_news_and_an_older_one_is() -> None:
    habits = history([FEATURES] * 3)
    assert learnt(habits, seen(version=150), NOW).older == 0
    assert learnt(habits, seen(version=138), NOW).older == 0
    assert learnt(habits, seen(version=137), NOW).older == 1


def test_what_can_not_be_told_is_not_learnt() -> None:
    habits = history([seen(ip="", network="", asn=0, country="", browser="", system="")] * 3)
    assert habits.weight == 3
    assert habits.values == {}
    assert habits.last is None


def test_a_hosting_network_is_nowhere_that_anybody_was() -> None:
    home = history([FEATURES])
    assert learnt(home, seen(country="US", is_hosting=True), NOW).last == home.last


def test_new_values_are_counted_where_nothing_closer_was_known() -> None:
    habits = history([FEATURES, seen(ip="1.b"), seen(ip="1.c", network="1.c"), FEATURES])
    assert habits.novel == {
        Level.ADDRESS: 3, Level.NETWORK: 2, Level.ASN: 1, Level.COUNTRY: 1, Level.AGENT: 1, Level.SYSTEM: 1,
    }  # fmt: skip
