"""Stored decisions, decided again: the same by the same policy, and what another one would change."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from idp.config.settings import Risk
from idp.records.risk import Decision, Outcome
from idp.risk.decision import Reason
from idp.risk.explanation import REASONS, TERMS
from idp.risk.replay import Replay, Report
from idp.risk.simulated_world import SimulatedGeography
from idp.risk.simulation import Habits, customers, visits
from idp.store.risk import DECISIONS_AFTER
from tests.risk.visitors import DAY, Visitors
from tests.support.rooms import open_rooms

_BEGIN = 1_800_057_600
_DAYS = 60
_END = _BEGIN + _DAYS * DAY
_POLICY = Risk(least_sign_ins=60)
_GEOGRAPHY = SimulatedGeography(data_at=_BEGIN)


@pytest.fixture(scope="module")
def stored(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Decision]:
    """Two months of the engine's decisions."""
    file = tmp_path_factory.mktemp("replay") / "idp.db"
    shutil.copyfile(sqlite_template, file)
    return asyncio.run(_lived(f"sqlite:///{file}"))


async def _lived(url: str) -> list[Decision]:
    people = customers(Random(3), 8, Habits())
    habits = Habits(cookie_loss=0.1, private_windows=0.3)
    async with open_rooms(url) as rooms:
        visitors = Visitors(rooms=rooms, policy=_POLICY, geography=_GEOGRAPHY)
        await visitors.welcome(people)
        for visit in visits(Random(4), people, habits, begin=_BEGIN, days=_DAYS):
            await visitors.sign_in(visit)
        found: list[Decision] = []
        while page := await rooms.db.all(
            DECISIONS_AFTER, after=found[-1].decision_id if found else "", most=50
        ):
            found += page
    assert len(found) > 100
    assert {one.outcome for one in found} > {Outcome.ALLOW}
    return found


def test_same_policy_decides_the_same(stored: list[Decision]) -> None:
    report = replayed(stored, _POLICY)
    assert report.total.decisions == len(stored)
    assert (report.gained, report.lost, report.examples) == (0, 0, ())
    assert (
        report.total.was_asked
        == report.total.is_asked
        == sum(report.outcomes.values()) - report.outcomes[Outcome.ALLOW]
    )


def test_window_starts_with_what_was_learnt_before_it(stored: list[Decision]) -> None:
    report = replayed(stored, _POLICY, since=_BEGIN + 40 * DAY)
    assert 10 < report.total.decisions < len(stored) / 2
    assert (report.gained, report.lost) == (0, 0)


def test_other_policies_gain_and_lose(stored: list[Decision]) -> None:
    strict = replayed(stored, replace(_POLICY, threshold=-100))
    assert strict.gained > 0
    assert strict.lost == 0
    assert strict.total.is_asked == strict.total.was_asked + strict.gained
    mild = replayed(stored, replace(_POLICY, threshold=100))
    assert mild.gained == 0
    assert mild.lost > 0
    assert mild.median <= strict.median
    assert mild.p95 <= strict.p95
    assert mild.mails_per_day < strict.mails_per_day
    example = mild.examples[0]
    assert example.was is not Outcome.ALLOW
    assert example.now is Outcome.ALLOW
    assert len(mild.examples) <= 10


def test_report_adds_up(stored: list[Decision]) -> None:
    changed = [replace(one, client_id="second") if number % 3 else one for number, one in enumerate(stored)]
    report = replayed(changed, replace(_POLICY, threshold=0))
    assert set(report.of_clients) == {"manager", "second"}
    for parts in (report.of_clients, report.of_days):
        assert sum(one.decisions for one in parts.values()) == report.total.decisions
        assert sum(one.is_asked for one in parts.values()) == report.total.is_asked
    assert report.subjects == len({one.subject_id for one in stored})
    assert report.days == _DAYS
    assert report.mails_per_day * _DAYS == pytest.approx(
        report.outcomes[Outcome.CODE] + report.outcomes[Outcome.STEP_UP]
    )


def test_unfinished_sign_ins_teach_nothing(stored: list[Decision]) -> None:
    abandoned = [replace(one, completed_at=None) for one in stored]
    report = replayed(abandoned, _POLICY)
    # With nothing learnt, every unknown browser is unknown in every way.
    assert report.lost == 0
    assert report.gained > 0


def test_nothing_is_learnt_before_it_was_completed(stored: list[Decision]) -> None:
    late = [replace(one, completed_at=_END) for one in stored]
    assert replayed(late, _POLICY) == replayed([replace(one, completed_at=None) for one in stored], _POLICY)


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert all(REASONS.values())


def test_terms_of_decisions_have_words(stored: list[Decision]) -> None:
    assert set(stored[-1].terms) == set(TERMS)


def replayed(decisions: Sequence[Decision], policy: Risk, *, since: int = _BEGIN) -> Report:
    replay = Replay(policy=policy, since=since, until=_END)
    for decision in decisions:
        replay.take(decision)
    return replay.report()
