"""Who acts for whom: actor tokens, chains that grow and may not lead back, and `may_act`. RFC 8693 §4.1 and §4.4."""

from pathlib import Path
from typing import Any

import pytest

from idp.config.settings import Exchange
from idp.oauth.exchange.chain import begun, chain_names, check_may_act, extended
from idp.spec.actor import LONGEST_CHAIN, Actor
from idp.spec.errors import InvalidRequest
from tests.oauth.exchange.exchanging import (
    CI,
    RULES,
    STAFF,
    TYPES,
    changed,
    claims_of,
    desk_tokens,
    disable,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    foreign,
    is_active,
    panel_tokens,
    refused_and_recorded,
    register,
    service,
    trail,
)
from tests.oauth.wire import success
from tests.support.clients import API, LEDGER
from tests.support.world import World

GATEWAY = {"sub": "gateway", "client_id": "gateway"}
ALICE, BOB, ONE, TWO = (Actor(sub=name) for name in ("alice", "bob", "one", "two"))


async def test_the_chain_grows_with_each_service(trading: World) -> None:
    subject = await panel_tokens(trading)
    first = await exchanged(trading, subject["access_token"], audience=LEDGER)

    second = await exchanged(trading, first["access_token"], "ledgers", audience=LEDGER)

    claims = claims_of(trading, second)
    assert claims["act"] == {"sub": "ledgers", "client_id": "ledgers", "act": GATEWAY}
    assert claims["sub"] == trading.people["alice"].sub
    assert await is_active(trading, second["access_token"])


async def test_who_acts_already_is_not_named_again(trading: World) -> None:
    subject = await panel_tokens(trading)
    first = await exchanged(trading, subject["access_token"])

    again = await exchanged(trading, first["access_token"], audience=LEDGER)

    assert claims_of(trading, again)["act"] == GATEWAY


async def test_a_chain_that_leads_back(trading: World) -> None:
    subject = await panel_tokens(trading)
    first = await exchanged(trading, subject["access_token"], audience=LEDGER)
    second = await exchanged(trading, first["access_token"], "ledgers", audience=API)

    response = await exchange(trading, second["access_token"])

    assert "leads back" in await refused_and_recorded(trading, response, "invalid_request")
    assert (await trail(trading))[-1]["chain"] == [
        trading.people["alice"].sub, "client:gateway", "client:ledgers",
    ]  # fmt: skip


async def test_a_chain_that_is_too_long(tmp_path: Path, sqlite_url: str) -> None:
    names = tuple(f"hop{number}" for number in range(LONGEST_CHAIN + 1))
    hops = Exchange(name="hops", clients=names, subject_audiences=(API,), audiences=(API,))
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=(*RULES, hops))) as world:
        for name in names:
            await register(world, service(name))
        token = (await panel_tokens(world))["access_token"]
        for name in names[:-1]:
            token = (await exchanged(world, token, name))["access_token"]

        response = await exchange(world, token, names[-1])

        assert "more than" in await refused_and_recorded(world, response, "invalid_request")


async def test_a_client_names_itself_by_its_own_token(trading: World) -> None:
    subject = await panel_tokens(trading)
    own = success(await trading.browser().token("gateway", grant_type="client_credentials"))

    answer = await exchanged(
        trading,
        subject["access_token"],
        actor_token=own["access_token"],
        actor_token_type=TYPES["access_token"],
    )

    assert claims_of(trading, answer)["act"] == GATEWAY


async def test_a_person_acts_through_a_tool(trading: World) -> None:
    """Bob, who uses the desk, for Alice."""
    subject = await panel_tokens(trading)
    bob = await desk_tokens(trading)

    for kind in ("access_token", "id_token", "refresh_token"):
        answer = await exchanged(
            trading, subject["access_token"], "desk", actor_token=bob[kind], actor_token_type=TYPES[kind]
        )
        claims = claims_of(trading, answer)
        assert claims["sub"] == trading.people["alice"].sub
        assert claims["act"] == {"sub": trading.people["bob"].sub}
        assert answer["expires_in"] <= 120  # As its rule says.
    assert (await trail(trading))[-1]["chain"] == [trading.people["alice"].sub, trading.people["bob"].sub]


async def test_the_new_token_does_not_outlive_the_actor_token(trading: World) -> None:
    bob = await desk_tokens(trading)
    trading.clock.pass_(550)
    subject = await panel_tokens(trading)

    answer = await exchanged(
        trading,
        subject["access_token"],
        "desk",
        actor_token=bob["access_token"],
        actor_token_type=TYPES["access_token"],
    )

    assert answer["expires_in"] == 50


async def test_actor_tokens_that_are_not_the_clients_to_use(trading: World) -> None:
    subject = (await panel_tokens(trading))["access_token"]
    browser = trading.browser()
    others = success(await browser.token("ledgers", grant_type="client_credentials", resource=LEDGER))
    bob = await panel_tokens(trading, identifier="bb22222-ovh")  # Issued to the panel.
    acting = await exchanged(trading, subject, audience=LEDGER)

    for actor, client in (
        (others["access_token"], "gateway"),
        (bob["access_token"], "gateway"),
        (bob["access_token"], "desk"),
        (acting["access_token"], "gateway"),
    ):
        response = await exchange(
            trading, subject, client, actor_token=actor, actor_token_type=TYPES["access_token"]
        )
        assert "actor_token" in await refused_and_recorded(trading, response, "invalid_request")


async def test_who_impersonates_has_no_actor(trading: World) -> None:
    tokens = await panel_tokens(trading)

    response = await exchange(
        trading,
        tokens["access_token"],
        "panel",
        actor_token=tokens["access_token"],
        actor_token_type=TYPES["access_token"],
    )

    await refused_and_recorded(trading, response, "invalid_request")


async def test_nobody_acts_for_themselves(trading: World) -> None:
    subject = await panel_tokens(trading)
    herself = await desk_tokens(trading, "aa11111-ovh")

    response = await exchange(
        trading,
        subject["access_token"],
        "desk",
        actor_token=herself["access_token"],
        actor_token_type=TYPES["access_token"],
    )

    assert "subject itself" in await refused_and_recorded(trading, response, "invalid_request")


async def test_somebody_of_a_trusted_issuer_acts(trading: World) -> None:
    subject = await panel_tokens(trading, identifier="bb22222-ovh")

    answer = await exchanged(
        trading, subject["access_token"], actor_token=foreign(trading, STAFF), actor_token_type=TYPES["jwt"]
    )
    assert claims_of(trading, answer)["act"] == {"sub": trading.people["alice"].sub}
    # Another issuer is trusted too, but not to name actors.
    response = await exchange(
        trading, subject["access_token"], actor_token=foreign(trading, CI), actor_token_type=TYPES["jwt"]
    )
    await refused_and_recorded(trading, response, "invalid_request")


@pytest.mark.parametrize(
    ("may_act", "is_allowed"),
    [
        ({"sub": "gateway"}, True),
        ({"client_id": "gateway"}, True),
        ({"sub": "gateway", "client_id": "gateway", "iss": "http://localhost:8000"}, True),
        ({"sub": "ledgers"}, False),
        ({"sub": "gateway", "iss": "https://elsewhere.example.test"}, False),
        ({"iss": "http://localhost:8000"}, False),
        ({"sub": "gateway", "email": "gateway@example.test"}, False),
        ({}, False),
        ("gateway", False),
        (["gateway"], False),
        ({"sub": ["gateway"]}, False),
    ],
)
async def test_may_act_is_honoured(sqlite_trading: World, may_act: Any, is_allowed: bool) -> None:
    subject = foreign(sqlite_trading, CI, may_act=may_act)

    response = await exchange(sqlite_trading, subject, kind="jwt")

    if is_allowed:
        assert claims_of(sqlite_trading, success(response))["act"] == GATEWAY
    else:
        assert "may_act" in await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_may_act_may_name_the_actor_of_an_actor_token(tmp_path: Path, sqlite_url: str) -> None:
    rules = changed(foreign={"actors": ("issuer",), "actor_issuers": (STAFF,)})
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        alice, bob = world.people["alice"], world.people["bob"]
        actor = {"actor_token": foreign(world, STAFF), "actor_token_type": TYPES["jwt"]}

        named = foreign(world, CI, sub=bob.customer_id, may_act={"sub": alice.sub})
        answer = await exchanged(world, named, kind="jwt", **actor)
        assert claims_of(world, answer)["act"] == {"sub": alice.sub}
        for other in (bob.sub, "gateway"):
            subject = foreign(world, CI, sub=bob.customer_id, may_act={"sub": other})
            response = await exchange(world, subject, kind="jwt", **actor)
            await refused_and_recorded(world, response, "invalid_request")


async def test_a_token_is_worth_nothing_once_an_actor_is_off(trading: World) -> None:
    """Also one in the middle of the chain."""
    subject = await panel_tokens(trading)
    first = await exchanged(trading, subject["access_token"], audience=LEDGER)
    second = await exchanged(trading, first["access_token"], "ledgers", audience=LEDGER)
    assert await is_active(trading, second["access_token"])

    await disable(trading, "gateway")

    assert not await is_active(trading, first["access_token"])
    assert not await is_active(trading, second["access_token"])
    assert await is_active(trading, subject["access_token"])
    await refused_and_recorded(
        trading,
        await exchange(trading, second["access_token"], "ledgers", audience=LEDGER),
        "invalid_request",
    )


def test_a_chain_is_extended_outside() -> None:
    chain = extended(extended(None, ONE, ALICE), TWO, ALICE)

    assert chain == Actor(sub="two", former=Actor(sub="one"))
    assert extended(chain, TWO, ALICE) == chain
    assert chain_names("alice", chain) == ["alice", "one", "two"]


def test_a_chain_is_begun_inside() -> None:
    """Alice acted for herself by two services; now she acts for Bob."""
    chain = extended(extended(None, ONE, ALICE), TWO, ALICE)

    assert begun(chain, ALICE, BOB) == Actor(sub="two", former=Actor(sub="one", former=Actor(sub="alice")))
    assert begun(None, ALICE, BOB) == Actor(sub="alice")


@pytest.mark.parametrize(
    ("chain", "actor"),
    [
        (None, ALICE),
        (Actor(sub="two", former=ONE), ONE),
        (Actor(sub="two", former=ONE), ALICE),
        (Actor(sub="two", former=Actor(sub="one", former=TWO)), BOB),
        (Actor(sub="two", former=ALICE), BOB),
    ],
)
def test_a_chain_with_somebody_twice(chain: Actor | None, actor: Actor) -> None:
    with pytest.raises(InvalidRequest):
        extended(chain, actor, ALICE)


def test_people_of_different_issuers_are_different() -> None:
    other = Actor(sub="alice", iss="https://elsewhere.example.test")

    assert extended(None, other, ALICE) == other
    check_may_act({"sub": "alice", "iss": other.iss}, other, issuer="https://here.example.test")
    with pytest.raises(InvalidRequest):
        check_may_act({"sub": "alice", "iss": "https://here.example.test"}, other, issuer="x")
