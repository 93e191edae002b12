"""Floods of wrong passwords: who waits, and who does not."""

from dataclasses import replace

from idp.config.settings import Risk
from idp.records.risk import Outcome, Place
from idp.risk.velocity import Velocity, Window, velocity_of, wanted_keys
from idp.store.pruning import PRUNINGS
from tests.risk.conftest import CAFE, DAY, HOME, HOME_AGAIN, Atlas, Desk, circumstances
from tests.risk.deciding import FEATURES
from tests.support.rooms import NOW

POLICY = Risk(least_sign_ins=0, network_failures=20, delay_seconds=30, campaign_failures=20)


class Provider(Atlas):
    """Everything belongs to one AS number."""

    def place_of(self, address: str) -> Place:
        return replace(super().place_of(address), asn=64_500)


async def fail(desk: Desk, address: str, times: int, *, now: int = NOW, is_unknown: bool = True) -> None:
    for _ in range(times):
        effects = desk.engine.failed(circumstances(address), is_unknown=is_unknown, now=now)
        assert await desk.rooms.db.apply(effects)


async def test_unknown_browsers_wait_once_in_a_flooded_network_and_nobody_else_does(desk: Desk) -> None:
    desk.policy = POLICY
    await desk.usual()
    await fail(desk, HOME_AGAIN, 40)
    there = desk.occasion(HOME, interaction_id="one")
    flooded = await desk.engine.assess(there)
    assert (flooded.enforced, flooded.wait_seconds) == (Outcome.DELAY, 30)
    assert flooded.reasons[0] == "many_failures"
    assert "Wait a little" in flooded.sentence.msgid
    assert await desk.rooms.db.apply(flooded.effects)
    assert (await desk.assess(HOME, device=desk.device())).enforced is Outcome.ALLOW
    assert (await desk.assess(CAFE)).enforced is not Outcome.DELAY
    for waited, outcome in ((29, Outcome.DELAY), (30, Outcome.ALLOW)):
        again = await desk.engine.assess(replace(there, now=NOW + waited))
        assert again.enforced is outcome
    other_interaction = await desk.engine.assess(replace(there, interaction_id="two", now=NOW + 30))
    assert other_interaction.enforced is Outcome.DELAY


async def test_a_flood_is_over_after_a_while(desk: Desk) -> None:
    desk.policy = POLICY
    await desk.usual()
    await fail(desk, HOME_AGAIN, 40)
    for passed, outcome in ((300, Outcome.DELAY), (1_200, Outcome.ALLOW)):
        assert (await desk.assess(HOME, now=NOW + passed)).enforced is outcome


async def test_a_large_network_of_many_customers_is_no_flood(desk: Desk) -> None:
    desk.policy = POLICY
    for _ in range(15):
        await desk.sign_in(HOME)
    await fail(desk, HOME_AGAIN, 25)
    assert (await desk.assess(HOME)).enforced is Outcome.ALLOW


async def test_a_campaign_makes_its_own_provider_stricter(desk: Desk) -> None:
    desk.policy, desk.atlas = POLICY, Provider()
    await desk.usual()
    await fail(desk, CAFE, 30)
    decision = await desk.decision(await desk.assess(HOME))
    assert (decision.terms["threshold"], decision.terms["campaign"]) == (-23, 1)
    elsewhere = replace(desk, atlas=Atlas())
    assert (await elsewhere.decision(await elsewhere.assess(HOME))).terms["threshold"] == -20


async def test_one_persons_forgotten_password_is_no_campaign(desk: Desk) -> None:
    desk.policy, desk.atlas = POLICY, Provider()
    await desk.usual()
    await fail(desk, CAFE, 60, is_unknown=False)
    assert (await desk.decision(await desk.assess(HOME))).terms["campaign"] == 0


async def test_networks_are_forgotten_in_a_day_and_providers_in_nine(desk: Desk) -> None:
    desk.atlas = Provider()
    await fail(desk, CAFE, 1)
    for days, left in ((0, ["asn", "asn-day", "network"]), (2, ["asn-day"]), (10, [])):
        for pruning in PRUNINGS:
            await desk.rooms.db.apply([pruning.effect(NOW + days * DAY, is_full=False)])
        keys = await desk.rooms.rows("SELECT key FROM velocity")
        assert sorted(key.partition(":")[0] for (key,) in keys) == left


def test_what_is_usual_of_a_provider_is_no_campaign() -> None:
    texts = wanted_keys(FEATURES, NOW)
    now = {texts[2]: Window(key=texts[2], failures=100, unknown=100, successes=10)}
    week = {text: Window(key=text, failures=1_000, successes=100) for text in texts[4:]}
    assert velocity_of(now, FEATURES, POLICY, NOW).is_campaign
    assert not velocity_of({**now, **week}, FEATURES, POLICY, NOW).is_campaign


def test_nothing_is_known_of_no_network() -> None:
    nowhere = replace(FEATURES, network="", asn=0)
    assert set(wanted_keys(nowhere, NOW)) == {""}
    assert velocity_of({}, nowhere, POLICY, NOW) == Velocity()
    assert len(wanted_keys(nowhere, NOW)) == len(wanted_keys(FEATURES, NOW + DAY))
