"""The policy, rule by rule: what each fact asks for in a known browser and in an unknown one."""

from dataclasses import replace
from typing import Any

import pytest

from idp.config.settings import Risk
from idp.records.risk import Outcome
from idp.risk.decision import decide
from idp.risk.habits import Last
from idp.risk.velocity import Velocity
from tests.risk.deciding import DAY, FEATURES, POLICY, facts, history, seen
from tests.support.rooms import NOW

ALLOW, CODE, STEP_UP, DELAY, REFUSE = Outcome
ELSEWHERE = seen(ip="1.cafe", network="1.cafe")
OTHER_COUNTRY = seen(ip="1.far", network="1.far", asn=64_700, country="AU")


@pytest.mark.parametrize(
    ("fields", "known", "unknown", "reason"),
    [
        ({}, ALLOW, ALLOW, ""),
        ({"is_denied": True}, REFUSE, REFUSE, "denied_network"),
        ({"velocity": Velocity(is_flooding=True)}, ALLOW, DELAY, "many_failures"),
        ({"velocity": Velocity(is_flooding=True), "has_waited": True}, ALLOW, ALLOW, ""),
        ({"stolen_at": NOW - DAY}, CODE, CODE, "reported_stolen"),
        ({"was_copied": True}, CODE, CODE, "device_copied"),
        ({"password_is_common": True}, CODE, CODE, "common_password"),
        ({"last_sign_in_at": NOW - 181 * DAY}, CODE, CODE, "dormant"),
        ({"last_sign_in_at": NOW - 179 * DAY}, ALLOW, ALLOW, ""),
        ({"last_sign_in_at": NOW + 500 * DAY}, ALLOW, ALLOW, ""),
        ({"last_sign_in_at": None}, ALLOW, CODE, "never_used"),
        ({"sign_ins": 2}, ALLOW, CODE, "little_history"),
        ({"sign_ins": 3}, ALLOW, ALLOW, ""),
        ({"client_asks": True}, ALLOW, CODE, "client_asks"),
        ({"features": ELSEWHERE}, ALLOW, CODE, "new_network"),
        ({"features": OTHER_COUNTRY}, STEP_UP, STEP_UP, "new_country"),
        ({"features": seen(ip="1.b", network="1.b", country="")}, STEP_UP, STEP_UP, "place_unknown"),
        ({"features": seen(country="")}, ALLOW, CODE, "place_unknown"),
        ({"features": seen(country="-")}, ALLOW, CODE, "place_unknown"),
        ({"features": seen(ip="1.b", network="1.b", asn=1, is_hosting=True)}, CODE, CODE, "hosting_network"),
        ({"features": seen(ip="1.b", network="1.b", is_hosting=True)}, ALLOW, CODE, "hosting_network"),
        ({"features": seen(is_hosting=True)}, ALLOW, ALLOW, ""),
        ({"features": seen(version=141)}, ALLOW, ALLOW, ""),
        ({"features": seen(ip="1.again")}, ALLOW, ALLOW, ""),
        ({"features": replace(ELSEWHERE, version=120)}, ALLOW, STEP_UP, "older_browser"),
        ({"features": replace(ELSEWHERE, browser="Chrome")}, ALLOW, STEP_UP, "new_browser"),
        ({"features": replace(ELSEWHERE, system="Windows")}, ALLOW, STEP_UP, "new_system"),
        ({"is_other_system": True}, ALLOW, ALLOW, ""),
    ],
)
def test_what_a_fact_asks_for(fields: dict[str, Any], known: Outcome, unknown: Outcome, reason: str) -> None:
    in_known = decide(facts(**fields, is_known=True), POLICY, NOW)
    in_unknown = decide(facts(**fields), POLICY, NOW)
    assert (in_known.outcome, in_unknown.outcome) == (known, unknown)
    if known is not ALLOW:
        assert reason in in_known.reasons
    if reason:
        assert reason in in_unknown.reasons
    else:
        assert (in_known.reasons, in_unknown.reasons) == (("known_device",), ("usual",))


def test_nothing_but_the_operators_list_refuses() -> None:
    everything = facts(
        features=seen(
            ip="1.x", network="1.x", asn=1, country="", is_hosting=True, browser="", system="", data_at=0
        ),
        last_sign_in_at=0,
        was_copied=True,
        password_is_common=True,
        stolen_at=1,
        client_asks=True,
        velocity=Velocity(is_campaign=True),
    )
    verdict = decide(everything, POLICY, NOW)
    assert verdict.outcome is STEP_UP
    assert len(verdict.reasons) == 3


def test_a_young_installation_asks_every_unknown_browser() -> None:
    young = Risk(least_sign_ins=10_000)
    assert decide(facts(), young, NOW).reasons == ("young_installation", "no_device_cookie")
    assert decide(facts(is_known=True), young, NOW).outcome is ALLOW


def test_waiting_takes_as_long_as_the_policy_says() -> None:
    flooded = facts(velocity=Velocity(is_flooding=True))
    assert decide(flooded, Risk(delay_seconds=7), NOW).wait_seconds == 7
    assert decide(facts(), POLICY, NOW).wait_seconds == 0


def test_a_journey_that_nobody_makes_asks_for_more_only_in_a_new_network() -> None:
    both = [FEATURES, OTHER_COUNTRY] * 5
    there = facts(both, features=replace(OTHER_COUNTRY, ip="1.hotel", network="1.hotel"), is_known=True)
    at_home = Last(at=NOW - 3_600, country="FR")
    travelled = replace(there, habits=replace(there.habits, last=at_home))
    assert decide(travelled, POLICY, NOW).reasons == ("impossible_travel",)
    assert decide(travelled, POLICY, NOW).outcome is STEP_UP
    slept = replace(there.habits, last=Last(at=NOW - 2 * DAY, country="FR"))
    assert decide(replace(travelled, habits=slept), POLICY, NOW).outcome is ALLOW
    usual_network = replace(travelled, features=OTHER_COUNTRY)
    assert decide(usual_network, POLICY, NOW).outcome is ALLOW


def test_a_campaign_makes_one_network_stricter() -> None:
    quiet = decide(facts(), POLICY, NOW)
    loud = decide(facts(velocity=Velocity(is_campaign=True)), POLICY, NOW)
    assert quiet.terms["threshold"] == -20
    assert loud.terms["threshold"] == -23


def test_old_data_weigh_against_a_place_that_only_they_call_usual() -> None:
    old = seen(data_at=NOW - 61 * DAY)
    same_country = replace(old, ip="1.b", network="1.b", asn=64_501)
    fresh = replace(same_country, data_at=NOW - 59 * DAY)
    assert decide(facts(features=old), POLICY, NOW).outcome is ALLOW
    scores = [
        decide(facts(features=features), POLICY, NOW).terms["score"] for features in (fresh, same_country)
    ]
    assert scores[1] == pytest.approx(float(scores[0]) + 10)


def test_whose_networks_change_all_the_time_is_not_punished_for_one_more() -> None:
    roaming = [seen(ip=f"1.{n}", network=f"1.{n}") for n in range(40)]
    settled = [FEATURES] * 40
    new = seen(ip="1.new", network="1.new")
    of_roaming, of_settled = (
        float(decide(facts(visited, features=new), POLICY, NOW).terms["place"])
        for visited in (roaming, settled)
    )
    assert of_settled - of_roaming > 15


def test_the_terms_say_what_it_was_decided_by() -> None:
    terms = decide(facts(features=OTHER_COUNTRY), POLICY, NOW).terms
    assert terms["place_level"] == "none"
    assert terms["browser_level"] == "agent"
    assert terms["score"] == pytest.approx(float(terms["place"]) + float(terms["browser"]), abs=0.11)
    assert (terms["sign_ins"], terms["weight"], terms["known_device"]) == (10, 10, 0)


def test_no_history_at_all_is_no_error() -> None:
    verdict = decide(facts([], last_sign_in_at=None), POLICY, NOW)
    assert (verdict.outcome, verdict.reasons[0]) == (CODE, "never_used")
    assert history([]).weight == 0
