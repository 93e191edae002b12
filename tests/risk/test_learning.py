"""What is learnt, from whom, and that nothing of it is lost."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.records.account import Person
from idp.risk.counts import counted
from idp.risk.features import Features
from idp.risk.habits import LONGEST_TEXT, MOST_VALUES, Habits, Level, learnt
from idp.store.risk import DECISION
from tests.risk.conftest import ABROAD, CAFE, CHROME, DAY, FIREFOX, HOME, HOME_AGAIN, Desk, circumstances
from tests.support.rooms import NOW, open_rooms

ADDRESSES = (HOME, HOME_AGAIN, CAFE, ABROAD, "2a01:5:1::1", "unknown")


async def test_a_thousand_wrong_passwords_change_no_habits_and_no_counts(desk: Desk) -> None:
    await desk.usual(5)
    before = await _learnt(desk)
    for number in range(1_000):
        where = circumstances(f"9.{number % 100}.1.1", CHROME)
        effects = desk.engine.failed(where, is_unknown=number % 2 == 0, now=NOW)
        assert await desk.rooms.db.apply(effects)
    assert await _learnt(desk) == before
    failures = await desk.rooms.rows("SELECT failures, unknown FROM velocity WHERE failures > 0")
    assert sum(row[0] for row in failures) == 1_000
    assert sum(row[1] for row in failures) == 500


async def test_unfinished_sign_ins_teach_nothing(desk: Desk) -> None:
    await desk.usual(5)
    before = await _learnt(desk)
    for _ in range(50):
        await desk.assess(ABROAD, CHROME)
    assert await _learnt(desk) == before


async def test_a_decision_teaches_once(desk: Desk) -> None:
    assessment = await desk.sign_in()
    assert await desk.engine.learn(assessment.decision_id, now=NOW) == []
    assert await desk.engine.learn("of nobody", now=NOW) == []
    assert (await desk.decision(assessment)).completed_at == NOW


async def test_sign_ins_at_once_lose_no_count(desk: Desk) -> None:
    await desk.sign_in()
    assessments = [await desk.assess(f"5.{number}.1.1") for number in range(30)]
    await asyncio.gather(*(desk.complete(assessment) for assessment in assessments))
    [(sign_ins,)] = await desk.rooms.rows("SELECT sign_ins FROM risk_profile")
    [(everybody,)] = await desk.rooms.rows("SELECT count FROM risk_count WHERE feature = 'all'")
    assert sign_ins == everybody == 31
    assert (await desk.habits()).weight == 31


async def test_first_sign_ins_at_once_lose_no_count(desk: Desk) -> None:
    assessments = [await desk.assess() for _ in range(10)]
    await asyncio.gather(*(desk.complete(assessment) for assessment in assessments))
    assert (await desk.habits()).weight == 10


async def test_people_who_sign_in_at_once_never_wait_for_each_other_in_a_circle(desk: Desk) -> None:
    people = [await desk.rooms.customer() for _ in range(20)]
    desks = [replace(desk, person=person) for person in people]
    assessments = [
        (one, await one.assess((HOME, ABROAD)[number % 2], (CHROME, FIREFOX)[number // 2 % 2]))
        for number, one in enumerate(desks)
    ]
    await asyncio.gather(*(one.complete(assessment) for one, assessment in assessments))
    [(everybody,)] = await desk.rooms.rows("SELECT count FROM risk_count WHERE feature = 'all'")
    assert everybody == 20


_steps = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(ADDRESSES), st.sampled_from([FIREFOX, CHROME, ""]), st.booleans()
    ),
    max_size=15,
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps)
def test_counters_equal_a_recount(
    kind: str, steps: list[tuple[int, str, str, bool]], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlite":
        file = tmp_path / f"recount-{len(list(tmp_path.iterdir()))}.db"
        copyfile(request.getfixturevalue("sqlite_template"), file)
        asyncio.run(_recount(f"sqlite:///{file}", steps))
    else:
        cluster = request.getfixturevalue("cluster")
        template = request.getfixturevalue("postgresql_template")
        url = cluster.create("recount", template=template)
        try:
            asyncio.run(_recount(url, steps))
        finally:
            cluster.drop("recount")


async def _recount(url: str, steps: list[tuple[int, str, str, bool]]) -> None:
    async with open_rooms(url) as rooms:
        people: list[Person] = [await rooms.customer() for _ in range(3)]
        desk = Desk(rooms=rooms, person=people[0])
        seen: dict[str, list[tuple[Features, int]]] = {person.subject_id: [] for person in people}
        for number, (who, address, user_agent, completes) in enumerate(steps):
            one = replace(desk, person=people[who])
            now = NOW + number * 40 * DAY
            assessment = await one.assess(address, user_agent, now=now)
            if completes:
                await one.complete(assessment, now=now)
                decision = await rooms.db.one(DECISION, of_decision=assessment.decision_id)
                assert decision is not None
                seen[people[who].subject_id].append((Features.restored(decision.features), now))
        everything = [features for visits in seen.values() for features, _ in visits]
        tally = Counter(one for features in everything for one in counted(features))
        stored = await rooms.rows("SELECT feature, value, count FROM risk_count")
        assert {(feature, value): count for feature, value, count in stored} == dict(tally)
        for person in people:
            visits = seen[person.subject_id]
            expected = Habits()
            for features, now in visits:
                expected = learnt(expected, features, now)
            assert await replace(desk, person=person).habits() == expected
        profiles = await rooms.rows("SELECT subject_id, sign_ins FROM risk_profile")
        assert dict(profiles) == {who: len(visits) for who, visits in seen.items() if visits}


async def test_habits_have_a_bound_however_much_their_owner_travels(desk: Desk) -> None:
    for number in range(60):
        await desk.sign_in(f"{(5, 9)[number % 2]}.{number}.1.{number}", (FIREFOX, CHROME)[number % 2])
    habits = await desk.habits()
    assert all(len(used) <= MOST_VALUES for used in habits.values.values())
    [(text,)] = await desk.rooms.rows("SELECT habits FROM risk_profile")
    assert len(text) <= LONGEST_TEXT
    assert habits.weight == 60


async def test_a_clock_that_went_back_breaks_nothing_and_rejuvenates_nobody(desk: Desk) -> None:
    await desk.usual(5)
    await desk.sign_in(ABROAD, now=NOW - 1_000 * DAY)
    habits = await desk.habits()
    assert habits.weight == 6
    home = habits.at(Level.COUNTRY)["FR"]
    assert home.day == (NOW - DAY) // DAY


async def test_what_was_not_used_for_a_year_is_forgotten(desk: Desk) -> None:
    await desk.sign_in(ABROAD, now=NOW - 500 * DAY)
    await desk.usual(5)
    assert set((await desk.habits()).at(Level.COUNTRY)) == {"FR"}


async def _learnt(desk: Desk) -> list[tuple[object, ...]]:
    rows = await desk.rooms.rows("SELECT sign_ins, habits, updated_at FROM risk_profile")
    return [*rows, *sorted(await desk.rooms.rows("SELECT feature, value, count FROM risk_count"))]
