"""What an evaluation found, line by line, beside the goals that were set for the risk decision (docs/risk.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.risk.evaluation import COOKIE_LOSSES, Asked, Evaluation, Honest
from idp.risk.shares import Share
from idp.risk.simulated_attacks import Attacker

_USUAL_LOSS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One way to decide: what it asks of honest customers, and how many attackers it asks."""

    name: str
    threshold: float
    cookie_loss: float
    honest: Honest
    caught: Mapping[Attacker, Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the published score alone asks of the honest, at a threshold that asks `share` of targeted attackers."""

    share: float
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    name: str
    wanted: str
    found: str
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    sign_ins: int
    lines: tuple[Line, ...]
    baselines: tuple[Baseline, ...]
    goals: tuple[Goal, ...]


def findings(evaluation: Evaluation, threshold: float) -> Findings:
    """At the policy's threshold, and at those that reach what the goals name."""
    of_losses = [
        _line(evaluation, f"policy, cookie loss {loss:.0%}", threshold, loss) for loss in COOKIE_LOSSES
    ]
    usual = of_losses[COOKIE_LOSSES.index(_USUAL_LOSS)]
    bare = _line(evaluation, "policy, no cookies at all", threshold, 0, with_cookies=False)
    twins = evaluation.threshold_for(Attacker.VERY_TARGETED, 0.98)
    strict = _line(evaluation, "very targeted 98 %", twins, _USUAL_LOSS)
    most = evaluation.threshold_for(Attacker.TARGETED, 0.9)
    most_bare = _line(evaluation, "no cookies, targeted 90 %", most, 0, with_cookies=False)
    baselines = tuple(
        Baseline(share=share, asked=evaluation.freeman(Attacker.TARGETED, share)) for share in (0.9, 0.99)
    )
    return Findings(
        sign_ins=evaluation.sign_ins,
        lines=(*of_losses, bare, strict, most_bare),
        baselines=baselines,
        goals=(_usual_goal(usual), _strict_goal(strict), _bare_goal(most_bare, baselines[0])),
    )


def _line(
    evaluation: Evaluation, name: str, threshold: float, loss: float, *, with_cookies: bool = True
) -> Line:
    return Line(
        name=name,
        threshold=threshold,
        cookie_loss=loss,
        honest=evaluation.honest(threshold, cookie_loss=loss, with_cookies=with_cookies),
        caught=evaluation.caught(threshold),
    )


def _usual_goal(line: Line) -> Goal:
    asked = line.honest.first_12
    least = min(share.value for kind, share in line.caught.items() if kind is not Attacker.VERY_TARGETED)
    return Goal(
        name="G2",
        wanted="first 12 sign-ins: median ≤ .10, mean ≤ .12, with ≥ 99 % of naive, vpn and targeted asked",
        found=f"median {asked.median:.3f}, mean {asked.mean:.3f}, least asked {least:.2%}",
        is_met=asked.median <= 0.10 and asked.mean <= 0.12 and least >= 0.99,
    )


def _strict_goal(line: Line) -> Goal:
    asked, caught = line.honest.first_12, line.caught[Attacker.VERY_TARGETED]
    return Goal(
        name="G3",
        wanted="≥ 98 % of very targeted asked, at a median ≤ .17",
        found=f"{caught.value:.2%} at median {asked.median:.3f}",
        is_met=caught.value >= 0.98 and asked.median <= 0.17,
    )


def _bare_goal(line: Line, baseline: Baseline) -> Goal:
    asked = line.honest.all.everybody.value
    return Goal(
        name="G4",
        wanted="without cookies, 90 % of targeted asked at < 30 % of sign-ins",
        found=f"{asked:.1%} (the published score: {baseline.asked.everybody.value:.1%})",
        is_met=line.caught[Attacker.TARGETED].value >= 0.9 and asked < 0.3,
    )
