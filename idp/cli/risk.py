"""`idp risk`: why a sign-in was asked more, what another policy would have asked for, and what a policy is worth."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idp.cli.desk import open_database, run
from idp.cli.faults import Refused
from idp.cli.options import config_option, echo_json, json_option
from idp.config.settings import Risk, Settings

if TYPE_CHECKING:
    from idp.records.account import Person
    from idp.records.risk import Decision
    from idp.risk.replay import Report

_DAY = 86_400
_PAGE = 1_000
# Invented histories begin here, so that the same numbers come out on every day.
_BEGIN = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())


@click.group()
def command() -> None:
    """The risk decision: explain it, replay it with another policy, weigh a policy."""


@command.command()
@config_option
@click.argument("whose", metavar="DECISION_OR_CUSTOMER")
@click.option("--last", default=1, show_default=True, help="How many decisions of a customer.")
@json_option
def explain(settings: Settings, whose: str, last: int, as_json: bool) -> None:
    """Print everything that a decision was made of, the newest first."""
    from idp.cli.risk_report import explanation, print_explanation

    found = run(_decisions(settings, whose, last))
    if as_json:
        echo_json([explanation(decision, person) for decision, person in found])
        return
    for number, (decision, person) in enumerate(found):
        if number:
            click.echo()
        print_explanation(decision, person)


@command.command()
@config_option
@click.option(
    "--policy",
    "policy_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file with a [risk] section: the draft. Other sections are ignored.",
)
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(min=1), help="How many, back from now."
)
@json_option
def replay(settings: Settings, policy_file: Path, days: int, as_json: bool) -> None:
    """Decide stored decisions again, with another policy."""
    from idp.adapters.clock import SystemClock
    from idp.cli.risk_report import print_replay, replay_report

    now = SystemClock().now()
    report = run(_replayed(settings, _draft(policy_file), since=now - days * _DAY, until=now + 1))
    if not report.total.decisions:
        raise Refused("No decision is kept of these days. Choose more --days, or let people sign in first.")
    if as_json:
        echo_json(replay_report(report))
    else:
        print_replay(report)


@command.command()
@config_option
@click.option("--seeds", default=4, show_default=True, type=click.IntRange(1, 100), help="How many worlds.")
@click.option(
    "--customers", default=300, show_default=True, type=click.IntRange(10, 100_000), help="In each."
)
@click.option(
    "--days", default=240, show_default=True, type=click.IntRange(90, 3_650), help="They live so long."
)
@click.option(
    "--attacks",
    default=1_000,
    show_default=True,
    type=click.IntRange(10, 1_000_000),
    help="Of each kind in each.",
)
@click.option(
    "--countries-only", is_flag=True, help="With data that tell countries alone, as they come with idp."
)
@json_option
def evaluate(
    settings: Settings,
    *,
    seeds: int,
    customers: int,
    days: int,
    attacks: int,
    countries_only: bool,
    as_json: bool,
) -> None:
    """Try the policy on invented customers and attackers, and print it beside its goals."""
    from random import Random

    from idp.adapters.user_agents import ParsedUserAgents
    from idp.cli.risk_report import evaluation_report, print_evaluation
    from idp.risk.evaluation import Evaluation, Scale
    from idp.risk.goals import findings
    from idp.risk.policy import digest_of_policy
    from idp.risk.simulated_world import SimulatedGeography
    from idp.risk.trial import Conditions

    geography = SimulatedGeography(data_at=_BEGIN + days * _DAY, with_networks=not countries_only)
    conditions = Conditions(policy=settings.risk, geography=geography, user_agents=ParsedUserAgents())
    scale = Scale(seeds=seeds, customers=customers, days=days, attacks=attacks)
    found = findings(Evaluation(conditions, scale, Random, begin=_BEGIN), settings.risk.threshold)
    policy = digest_of_policy(settings.risk)
    if as_json:
        echo_json(evaluation_report(found, scale, policy))
    else:
        print_evaluation(found, scale, policy)


async def _decisions(settings: Settings, whose: str, last: int) -> "list[tuple[Decision, Person]]":
    from idp.account.finding import get_person
    from idp.store.accounts import PERSON_BY_SUBJECT
    from idp.store.risk import DECISION, DECISIONS_OF_SUBJECT

    async with open_database(settings) as db:
        decision = await db.one(DECISION, of_decision=whose)
        if decision is not None:
            person = await db.one(PERSON_BY_SUBJECT, subject_id=decision.subject_id)
            assert person is not None  # A decision refers to its subject.
            return [(decision, person)]
        person = await get_person(db, whose, suffix=settings.customer_id.suffix)
        found = await db.all(DECISIONS_OF_SUBJECT, of_subject=person.subject_id, most=last)
    if not found:
        raise Refused(f"No decision is kept of {person.customer_id}.")
    return [(decision, person) for decision in found]


async def _replayed(settings: Settings, policy: Risk, *, since: int, until: int) -> "Report":
    from idp.risk.replay import Replay
    from idp.store.risk import DECISIONS_AFTER

    replay = Replay(policy=policy, since=since, until=until)
    after = ""
    async with open_database(settings) as db:
        while page := await db.all(DECISIONS_AFTER, after=after, most=_PAGE):
            for decision in page:
                replay.take(decision)
            after = page[-1].decision_id
    return replay.report()


def _draft(policy_file: Path) -> Risk:
    """The policy of a file that need not hold more. Raises `ConfigurationProblems`."""
    from idp.config.reading import read_settings

    # A loopback issuer has no demands of its own.
    return read_settings(policy_file, {"IDP_ISSUER": "http://localhost:8000"}).risk
