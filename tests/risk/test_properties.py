"""Laws of the decision, on invented histories: what is unseen never helps, and habits stay small."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from idp.config.settings import Risk
from idp.risk.counts import Counts
from idp.risk.decision import Facts, decide
from idp.risk.features import Features
from idp.risk.habits import (
    HALVING_SECONDS,
    LONGEST_TEXT,
    MOST_VALUES,
    Habits,
    Level,
    is_older,
    learnt,
    names,
    read,
    written,
)
from idp.risk.likelihood import browser_ratio, place_ratio
from tests.risk.deciding import DAY, history, seen, tally, visits
from tests.support.rooms import NOW

_histories = st.lists(visits(), max_size=25)
_policies = st.builds(
    Risk,
    threshold=st.integers(-60, 30),
    step_up_excess=st.integers(0, 60),
    least_sign_ins=st.sampled_from([0, 1_000]),
    least_history=st.integers(1, 10),
)
_worlds = st.lists(visits(), max_size=60).map(tally)
# Values that nobody ever had, or that can't be told.
_unseen_places = st.sampled_from(
    [
        {"ip": "1.never", "network": "1.never", "asn": 65_000, "country": "NZ"},
        {"ip": "1.never", "network": "1.never", "asn": 0, "country": ""},
        {"ip": "1.never", "network": "1.never", "asn": 65_000},
        {"ip": "1.never", "network": "1.never"},
        {"ip": "1.never"},
        {"ip": "1.never", "network": "1.never", "asn": 65_000, "is_hosting": True},
    ]
)
_unseen_browsers = st.sampled_from(
    [
        {"browser": "Opera"},
        {"browser": "Opera", "system": "macOS"},
        {"browser": "", "system": ""},
        {"version": 0},
    ]
)
_PLACES = (Level.ADDRESS, Level.NETWORK, Level.ASN, Level.COUNTRY)
_BROWSERS = (Level.AGENT, Level.SYSTEM)


def _likeness(habits: Habits, features: Features, levels: tuple[Level, ...]) -> int:
    """0 for the closest there is."""
    for rank, level in enumerate(levels):
        used = habits.find(level, *names(level, features))
        if used is not None:
            return 2 * rank + (level is Level.AGENT and is_older(used, features.version))
    return 2 * len(levels)


@given(_histories, visits(), visits(), _worlds, _policies)
def test_less_likeness_never_lowers_a_ratio(
    visited: list[Features], one: Features, other: Features, world: Counts, policy: Risk
) -> None:
    habits = history(visited)
    for levels, ratio in ((_PLACES, place_ratio), (_BROWSERS, browser_ratio)):
        if _likeness(habits, one, levels) < _likeness(habits, other, levels):
            assert (
                ratio(one, habits, world, policy).decibels
                <= ratio(other, habits, world, policy).decibels + 1e-9
            )


@st.composite
def _sign_ins(draw: st.DrawFn) -> Facts:
    visited = draw(_histories)
    return Facts(
        features=draw(visits()),
        habits=history(visited),
        sign_ins=len(visited),
        counts=draw(_worlds),
        is_known=draw(st.booleans()),
        was_copied=draw(st.booleans()),
        last_sign_in_at=NOW - DAY if visited else None,
    )


@given(_sign_ins(), _unseen_places | _unseen_browsers, _policies)
def test_an_unseen_value_never_lowers_the_outcome(facts: Facts, unseen: dict[str, Any], policy: Risk) -> None:
    before = decide(facts, policy, NOW)
    after = decide(replace(facts, features=replace(facts.features, **unseen)), policy, NOW)
    assert after.outcome.severity >= before.outcome.severity


@given(_histories, visits(), _worlds, _policies)
def test_a_known_browser_is_never_asked_for_more_than_an_unknown_one(
    visited: list[Features], features: Features, world: Counts, policy: Risk
) -> None:
    facts = Facts(features=features, habits=history(visited), sign_ins=len(visited), counts=world)
    known = decide(replace(facts, is_known=True), policy, NOW)
    assert known.outcome.severity <= decide(facts, policy, NOW).outcome.severity


@given(_histories, visits(), _worlds, _policies, st.integers(0, 2 * NOW))
def test_a_lower_threshold_never_asks_less_whatever_the_clock_says(
    visited: list[Features], features: Features, world: Counts, policy: Risk, now: int
) -> None:
    facts = Facts(
        features=features, habits=history(visited), sign_ins=len(visited), counts=world, last_sign_in_at=NOW
    )
    stricter = replace(policy, threshold=policy.threshold - 10)
    assert decide(facts, stricter, now).outcome.severity >= decide(facts, policy, now).outcome.severity


_digests = st.binary(min_size=6, max_size=6).map(lambda digest: f"12.{urlsafe_b64encode(digest).decode()}")
_anything = st.builds(
    seen,
    ip=_digests,
    network=_digests,
    asn=st.integers(0, 4_294_967_295),
    country=st.sampled_from(["FR", "DE", "-", "", "AU", *(f"{a}{b}" for a in "ABCDE" for b in "XYZW")]),
    browser=st.sampled_from(["", "Internet Explorer", "Samsung Internet", "HeadlessChrome", "other"]),
    system=st.sampled_from(["", "Windows", "ChromeOS", "Android", "other", "iPhone"]),
    version=st.integers(0, 999_999),
    latitude=st.none() | st.integers(-90, 90),
    longitude=st.none() | st.integers(-180, 180),
)


@given(st.lists(st.tuples(_anything, st.integers(-DAY, 400 * DAY)), max_size=40))
def test_habits_stay_small_whatever_is_seen(steps: list[tuple[Features, int]]) -> None:
    habits, now = Habits(), NOW
    for features, passed in steps:
        now = max(0, now + passed)
        habits = learnt(habits, features, now)
        assert all(len(used) <= MOST_VALUES for used in habits.values.values())
        text = written(habits)
        assert len(text) <= LONGEST_TEXT
        assert read(text) == habits
        # What was just seen is never what is dropped.
        assert all(habits.find(level, *names(level, features)) for level in Level if names(level, features))


@given(st.lists(visits(), min_size=1, max_size=16), st.integers(1, 8))
def test_weights_halve_with_time(visited: list[Features], halvings: int) -> None:
    habits = history(visited)
    later = learnt(habits, visited[-1], NOW + halvings * HALVING_SECONDS)
    assert later.weight == -(-habits.weight >> halvings) + 1
    assert sum(later.novel.values()) <= sum(habits.novel.values()) + len(Level)
