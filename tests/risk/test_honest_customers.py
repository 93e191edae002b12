"""What honest customers are asked for: 200 of them, 90 days, every thirtieth sign-in without its cookie.

They sign in through the decision's pure functions; that the engine on its database decides the same is shown on some.
"""

from dataclasses import replace
from random import Random

import pytest

from idp.adapters.user_agents import ParsedUserAgents
from idp.config.settings import Risk
from idp.risk.evaluation import Evaluation, Scale
from idp.risk.rehearsal import Rehearsal
from idp.risk.simulated_world import SimulatedGeography
from idp.risk.simulation import Habits, customers, visits
from idp.risk.trial import Conditions, features_of_visit
from tests.risk.visitors import Visitors
from tests.support.rooms import open_rooms

_BEGIN = 1_800_057_600
_GEOGRAPHY = SimulatedGeography(data_at=_BEGIN)
_POOR = SimulatedGeography(data_at=_BEGIN, with_networks=False)
_HONEST = Scale(seeds=1, customers=200, days=90, attacks=1)


@pytest.mark.parametrize("seed", ["a", "b"])
@pytest.mark.parametrize("geography", [_GEOGRAPHY, _POOR], ids=["with networks", "countries only"])
def test_honest_customers_are_hardly_asked(geography: SimulatedGeography, seed: str) -> None:
    conditions = Conditions(policy=Risk(), geography=geography, user_agents=ParsedUserAgents())
    evaluation = Evaluation(conditions, _HONEST, lambda name: Random(seed + name), begin=_BEGIN)
    assert evaluation.sign_ins > 5_000
    asked = evaluation.honest(Risk().threshold, cookie_loss=0.03).all
    assert asked.customers == 200
    assert asked.median <= 0.10
    assert asked.p95 <= 0.20


async def test_engine_on_its_database_decides_as_the_pure_functions(database_url: str) -> None:
    policy = replace(Risk(), least_sign_ins=60)
    conditions = Conditions(policy=policy, geography=_GEOGRAPHY, user_agents=ParsedUserAgents())
    people = customers(Random(1), 8, Habits())
    history = visits(Random(2), people, Habits(cookie_loss=0.1, private_windows=0.3), begin=_BEGIN, days=60)
    rehearsal = Rehearsal(policy=policy)
    outcomes = set()
    async with open_rooms(database_url) as rooms:
        visitors = Visitors(rooms=rooms, policy=policy, geography=_GEOGRAPHY)
        await visitors.welcome(people)
        for visit in history:
            features = features_of_visit(visit, conditions)
            facts = rehearsal.facts(visit.subject_id, features, is_known=visitors.is_known(visit))
            verdict = rehearsal.decide(facts, visit.at)
            assessment = await visitors.sign_in(visit)
            assert (assessment.outcome, assessment.reasons) == (verdict.outcome, verdict.reasons)
            rehearsal.complete(visit.subject_id, features, visitors.last_at(visit))
            outcomes.add(verdict.outcome)
        assert len(history) > 100
        assert len(outcomes) > 1
