"""Token exchange as it is meant: each type of token that comes in, what goes out, and who is said to act. RFC 8693."""

from pathlib import Path

import pytest
from sqlalchemy import update

from idp.config.service_accounts import ServiceAccounts
from idp.store.statement import Write
from idp.store.tables.client import client
from tests.oauth.exchange.exchanging import (
    OPAQUE,
    TYPES,
    claims_of,
    disable_person,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    is_active,
    panel_tokens,
    trail,
)
from tests.oauth.wire import success
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, World


async def test_a_service_gets_a_token_for_the_next_one(trading: World) -> None:
    subject = await panel_tokens(trading)
    assert subject["scope"] == "openid invoices:read"  # Of the API, which does not know the ledger's.

    answer = await exchanged(trading, subject["access_token"], resource=LEDGER, scope="ledger:read")

    assert answer["issued_token_type"] == TYPES["access_token"]
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "ledger:read"
    assert "refresh_token" not in answer
    claims, before = claims_of(trading, answer), claims_of(trading, subject)
    assert claims["iss"] == ISSUER
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (before["sub"], "gateway", LEDGER)
    assert claims["act"] == {"sub": "gateway", "client_id": "gateway"}
    assert claims["exp"] <= before["exp"]
    assert (claims["auth_time"], claims["acr"]) == (before["auth_time"], before["acr"])
    assert await is_active(trading, answer["access_token"])


async def test_it_is_recorded_with_its_chain(trading: World) -> None:
    subject = await panel_tokens(trading)
    first = await exchanged(trading, subject["access_token"], audience=LEDGER)
    await exchanged(trading, first["access_token"], "ledgers", audience=LEDGER)

    alice = trading.people["alice"]
    once, twice = await trail(trading)
    assert (once["outcome"], once["actor"], once["subject_id"]) == (
        "success", "client:gateway", alice.subject_id,
    )  # fmt: skip
    assert (once["rule"], once["chain"]) == ("gateway", [alice.sub, "client:gateway"])
    assert once["audience"] == [LEDGER]
    assert twice["chain"] == [alice.sub, "client:gateway", "client:ledgers"]


async def test_what_is_exchanged_hangs_on_its_family(trading: World) -> None:
    subject = await panel_tokens(trading)
    answer = await exchanged(trading, subject["access_token"], audience=LEDGER)

    parent, child = claims_of(trading, subject)["fid"], claims_of(trading, answer)["fid"]
    columns = "session_id, subject_id, sid, is_offline"
    ((*above, expires_at),) = await trading.rows(
        f"SELECT {columns}, expires_at FROM family WHERE family_id = '{parent}'"
    )
    ((*below, parent_id, actor, ends_at),) = await trading.rows(
        f"SELECT {columns}, parent_id, actor, expires_at FROM family WHERE family_id = '{child}'"
    )
    assert below == above
    assert parent_id == parent
    assert actor == '{"sub":"gateway","client_id":"gateway"}'
    assert ends_at == claims_of(trading, answer)["exp"] <= expires_at


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "id_token"])
async def test_a_client_exchanges_what_it_was_issued_itself(trading: World, kind: str) -> None:
    tokens = await panel_tokens(trading)

    answer = await exchanged(trading, tokens[kind], "panel", kind=kind, audience=LEDGER)

    claims = claims_of(trading, answer)
    assert (claims["client_id"], claims["scope"], claims["aud"]) == ("panel", "openid ledger:read", LEDGER)
    assert "act" not in claims  # Its rule has it impersonate.
    # And it keeps what it had.
    refreshed = await trading.browser().token(
        "panel", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert success(refreshed)["access_token"]


async def test_an_access_token_may_be_sent_as_the_jwt_that_it_is(trading: World) -> None:
    subject = await panel_tokens(trading)
    form = {"requested_token_type": TYPES["jwt"], "audience": LEDGER}

    answer = await exchanged(trading, subject["access_token"], kind="jwt", **form)

    assert answer["issued_token_type"] == TYPES["jwt"]
    assert claims_of(trading, answer)["aud"] == LEDGER


async def test_opaque_tokens_are_exchanged_in_both_directions(trading: World) -> None:
    subject = await panel_tokens(trading)

    opaque = await exchanged(trading, subject["access_token"], audience=OPAQUE)
    assert "." not in opaque["access_token"]
    answer = await exchanged(trading, opaque["access_token"], audience=LEDGER)

    claims = claims_of(trading, answer)
    assert claims["act"] == {"sub": "gateway", "client_id": "gateway"}
    assert await is_active(trading, opaque["access_token"])


async def test_a_service_exchanges_its_own_token(trading: World) -> None:
    own = success(await trading.browser().token("gateway", grant_type="client_credentials", resource=API))

    answer = await exchanged(trading, own["access_token"], audience=LEDGER)

    claims = claims_of(trading, answer)
    assert (claims["sub"], claims["client_id"], claims["aud"]) == ("gateway", "gateway", LEDGER)
    assert "act" not in claims  # Nobody acts for anybody.
    assert await is_active(trading, answer["access_token"])
    # Its family has a row now, so that revoking it revokes what came of it.
    revoked = await trading.browser().call("/revoke", "gateway", token=own["access_token"])
    assert revoked.status_code == 200
    assert not await is_active(trading, own["access_token"])
    assert not await is_active(trading, answer["access_token"])


async def test_several_targets_are_asked_for_by_either_name(trading: World) -> None:
    subject = await panel_tokens(trading)
    pairs = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", subject["access_token"]),
        ("subject_token_type", TYPES["access_token"]),
        ("audience", API),
        ("audience", LEDGER),
        ("resource", API),
    ]

    browser = trading.browser()
    browser.http.auth = ("gateway", "gateway-secret")
    answer = success(await browser.http.post("/token", data=_form(pairs)))

    assert claims_of(trading, answer)["aud"] == [API, LEDGER]
    assert answer["scope"] == "invoices:read ledger:read"


async def test_without_a_target_the_default_api_is_meant(trading: World) -> None:
    subject = await panel_tokens(trading)

    answer = await exchanged(trading, subject["access_token"])

    assert claims_of(trading, answer)["aud"] == API
    assert answer["scope"] == "invoices:read"


async def test_a_client_may_ask_for_less(trading: World) -> None:
    subject = await panel_tokens(trading)

    answer = await exchanged(trading, subject["access_token"], scope="invoices:read", expires_in="60")

    assert answer["expires_in"] == 60
    # What was left out stays out, also where the next one could understand it.
    response = await exchange(trading, answer["access_token"], audience=LEDGER, scope="ledger:read")
    assert response.json()["error"] == "invalid_scope"


def _form(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


async def test_whose_a_service_account_is_stays_known(tmp_path: Path, database_url: str) -> None:
    offered = ServiceAccounts(scopes=("ledger:read",))
    async with exchange_world(exchange_settings(database_url, tmp_path, service_accounts=offered)) as world:
        alice = world.people["alice"]
        await _give(world, "ledgers", alice.account_id)
        own = await world.browser().token("ledgers", grant_type="client_credentials", resource=LEDGER)

        answer = await exchanged(world, success(own)["access_token"], "ledgers", audience=LEDGER)

        claims = claims_of(world, answer)
        assert claims["owner"] == {"sub": alice.sub, "customer_id": alice.customer_id}
        assert await is_active(world, answer["access_token"])
        await disable_person(world, "alice")
        assert not await is_active(world, answer["access_token"])


@pytest.mark.parametrize("target", [LEDGER, OPAQUE])
async def test_whose_it_is_stays_known_behind_others(tmp_path: Path, database_url: str, target: str) -> None:
    """What another client exchanges a service account's token for is about it, and so its owner's, each time again."""
    offered = ServiceAccounts(scopes=("invoices:read", "ledger:read"))
    async with exchange_world(exchange_settings(database_url, tmp_path, service_accounts=offered)) as world:
        alice = world.people["alice"]
        await _give(world, "ledgers", alice.account_id)
        own = await world.browser().token("ledgers", grant_type="client_credentials", resource=API)

        once = await exchanged(world, success(own)["access_token"], audience=API)
        twice = await exchanged(world, once["access_token"], audience=target)

        for answer in (once, twice):
            known = success(
                await world.browser().call("/introspect", "introspector", token=answer["access_token"])
            )
            assert known["owner"] == {"sub": alice.sub, "customer_id": alice.customer_id}
            assert (known["sub"], known["act"]["sub"]) == ("ledgers", "gateway")
        await disable_person(world, "alice")
        assert not await is_active(world, once["access_token"])
        assert not await is_active(world, twice["access_token"])


async def test_whose_the_actor_is_says_nothing_of_the_subject(tmp_path: Path, database_url: str) -> None:
    async with exchange_world(exchange_settings(database_url, tmp_path)) as world:
        await _give(world, "gateway", world.people["bob"].account_id)
        subject = await panel_tokens(world)

        claims = claims_of(world, await exchanged(world, subject["access_token"]))

        assert claims["act"]["sub"] == "gateway"
        assert "owner" not in claims


async def _give(world: World, client_id: str, account_id: str) -> None:
    owned = update(client).where(client.c.client_id == client_id).values(owner_id=account_id)
    assert await world.house.database.apply([Write(owned).effect()])
    world.house.clients.forget(client_id)
