"""Sign-ins as customers make them, on both databases."""

from dataclasses import replace

import pytest

from idp.config.settings import Risk
from idp.records.account import Person
from idp.records.risk import Outcome
from idp.risk.habits import Level
from idp.signing.secrets import Purpose, add_secret
from idp.store.statement import Query
from tests.risk.conftest import (
    ABROAD,
    CAFE,
    CHROME,
    DATA_CENTRE,
    DAY,
    FIREFOX,
    HOME,
    HOME_AGAIN,
    Atlas,
    Desk,
    circumstances,
)
from tests.support.rooms import NOW

ASKED = Outcome.CODE.severity


async def test_a_first_sign_in_without_a_known_browser_needs_a_code(desk: Desk) -> None:
    assessment = await desk.assess(last_sign_in_at=None)
    assert assessment.outcome is assessment.enforced is Outcome.CODE
    assert assessment.reasons == ("never_used", "no_device_cookie")
    assert assessment.sentence.msgid == "This browser is new to your account."


async def test_a_known_browser_at_a_usual_place_is_not_asked(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(device=desk.device())
    assert (assessment.outcome, assessment.reasons) == (Outcome.ALLOW, ("known_device",))


@pytest.mark.parametrize("address", [HOME, HOME_AGAIN])
async def test_a_private_window_at_home_is_not_asked(desk: Desk, address: str) -> None:
    await desk.usual()
    assessment = await desk.assess(address)
    assert (assessment.outcome, assessment.reasons) == (Outcome.ALLOW, ("usual",))


async def test_the_same_password_from_a_new_country_is_asked_in_any_browser(desk: Desk) -> None:
    await desk.usual()
    in_unknown = await desk.assess(ABROAD)
    in_known = await desk.assess(ABROAD, device=desk.device())
    assert in_unknown.outcome is in_known.outcome is Outcome.STEP_UP
    assert in_known.reasons == ("new_country",)
    assert in_known.sentence.msgid == "This sign-in differs from your usual ones."


async def test_another_browser_elsewhere_is_asked(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(CAFE, CHROME)
    assert assessment.outcome.severity >= ASKED
    assert assessment.reasons == ("new_system", "new_network", "no_device_cookie")


async def test_a_known_browser_in_a_data_centre_is_asked_the_first_time(desk: Desk) -> None:
    await desk.usual()
    first = await desk.sign_in(DATA_CENTRE, device=desk.device())
    again = await desk.sign_in(DATA_CENTRE, device=desk.device())
    assert (first.outcome, first.reasons) == (Outcome.CODE, ("hosting_network",))
    assert again.outcome is Outcome.ALLOW


async def test_a_cookie_speaks_for_its_own_subject_while_it_lives_and_on_its_own_system(desk: Desk) -> None:
    await desk.usual()
    other: Person = await desk.rooms.customer()
    for device, reason in (
        (desk.device(subject_id=other.subject_id), "no_device_cookie"),
        (desk.device(revoked_at=NOW - 1), "no_device_cookie"),
        (desk.device(expires_at=NOW), "no_device_cookie"),
        (desk.device(system="Windows"), "other_system"),
    ):
        assessment = await desk.assess(CAFE, device=device)
        assert assessment.outcome.severity >= ASKED
        assert reason in assessment.reasons
    assert (await desk.assess(CAFE, device=desk.device())).outcome is Outcome.ALLOW
    assert (await desk.assess(CAFE, device=desk.device(system=""))).outcome is Outcome.ALLOW


async def test_a_copied_cookie_asks_even_at_home(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(device=None, device_was_copied=True)
    assert (assessment.outcome, assessment.reasons[0]) == (Outcome.CODE, "device_copied")
    assert assessment.sentence.msgid == "As a precaution, we make sure that it is really you."


async def test_a_browser_that_says_nothing_is_no_browser_that_is_known(desk: Desk) -> None:
    await desk.usual()
    for user_agent in ("", "x" * 5_000, "\x00\udcff", "Mozilla/5.0"):
        assert (await desk.assess(HOME, user_agent, device=desk.device())).outcome.severity >= ASKED


async def test_ipv6_customers_are_known_by_their_network(desk: Desk) -> None:
    await desk.usual(10, "2a01:5:1:2::7")
    assert (await desk.assess("2a01:5:1:99::8")).outcome is Outcome.ALLOW
    assert (await desk.assess("2a01:5:2:2::7")).outcome is Outcome.CODE
    assert (await desk.assess("::ffff:5.5.1.7")).outcome is Outcome.CODE


@pytest.mark.parametrize(
    "address", ["", "unknown", "999.1.1.1", "5.5.1", "[::1", "5.5.1.7 OR 1=1", "x" * 500]
)
async def test_what_is_no_address_is_nowhere_usual(desk: Desk, address: str) -> None:
    await desk.usual()
    assert (await desk.assess(address)).outcome.severity >= ASKED
    assert (await desk.assess(address, device=desk.device())).outcome.severity >= ASKED
    await desk.sign_in(address, device=desk.device())
    assert await desk.rooms.db.apply(desk.engine.failed(circumstances(address), is_unknown=True, now=NOW))


async def test_missing_data_ask_wherever_the_network_is_new(desk: Desk) -> None:
    await desk.usual()
    missing = replace(desk, atlas=Atlas(is_missing=True))
    assert (await missing.assess(HOME, device=desk.device())).outcome is Outcome.ALLOW
    assert (await missing.assess(CAFE, device=desk.device())).reasons[0] == "place_unknown"
    in_unknown = await missing.assess(HOME)
    assert (in_unknown.outcome, in_unknown.reasons[0]) == (Outcome.CODE, "place_unknown")
    decision = await missing.decision(in_unknown)
    assert decision.data_at == 0


async def test_old_data_never_ask_for_less(desk: Desk) -> None:
    await desk.usual()
    score = (await desk.decision(await desk.assess(CAFE))).terms["score"]
    desk = replace(desk, policy=Risk(least_sign_ins=0, threshold=round(float(score)) + 5))
    old = replace(desk, atlas=Atlas(data_at=NOW - 100 * DAY))
    assert (await desk.assess(CAFE)).outcome is Outcome.ALLOW
    aged = await old.assess(CAFE)
    assert (aged.outcome, "old_data" in aged.reasons) == (Outcome.CODE, True)
    assert (await old.decision(aged)).data_at == NOW - 100 * DAY


async def test_observing_records_and_asks_nobody_for_anything(desk: Desk) -> None:
    policy = Risk(mode="observe", denied_networks=("9.0.0.0/8",))
    watching = replace(desk, policy=policy)
    for address, outcome in ((HOME, Outcome.CODE), (ABROAD, Outcome.REFUSE)):
        assessment = await watching.assess(address)
        assert (assessment.outcome, assessment.enforced) == (outcome, Outcome.ALLOW)
        stored = await watching.decision(assessment)
        assert (stored.outcome, stored.enforced) == (outcome, Outcome.ALLOW)


async def test_the_operators_list_refuses_even_a_known_browser(desk: Desk) -> None:
    await desk.usual()
    strict = replace(desk, policy=Risk(denied_networks=("5.5.0.0/16", "2a01:5::/32")))
    for address in (HOME, "2a01:5::1"):
        assessment = await strict.assess(address, device=desk.device())
        assert (assessment.enforced, assessment.reasons[0]) == (Outcome.REFUSE, "denied_network")
        assert assessment.sentence.msgid == "Signing in from your network is not possible."
    assert (await strict.assess(CAFE, device=desk.device())).enforced is Outcome.ALLOW
    assert (await strict.assess("unknown")).enforced is not Outcome.REFUSE


async def test_a_decision_is_stored_with_all_that_it_was_made_of_and_names_nobody(desk: Desk) -> None:
    await desk.usual()
    assessment = await desk.assess(HOME_AGAIN, CHROME)
    decision = await desk.decision(assessment)
    assert decision.reasons == assessment.reasons
    assert decision.completed_at is None
    assert len(decision.policy) == 16
    assert decision.terms["browser_level"] == "none"
    assert decision.features["country"] == "FR"
    assert (decision.features["browser"], decision.features["system"]) == ("Chrome", "Windows")
    everything = await desk.rooms.rows("SELECT features, terms, reasons FROM risk_decision")
    everything += await desk.rooms.rows("SELECT habits FROM risk_profile")
    everything += await desk.rooms.rows("SELECT key FROM velocity")
    text = repr(everything)
    for secret in ("5.5.1", "Mozilla", "rv:", "Gecko"):
        assert secret not in text


async def test_policies_that_decide_alike_have_the_same_digest(desk: Desk) -> None:
    async def digest(policy: Risk) -> str:
        other = replace(desk, policy=policy)
        return (await other.decision(await other.assess())).policy

    plain = await digest(Risk())
    assert await digest(Risk(mode="observe", keep_days=3)) == plain
    assert await digest(Risk(threshold=-19)) != plain


async def test_a_new_key_for_addresses_makes_nobody_a_stranger(desk: Desk) -> None:
    await desk.usual()
    before = await desk.habits()
    rooms = desk.rooms
    await add_secret(rooms.db, rooms.root_keys, rooms.entropy, NOW, purpose=Purpose.ADDRESS)
    await rooms.secrets.reload()
    assert (await desk.sign_in(HOME)).outcome is Outcome.ALLOW
    after = await desk.habits()
    for level in (Level.ADDRESS, Level.NETWORK):
        [[old]], [[new]] = [list(before.at(level))], [list(after.at(level))]
        assert old.startswith("1.")
        assert new.startswith("2.")
        assert after.at(level)[new].weight == before.at(level)[old].weight + 1


async def test_a_decision_costs_as_many_queries_whatever_the_history(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    database = type(desk.rooms.db)
    of_one, of_all = database.one, database.all

    async def one(self: object, query: Query[object], **values: object) -> object:
        asked.append(query)
        return await of_one(self, query, **values)  # type: ignore[arg-type]

    async def all_(self: object, query: Query[object], **values: object) -> object:
        asked.append(query)
        return await of_all(self, query, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "one", one)
    monkeypatch.setattr(database, "all", all_)
    costs = set()
    for number in range(40):
        asked.clear()
        assessment = await desk.assess(f"5.{number}.1.1", (FIREFOX, CHROME)[number % 2])
        costs.add(len(asked))
        await desk.complete(assessment)
    assert len(costs) == 1
    assert max(costs) <= 8
