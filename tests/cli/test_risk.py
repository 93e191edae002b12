"""`idp risk`: decisions explained, replayed with a draft, and a policy weighed."""

import asyncio
import json
import re
from pathlib import Path
from random import Random

import pytest

from idp.adapters.clock import SystemClock
from idp.config.settings import Risk
from idp.risk.simulated_world import SimulatedGeography
from idp.risk.simulation import Habits, customers, visits
from tests.cli.conftest import Commands, Configure
from tests.risk.visitors import DAY, Visitors
from tests.support.rooms import open_rooms

_DAYS = 20
_CUSTOMER = "aa11111-ovh"


@pytest.fixture
def seeded(configure: Configure, database_url: str) -> Commands:
    """A database with the decisions of the last days, of three customers."""
    asyncio.run(_seed(database_url))
    return configure(database_url)


async def _seed(url: str) -> None:
    begin = SystemClock().now() - _DAYS * DAY
    geography = SimulatedGeography(data_at=begin)
    people = customers(Random(5), 3, Habits(slowest_days=2))
    habits = Habits(cookie_loss=0.2, private_windows=0.2)
    async with open_rooms(url) as rooms:
        visitors = Visitors(rooms=rooms, policy=Risk(least_sign_ins=10), geography=geography)
        visitors.people[people[0].subject_id] = (await rooms.customer(customer_id=_CUSTOMER)).subject_id
        await visitors.welcome(people[1:])
        await rooms.customer(customer_id="bb22222-ovh")
        for visit in visits(Random(6), people, habits, begin=begin, days=_DAYS):
            await visitors.sign_in(visit)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A policy that asks every unknown browser."""
    file = tmp_path / "draft.toml"
    file.write_text("[risk]\nthreshold = -100\nleast_sign_ins = 10\n")
    return file


def test_decision_is_explained(seeded: Commands) -> None:
    told = seeded.json("risk", "explain", _CUSTOMER)[0]
    assert told["customer_id"] == _CUSTOMER
    assert told["sentence"]
    assert re.fullmatch(r"[0-9a-f]{16}", told["policy"])
    assert told["data_age_days"] >= 0
    assert {"score", "place", "browser", "known_device", "everybody"} <= set(told["terms"])
    assert {"ip", "network", "country"} <= set(told["features"])
    assert seeded.json("risk", "explain", told["decision_id"]) == [told]

    text = seeded.text("risk", "explain", told["decision_id"])
    assert f"Decision {told['decision_id']}\n" in text
    assert f"“{told['sentence']}”" in text
    assert re.search(rf"policy +{told['policy']}", text)
    assert re.search(r"address data +\S+, \d+ days old then", text)
    for name in told["terms"]:
        assert f"  {name} " in text
    for reason in told["reasons"]:
        assert f"  {reason} " in text


def test_last_decisions_of_a_customer_come_newest_first(seeded: Commands) -> None:
    told = seeded.json("risk", "explain", _CUSTOMER, "--last", "5")
    assert len(told) == 5
    assert [one["at"] for one in told] == sorted((one["at"] for one in told), reverse=True)
    assert seeded.text("risk", "explain", _CUSTOMER, "--last", "5").count("Decision ") == 5


def test_what_is_not_there_is_said(seeded: Commands) -> None:
    assert "There is no account zz99999" in seeded.refused("risk", "explain", "zz99999")
    assert "No decision is kept of bb22222-ovh" in seeded.refused("risk", "explain", "bb22222-ovh")


def test_draft_is_replayed(seeded: Commands, draft: Path) -> None:
    report = seeded.json("risk", "replay", "--policy", str(draft), "--days", str(_DAYS + 1))
    assert report["total"]["decisions"] > 20
    assert report["gained"] > 0
    assert report["lost"] == 0
    assert report["total"]["is_asked"] == report["total"]["was_asked"] + report["gained"]
    assert report["clients"]["manager"] == report["total"]
    assert report["expected_mails_per_day"] > 0
    assert report["subjects"]["count"] == 3
    assert report["subjects"]["median"] >= report["subjects"]["was_median"]
    assert len(report["examples"]) == min(10, report["gained"])
    assert sum(day["decisions"] for day in report["days_of"].values()) == report["total"]["decisions"]

    text = seeded.text("risk", "replay", "--policy", str(draft), "--days", str(_DAYS + 1))
    assert f"{report['total']['decisions']} decisions since" in text
    assert f"{report['gained']} more would be asked that were not; 0 were asked that would not be" in text
    assert re.search(r"customers' p95 +[\d.]+% +[\d.]+%", text)
    assert re.search(r"Expected mails: up to [\d.]+ each day", text)
    assert f"  {report['examples'][0]['decision_id']}  allow → " in text


def test_policy_in_force_replays_as_it_was(seeded: Commands, tmp_path: Path) -> None:
    same = tmp_path / "same.toml"
    same.write_text('issuer = "https://login.example.test"\n[risk]\nleast_sign_ins = 10\n')
    report = seeded.json("risk", "replay", "--policy", str(same), "--days", str(_DAYS + 1))
    assert (report["gained"], report["lost"], report["examples"]) == (0, 0, [])
    assert "Changed" not in seeded.text("risk", "replay", "--policy", str(same))


def test_replay_needs_decisions_and_a_good_draft(idp: Commands, draft: Path, tmp_path: Path) -> None:
    assert "No decision is kept of these days" in idp.refused("risk", "replay", "--policy", str(draft))
    bad = tmp_path / "bad.toml"
    bad.write_text("[risk]\nthreshhold = 3\nnaive_percent = 99\n")
    said = idp.refused("risk", "replay", "--policy", str(bad))
    assert "threshhold" in said
    assert "naive_percent" in said
    assert "cannot be read" in idp.refused("risk", "replay", "--policy", str(tmp_path / "none.toml"))


def test_policy_is_weighed_beside_its_goals(idp: Commands) -> None:
    small = ("--seeds", "1", "--customers", "40", "--days", "120", "--attacks", "60")
    report = idp.json("risk", "evaluate", *small)
    assert report == json.loads(json.dumps(idp.json("risk", "evaluate", *small)))
    usual = report["lines"][1]
    assert usual["cookie_loss"] == 0.03
    assert set(usual["attackers"]) == {"naive", "vpn", "targeted", "very-targeted"}
    low, share, high = (usual["attackers"]["vpn"][name] for name in ("low", "share", "high"))
    assert low < share <= high
    assert {"median", "mean", "p95"} <= set(usual["honest"]["first_12"])
    assert [goal["name"] for goal in report["goals"]] == ["G2", "G3", "G4"]
    assert [one["targeted_asked"] for one in report["published_score"]] == [0.9, 0.99]

    text = idp.text("risk", "evaluate", *small, "--countries-only")
    assert text.startswith(f"Policy {report['policy']}: seeds 1 to 1, 40 customers each, over 120 days")
    assert "published score, targeted 99%" in text
    for goal in ("G2", "G3", "G4"):
        assert re.search(rf"^  {goal} (met|MISSED): ", text, re.MULTILINE)
