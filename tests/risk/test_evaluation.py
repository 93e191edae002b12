"""`idp risk evaluate`, in small: what is judged apart gives what the decision gives."""

from dataclasses import replace
from random import Random

import pytest

from idp.adapters.user_agents import ParsedUserAgents
from idp.config.settings import Risk
from idp.records.risk import Outcome
from idp.risk.evaluation import Evaluation, Scale
from idp.risk.rehearsal import Rehearsal
from idp.risk.simulated_attacks import Attacker, attacks
from idp.risk.simulated_world import SimulatedGeography
from idp.risk.simulation import Habits, customers, visits
from idp.risk.trial import Conditions, Trial, features_of_visit, tried

BEGIN = 1_800_057_600
_GEOGRAPHY = SimulatedGeography(data_at=BEGIN)
_CONDITIONS = Conditions(policy=Risk(), geography=_GEOGRAPHY, user_agents=ParsedUserAgents())


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    scale = Scale(seeds=2, customers=60, days=150, attacks=150)
    return Evaluation(_CONDITIONS, scale, Random, begin=BEGIN)


@pytest.fixture(scope="module")
def trial() -> Trial:
    people = customers(Random(1), 40, Habits())
    history = visits(Random(2), people, Habits(), begin=BEGIN, days=120)
    malice = {
        kind: attacks(Random(3), people, kind, count=60, begin=BEGIN + 90 * 86_400, days=30)
        for kind in Attacker
    }
    return tried(_CONDITIONS, history, malice)


@pytest.mark.parametrize("threshold", [-40, -20, 0])
def test_threshold_applied_afterwards_is_the_decision(trial: Trial, threshold: int) -> None:
    """One pass judges without the threshold; the decision with it says the same, known browser or not."""
    policy = replace(_CONDITIONS.policy, threshold=threshold)
    rehearsal = Rehearsal(policy=policy)
    for one in trial.honest:
        features = features_of_visit(one.visit, _CONDITIONS)
        facts = rehearsal.facts(one.visit.subject_id, features)
        unknown = rehearsal.decide(facts, one.visit.at).outcome
        known = rehearsal.decide(replace(facts, is_known=True), one.visit.at).outcome
        assert (unknown is not Outcome.ALLOW) == (one.score >= threshold)
        assert (known is not Outcome.ALLOW) == one.asks_known
        rehearsal.complete(one.visit.subject_id, features, one.visit.at)


def test_attackers_are_measured_where_there_is_history(trial: Trial) -> None:
    for judged in trial.attacks.values():
        assert len(judged) > 20
        assert all(one.sign_ins >= 12 for one in judged)


def test_the_more_an_attacker_knows_the_fewer_are_asked(evaluation: Evaluation) -> None:
    caught = evaluation.caught(-5)
    assert [caught[kind].value for kind in Attacker] == sorted(
        (share.value for share in caught.values()), reverse=True
    )
    assert all(share.of > 200 for share in caught.values())


def test_asking_more_catches_more_and_costs_more(evaluation: Evaluation) -> None:
    strict, mild = (evaluation.honest(threshold, cookie_loss=0.03) for threshold in (-50, 10))
    assert strict.all.mean > mild.all.mean
    caught, fewer = evaluation.caught(-50), evaluation.caught(10)
    assert all(caught[kind].hits >= fewer[kind].hits for kind in Attacker)


def test_lost_cookies_cost(evaluation: Evaluation) -> None:
    means = [evaluation.honest(-20, cookie_loss=loss).all.mean for loss in (0, 0.03, 0.1)]
    assert means == sorted(means)
    assert evaluation.honest(-20, cookie_loss=0.03, with_cookies=False).all.mean > means[-1]


def test_threshold_for_a_share_asks_just_so_many(evaluation: Evaluation) -> None:
    threshold = evaluation.threshold_for(Attacker.VERY_TARGETED, 0.98)
    assert evaluation.caught(threshold)[Attacker.VERY_TARGETED].value >= 0.98
    assert evaluation.caught(threshold + 0.01)[Attacker.VERY_TARGETED].value < 0.999


def test_published_score_alone_asks_nearly_always(evaluation: Evaluation) -> None:
    freeman = evaluation.freeman(Attacker.TARGETED, 0.99)
    assert freeman.everybody.value > 0.5
    assert evaluation.honest(-20, cookie_loss=0.03).all.mean < 0.2


def test_evaluation_repeats_itself(evaluation: Evaluation) -> None:
    again = Evaluation(_CONDITIONS, Scale(seeds=2, customers=60, days=150, attacks=150), Random, begin=BEGIN)
    assert again.caught(-20) == evaluation.caught(-20)
    assert again.honest(-20, cookie_loss=0.03) == evaluation.honest(-20, cookie_loss=0.03)
