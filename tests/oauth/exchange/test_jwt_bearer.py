"""The JWT bearer grant: what a trusted issuer's JWT brings, once, and what is refused of it. RFC 7523 §2.1 and §3."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from idp.clients.metadata import JWT_BEARER
from tests.oauth.exchange.exchanging import (
    CI,
    MAIL,
    ROBOTS,
    STAFF,
    claims_of,
    disable,
    disable_person,
    foreign,
    foreign_claims,
    is_active,
    panel_tokens,
    refused_and_recorded,
)
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key, jwks, public_jwk, signed
from tests.support.clients import LEDGER
from tests.support.proving import dpop_key, jkt_of, post, proof
from tests.support.world import ISSUER, World

KEY = client_key("RS256", 10)


async def present(world: World, assertion: str, client: str = "gateway", **form: str) -> httpx2.Response:
    asked = {"grant_type": JWT_BEARER, "assertion": assertion, **form}
    return await world.browser().token(client, **{name: value for name, value in asked.items() if value})


async def assert_refused(world: World, response: httpx2.Response, error: str = "invalid_grant") -> str:
    return await refused_and_recorded(world, response, error, kind="assertion.refused")


@pytest.mark.parametrize("issuer", [CI, MAIL])
async def test_a_customer_is_meant(trading: World, issuer: str) -> None:
    answer = success(await present(trading, foreign(trading, issuer)))

    claims = claims_of(trading, answer)
    assert (claims["sub"], claims["client_id"]) == (trading.people["alice"].sub, "gateway")
    assert answer["scope"] == claims["scope"] == "invoices:read"
    assert answer["expires_in"] == 300
    assert not {"act", "auth_time", "cnf"} & claims.keys()
    assert "refresh_token" not in answer
    assert await is_active(trading, answer["access_token"])
    rows = await trading.rows("SELECT reason, details FROM audit_event WHERE type = 'token.issued'")
    assert rows[-1][0] == "jwt_bearer"
    assert json.loads(rows[-1][1])["issuer"] == issuer


async def test_a_service_is_meant(trading: World) -> None:
    answer = success(await present(trading, foreign(trading, ROBOTS), resource=LEDGER))

    assert claims_of(trading, answer)["sub"] == "ledgers"
    assert answer["scope"] == "ledger:read"
    assert await is_active(trading, answer["access_token"])
    await disable(trading, "gateway")
    assert not await is_active(trading, answer["access_token"])


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/token", [ISSUER, "https://elsewhere.example.test"]])
async def test_it_is_for_us(sqlite_trading: World, audience: Any) -> None:
    assert success(await present(sqlite_trading, foreign(sqlite_trading, aud=audience)))["access_token"]


async def test_it_is_accepted_once(trading: World) -> None:
    assertion = foreign(trading)
    assert success(await present(trading, assertion))["access_token"]

    assert "used before" in await assert_refused(trading, await present(trading, assertion))


async def test_of_two_at_once_one_is_accepted(trading: World) -> None:
    assertion = foreign(trading)

    answers = await asyncio.gather(*(present(trading, assertion) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    ((count,),) = await trading.rows("SELECT count(*) FROM family")
    assert count == 1


async def test_what_is_refused_is_not_used_up(trading: World) -> None:
    assertion = foreign(trading)
    await assert_refused(trading, await present(trading, assertion, scope="invoices:pay"), "invalid_scope")
    await assert_refused(
        trading, await present(trading, assertion, resource="https://x.test"), "invalid_target"
    )

    assert success(await present(trading, assertion))["access_token"]


async def test_another_issuer_may_use_the_same_jti(trading: World) -> None:
    for issuer in (CI, MAIL):
        assert success(await present(trading, foreign(trading, issuer, jti="one")))["access_token"]
    again = await present(trading, foreign(trading, CI, jti="one"))
    await assert_refused(trading, again)


async def test_what_it_brings_ends_with_the_person(trading: World) -> None:
    answer = success(await present(trading, foreign(trading)))

    await disable_person(trading, "alice")

    assert not await is_active(trading, answer["access_token"])
    await assert_refused(trading, await present(trading, foreign(trading)))


async def test_a_proof_binds_it(sqlite_trading: World) -> None:
    form = {"grant_type": JWT_BEARER, "assertion": foreign(sqlite_trading)}
    dpop = proof(sqlite_trading, dpop_key(51))

    answer = success(await post(sqlite_trading, "/token", "gateway", dpop, **form))

    assert answer["token_type"] == "DPoP"
    assert claims_of(sqlite_trading, answer)["cnf"] == {"jkt": jkt_of(dpop_key(51))}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://nobody.example.test"},
        {"iss": ISSUER},
        {"sub": None},
        {"sub": "zz99999-ovh"},
        {"sub": "dd44444-ovh"},
        {"aud": None},
        {"aud": "gateway"},
        {"aud": "https://elsewhere.example.test"},
        {"exp": None},
        {"exp": 1_800_000_000},
        {"exp": 1_800_100_000},
        {"iat": 1_800_000_100},
        {"nbf": 1_800_000_100},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 300},
        {"act": {"sub": "somebody"}},
        {"may_act": {"sub": "gateway"}},
        {"cnf": {"jkt": "x" * 43}},
    ],
)
async def test_claims_that_are_refused(sqlite_trading: World, claims: dict[str, Any]) -> None:
    token = signed(foreign_claims(sqlite_trading, CI, **claims), KEY, kid="one")

    await assert_refused(sqlite_trading, await present(sqlite_trading, token))


async def test_forgeries(sqlite_trading: World) -> None:
    evil, claims = client_key("RS256", 66), foreign_claims(sqlite_trading, CI)
    address = "https://evil.example.test/jwks"
    sqlite_trading.outside.documents[address] = json.dumps(jwks(public_jwk(evil, kid="one"))).encode()
    tokens = await panel_tokens(sqlite_trading)
    for token in (
        signed(claims, evil, kid="one"),
        signed(claims, evil, kid="one", jku=address),
        signed(claims, evil, jwk=evil.as_dict(private=False)),
        signed(claims, client_key("RS256", 11), kid="one"),
        signed(claims, KEY, "PS256", kid="one"),
        signed(claims, KEY, kid="one", typ="logout+jwt"),
        sqlite_trading.house.keyring.sign(claims, algorithm="ES256", typ="JWT"),
        tokens["access_token"],
        tokens["id_token"],
        tokens["refresh_token"],
        "x",
    ):
        await assert_refused(sqlite_trading, await present(sqlite_trading, token))
    assert address not in sqlite_trading.outside.fetched


async def test_clients_that_may_not_use_it(sqlite_trading: World) -> None:
    """No issuer names them, or they have not registered the grant; the staff's issuer names nobody at all."""
    for client in ("ledgers", "stranger"):
        response = await present(sqlite_trading, foreign(sqlite_trading), client)
        await assert_refused(sqlite_trading, response, "unauthorized_client")
    for client in ("machine", "panel", "spa"):
        response = await present(sqlite_trading, foreign(sqlite_trading), client)
        await assert_refused(sqlite_trading, response, "unauthorized_client")
    staff = await present(sqlite_trading, foreign(sqlite_trading, STAFF))
    await assert_refused(sqlite_trading, staff, "unauthorized_client")


async def test_without_an_assertion(sqlite_trading: World) -> None:
    await assert_refused(sqlite_trading, await present(sqlite_trading, ""), "invalid_request")


async def test_the_client_authenticates_too(sqlite_trading: World) -> None:
    form = {
        "grant_type": JWT_BEARER, "assertion": foreign(sqlite_trading),
        "client_id": "gateway", "client_secret": "wrong",
    }  # fmt: skip

    refused(await sqlite_trading.browser().http.post("/token", data=form), "invalid_client", 401)


@pytest.mark.parametrize(
    "scope", ["invoices:pay", "openid", "ledger:read", "invoices:read  x", "offline_access"]
)
async def test_more_scope_than_there_is(sqlite_trading: World, scope: str) -> None:
    response = await present(sqlite_trading, foreign(sqlite_trading), scope=scope)

    await assert_refused(sqlite_trading, response, "invalid_scope")


async def test_used_ones_are_forgotten_when_they_can_not_come_again(sqlite_trading: World) -> None:
    assertion = foreign(sqlite_trading)
    success(await present(sqlite_trading, assertion))

    ((until,),) = await sqlite_trading.rows("SELECT expires_at FROM replay")
    assert until > sqlite_trading.clock.now() + 300
