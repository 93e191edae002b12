"""Acting for another customer: an exchange under a delegation that they made and the person took up."""

from pathlib import Path

import pytest
from sqlalchemy import insert, update

from idp.config.delegation import Delegation
from idp.store.delegations import REVOKE_FAMILIES_OF_DELEGATION
from idp.store.statement import Write
from idp.store.tables.delegation import delegation
from tests.oauth.exchange.exchanging import (
    claims_of,
    disable_person,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    is_active,
    panel_tokens,
    refused_and_recorded,
    trail,
)
from tests.oauth.wire import Tokens
from tests.support.clients import API, LEDGER
from tests.support.world import World

GRANTED = "a" * 32
"""Bob lets Alice act."""


async def delegate(
    world: World, *, customer: str = "bob", delegate: str = "alice", key: str = GRANTED, accepted: bool = True
) -> None:
    now = world.clock.now()
    row = insert(delegation).values(
        delegation_id=key,
        subject_id=world.people[customer].subject_id,
        delegate_id=world.people[delegate].subject_id,
        delegate_customer_id=world.people[delegate].customer_id,
        scope="invoices:read",
        note="",
        created_at=now,
        expires_at=now + 400,
        accepted_at=now if accepted else None,
        ended_by="",
    )
    assert await world.house.database.apply([Write(row).effect()])


async def act(world: World, tokens: Tokens, named: str = "bb22222-ovh", **form: str) -> Tokens:
    return await exchanged(world, tokens["access_token"], "panel", requested_subject=named, **form)


async def end(world: World, **values: object) -> None:
    change = update(delegation).where(delegation.c.delegation_id == GRANTED).values(**values)
    assert await world.house.database.apply([Write(change).effect()])


async def test_a_person_acts_for_a_customer(trading: World) -> None:
    await delegate(trading)
    tokens = await panel_tokens(trading)
    alice, bob = trading.people["alice"], trading.people["bob"]

    for named in ("bb22222-ovh", "BB 22222", bob.sub):
        answer = await act(trading, tokens, named)
        claims = claims_of(trading, answer)
        assert claims["sub"] == bob.sub
        assert claims["act"] == {"sub": alice.sub}
        assert answer["scope"] == "invoices:read"  # Of what Alice may, what Bob lets her.
        assert answer["expires_in"] == 400  # As long as he does.
        assert await is_active(trading, answer["access_token"])
    event = (await trail(trading))[-1]
    assert (event["subject_id"], event["delegation"]) == (bob.subject_id, GRANTED)
    assert event["chain"] == [bob.sub, alice.sub]
    ((used_at,),) = await trading.rows("SELECT used_at FROM delegation")
    assert used_at == trading.clock.now() // 60 * 60


async def test_a_service_goes_on_with_it(trading: World) -> None:
    """It is named, and the person who acts stays named."""
    await delegate(trading)
    answer = await act(trading, await panel_tokens(trading))

    further = await exchanged(trading, answer["access_token"], audience=API)

    claims = claims_of(trading, further)
    assert claims["act"] == {
        "sub": "gateway", "client_id": "gateway", "act": {"sub": trading.people["alice"].sub},
    }  # fmt: skip
    assert claims["sub"] == trading.people["bob"].sub
    rows = await trading.rows("SELECT delegation_id FROM family WHERE parent_id IS NOT NULL")
    assert rows == [(GRANTED,)] * 2


async def test_a_refresh_token_will_do(trading: World) -> None:
    await delegate(trading)
    tokens = await panel_tokens(trading)

    for kind in ("refresh_token", "id_token"):
        answer = await exchanged(trading, tokens[kind], "panel", kind=kind, requested_subject="bb22222-ovh")
        assert claims_of(trading, answer)["sub"] == trading.people["bob"].sub


@pytest.mark.parametrize(
    "named", ["aa11111-ovh", "dd44444-ovh", "zz99999-ovh", "x", "x" * 300, "'--", "\N{SNOWMAN}"]
)
async def test_nobody_else_is_acted_for(trading: World, named: str) -> None:
    """And whoever asks does not learn who there is."""
    await delegate(trading)
    tokens = await panel_tokens(trading)

    response = await exchange(trading, tokens["access_token"], "panel", requested_subject=named)

    description = await refused_and_recorded(trading, response, "invalid_request")
    assert description == "requested_subject: nobody by that name lets this person act for them"


@pytest.mark.parametrize("kind", ["offered", "ended", "expired", "reversed", "void", "blocked"])
async def test_a_delegation_that_does_not_count(trading: World, kind: str) -> None:
    people = {"customer": "alice", "delegate": "bob"} if kind == "reversed" else {}
    await delegate(trading, **people, accepted=kind != "offered")
    now = trading.clock.now()
    if kind == "ended":
        await end(trading, ended_at=now, ended_by="customer", expires_at=now)
    if kind == "expired":
        trading.clock.pass_(400)
    if kind == "blocked":
        await disable_person(trading, "bob")
    tokens = await panel_tokens(trading)
    if kind == "void":
        response = await exchange(
            trading, tokens["access_token"], "panel", requested_subject="bb22222-ovh", scope="ledger:read"
        )
        await refused_and_recorded(trading, response, "invalid_scope")
        return

    response = await exchange(trading, tokens["access_token"], "panel", requested_subject="bb22222-ovh")

    await refused_and_recorded(trading, response, "invalid_request")


async def test_a_scope_that_is_not_offered_any_more_is_void(tmp_path: Path, sqlite_url: str) -> None:
    offered = Delegation(enabled=True, scopes=("ledger:read",))
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, delegation=offered)) as world:
        await delegate(world)
        tokens = await panel_tokens(world)
        response = await exchange(world, tokens["access_token"], "panel", requested_subject="bb22222-ovh")
        await refused_and_recorded(world, response, "invalid_request")


async def test_nobody_passes_it_on(trading: World) -> None:
    """Alice acts for Bob, who may act for her: as Bob she acts for nobody."""
    await delegate(trading)
    await delegate(trading, customer="alice", delegate="bob", key="b" * 32)
    answer = await act(trading, await panel_tokens(trading))

    response = await exchange(trading, answer["access_token"], "panel", requested_subject="aa11111-ovh")

    assert "person's own" in await refused_and_recorded(trading, response, "invalid_request")


async def test_a_service_does_not_act_for_others_with_what_it_was_sent(trading: World) -> None:
    await delegate(trading)
    tokens = await panel_tokens(trading)

    response = await exchange(trading, tokens["access_token"], requested_subject="bb22222-ovh")

    assert "no rule" in await refused_and_recorded(trading, response, "invalid_request")


async def test_more_than_the_delegation_allows(trading: World) -> None:
    await delegate(trading)
    tokens = await panel_tokens(trading)

    for form in ({"scope": "ledger:read", "audience": LEDGER}, {"scope": "openid"}):
        response = await exchange(
            trading, tokens["access_token"], "panel", requested_subject="bb22222-ovh", **form
        )
        await refused_and_recorded(trading, response, "invalid_scope")


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_blocking_either_ends_it(trading: World, who: str) -> None:
    await delegate(trading)
    answer = await act(trading, await panel_tokens(trading))
    further = await exchanged(trading, answer["access_token"])

    await disable_person(trading, who)

    assert not await is_active(trading, answer["access_token"])
    assert not await is_active(trading, further["access_token"])


async def test_signing_out_ends_it(trading: World) -> None:
    await delegate(trading)
    browser = trading.browser()
    tokens = await panel_tokens(trading, browser)
    answer = await act(trading, tokens)

    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    assert not await is_active(trading, answer["access_token"])


async def test_ending_the_delegation_ends_it(trading: World) -> None:
    await delegate(trading)
    tokens = await panel_tokens(trading)
    answer = await act(trading, tokens)
    further = await exchanged(trading, answer["access_token"])

    revoked = REVOKE_FAMILIES_OF_DELEGATION.effect(
        of_delegation=GRANTED, now=trading.clock.now(), reason="delegation_ended"
    )
    assert await trading.house.database.apply([revoked])

    for token in (answer, further):
        assert not await is_active(trading, token["access_token"])
    assert await is_active(trading, tokens["access_token"])
