"""What `idp risk` prints, as text and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from idp.cli.faults import iso_time
from idp.records.account import Person
from idp.records.risk import Decision, Outcome
from idp.risk.evaluation import Asked, Scale
from idp.risk.explanation import REASONS, TERMS
from idp.risk.goals import Findings, Line
from idp.risk.replay import Change, Report
from idp.risk.sentences import sentence_of
from idp.risk.shares import Share
from idp.risk.simulated_attacks import Attacker

_DAY = 86_400
_SHOWN_DAYS = 14


def explanation(decision: Decision, person: Person) -> dict[str, Any]:
    """A decision for JSON."""
    return {
        "decision_id": decision.decision_id,
        "customer_id": person.customer_id,
        "client_id": decision.client_id,
        "at": iso_time(decision.at),
        "outcome": decision.outcome.value,
        "enforced": decision.enforced.value,
        "completed_at": iso_time(decision.completed_at) if decision.completed_at is not None else None,
        "reasons": list(decision.reasons),
        "sentence": sentence_of(decision).msgid,
        "policy": decision.policy,
        "data_at": iso_time(decision.data_at) if decision.data_at else None,
        "data_age_days": (decision.at - decision.data_at) // _DAY if decision.data_at else None,
        "terms": dict(decision.terms),
        "features": dict(decision.features),
    }


def print_explanation(decision: Decision, person: Person) -> None:
    told = explanation(decision, person)
    done = f", completed {told['completed_at']}" if told["completed_at"] else ", not completed"
    outcome = told["outcome"]
    if told["enforced"] != outcome:
        outcome += f" (done: {told['enforced']})"
    data = f"{told['data_at']}, {told['data_age_days']} days old then" if told["data_at"] else "none"
    click.echo(f"Decision {decision.decision_id}")
    _rows(
        ("customer", person.customer_id),
        ("application", decision.client_id or "-"),
        ("when", f"{told['at']}{done}"),
        ("outcome", outcome),
        ("the customer read", f"“{told['sentence']}”"),
        ("policy", decision.policy),
        ("address data", data),
    )
    click.echo("Reasons")
    _rows(*((code, REASONS[code].msgid if code in REASONS else "") for code in decision.reasons))
    click.echo("Terms")
    for name, value in decision.terms.items():
        click.echo(f"  {name:18} {value!s:>12}  {TERMS.get(name, '')}".rstrip())
    click.echo("Features")
    _rows(*((name, str(value)) for name, value in decision.features.items()))


def replay_report(report: Report) -> dict[str, Any]:
    """A replay for JSON."""
    return {
        "since": iso_time(report.since),
        "days": report.days,
        "total": asdict(report.total),
        "asked_per_day": _per_day(report.total.is_asked, report),
        "was_asked_per_day": _per_day(report.total.was_asked, report),
        "gained": report.gained,
        "lost": report.lost,
        "outcomes": {one.value: report.outcomes[one] for one in Outcome},
        "subjects": {
            "count": report.subjects,
            "median": report.median,
            "p95": report.p95,
            "was_median": report.was_median,
            "was_p95": report.was_p95,
        },
        "expected_mails_per_day": report.mails_per_day,
        "days_of": {iso_time(day)[:10]: asdict(change) for day, change in report.of_days.items()},
        "clients": {client: asdict(change) for client, change in report.of_clients.items()},
        "examples": [
            {
                "decision_id": one.decision_id,
                "at": iso_time(one.at),
                "was": one.was.value,
                "would_be": one.now.value,
                "reasons": list(one.reasons),
            }
            for one in report.examples
        ],
    }


def print_replay(report: Report) -> None:
    total = report.total
    click.echo(f"{total.decisions} decisions since {iso_time(report.since)}, of {report.subjects} customers")
    _table(
        ["", "was", "would be"],
        ["asked", f"{total.was_asked}", f"{total.is_asked}"],
        ["asked each day", f"{_per_day(total.was_asked, report)}", f"{_per_day(total.is_asked, report)}"],
        ["share of decisions", *_shares(total)],
        ["customers' median", f"{report.was_median:.1%}", f"{report.median:.1%}"],
        ["customers' p95", f"{report.was_p95:.1%}", f"{report.p95:.1%}"],
    )
    click.echo(
        f"{report.gained} more would be asked that were not; {report.lost} were asked that would not be"
    )
    click.echo(f"Expected mails: up to {report.mails_per_day:.1f} each day")
    click.echo("Outcomes: " + ", ".join(f"{one.value} {report.outcomes[one]}" for one in Outcome))
    _changes("application", report.of_clients)
    newest = list(report.of_days.items())[-_SHOWN_DAYS:]
    _changes("day", {iso_time(day)[:10]: change for day, change in newest})
    if report.examples:
        click.echo("Changed, for `idp risk explain`:")
        for one in report.examples:
            click.echo(f"  {one.decision_id}  {one.was.value} → {one.now.value}  {' '.join(one.reasons)}")


def evaluation_report(found: Findings, scale: Scale, policy: str) -> dict[str, Any]:
    """An evaluation for JSON."""
    return {
        "policy": policy,
        "scale": asdict(scale),
        "sign_ins": found.sign_ins,
        "lines": [
            {
                "name": line.name,
                "threshold": round(line.threshold, 2),
                "cookie_loss": line.cookie_loss,
                "honest": {
                    "first_12": _asked(line.honest.first_12),
                    "first_39": _asked(line.honest.first_39),
                    "all": _asked(line.honest.all),
                },
                "attackers": {kind.value: _share(share) for kind, share in line.caught.items()},
            }
            for line in found.lines
        ],
        "published_score": [
            {"targeted_asked": one.share, "honest": _asked(one.asked)} for one in found.baselines
        ],
        "goals": [asdict(goal) for goal in found.goals],
    }


def print_evaluation(found: Findings, scale: Scale, policy: str) -> None:
    click.echo(
        f"Policy {policy}: seeds 1 to {scale.seeds}, {scale.customers} customers each, over {scale.days} days,"
        f" {found.sign_ins:,} sign-ins; simulated, so it shows mechanisms, not people"
    )
    click.echo("\nAsked of honest customers: median / mean / p95 of each one's share")
    _table(
        ["", "threshold", "first 12", "first 39", "all", "of all sign-ins"],
        *(_honest_row(line) for line in found.lines),
        *(
            [f"published score, targeted {one.share:.0%}", "", "", "", _three(one.asked), _of(one.asked)]
            for one in found.baselines
        ),
    )
    click.echo("\nAttackers with the right password and no cookie who are asked, with the 95 % interval")
    of_thresholds = {line.threshold: line for line in reversed(found.lines)}
    body = (_caught_row(line) for line in reversed(of_thresholds.values()))
    _table(["at threshold", *(kind.value for kind in Attacker)], *body)
    click.echo("\nGoals")
    for goal in found.goals:
        click.echo(
            f"  {goal.name} {'met' if goal.is_met else 'MISSED'}: {goal.wanted}\n     found: {goal.found}"
        )


def _honest_row(line: Line) -> list[str]:
    honest = line.honest
    shares = (_three(one) for one in (honest.first_12, honest.first_39, honest.all))
    return [line.name, f"{line.threshold:.1f}", *shares, _of(honest.all)]


def _caught_row(line: Line) -> list[str]:
    return [f"{line.threshold:.1f}", *(_interval(line.caught[kind]) for kind in Attacker)]


def _three(asked: Asked) -> str:
    return f"{asked.median:.3f} / {asked.mean:.3f} / {asked.p95:.3f}"


def _of(asked: Asked) -> str:
    return f"{asked.everybody.value:.1%}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{share.value:.2%} ({low:.2%} to {high:.2%})"


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "customers": asked.customers,
        "median": asked.median,
        "mean": asked.mean,
        "p95": asked.p95,
        "sign_ins": _share(asked.everybody),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"hits": share.hits, "of": share.of, "share": share.value, "low": low, "high": high}


def _per_day(number: int, report: Report) -> float:
    return round(number / report.days, 1)


def _shares(change: Change) -> list[str]:
    return [f"{asked / change.decisions:.1%}" for asked in (change.was_asked, change.is_asked)]


def _changes(title: str, changes: dict[str, Change]) -> None:
    body = [
        [name or "-", f"{one.decisions}", f"{one.was_asked}", f"{one.is_asked}"]
        for name, one in changes.items()
    ]
    _table([title, "decisions", "was asked", "would be"], *body)


def _rows(*rows: tuple[str, str]) -> None:
    for name, value in rows:
        click.echo(f"  {name:18} {value}".rstrip())


def _table(*rows: Sequence[str]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        click.echo("  ".join(["", first.ljust(widths[0]), *cells]).rstrip())
