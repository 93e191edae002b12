"""JWTs of trusted issuers as subject tokens: whom they mean, and what is refused of them. RFC 7523 §3, RFC 8725."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from sqlalchemy import update

from idp.store.statement import Write
from idp.store.tables.account import account
from tests.oauth.exchange.exchanging import (
    CI,
    ISSUERS,
    MAIL,
    ROBOTS,
    STAFF,
    claims_of,
    disable,
    disable_person,
    exchange,
    exchanged,
    foreign,
    foreign_claims,
    is_active,
    refused_and_recorded,
    trail,
)
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, World

KEY = client_key("RS256", 10)


@pytest.mark.parametrize("issuer", [CI, STAFF, MAIL])
async def test_each_rule_finds_the_customer(trading: World, issuer: str) -> None:
    answer = await exchanged(trading, foreign(trading, issuer), kind="jwt")

    claims = claims_of(trading, answer)
    assert claims["sub"] == trading.people["alice"].sub
    assert claims["act"] == {"sub": "gateway", "client_id": "gateway"}
    assert answer["scope"] == "invoices:read"
    assert answer["expires_in"] == 300
    assert not {"auth_time", "acr", "amr"} & claims.keys()  # Nobody signed in here.
    assert await is_active(trading, answer["access_token"])
    event = (await trail(trading))[-1]
    assert (event["issuer"], event["subject_token"]) == (issuer, "jwt")


async def test_a_service_is_meant(trading: World) -> None:
    answer = await exchanged(trading, foreign(trading, ROBOTS), kind="jwt", audience=LEDGER)

    claims = claims_of(trading, answer)
    assert (claims["sub"], claims["client_id"]) == ("ledgers", "gateway")
    assert claims["act"] == {"sub": "gateway", "client_id": "gateway"}
    assert await is_active(trading, answer["access_token"])
    await disable(trading, "ledgers")
    assert not await is_active(trading, answer["access_token"])
    response = await exchange(trading, foreign(trading, ROBOTS), kind="jwt", audience=LEDGER)
    await refused_and_recorded(trading, response, "invalid_request")


async def test_a_subject_that_is_disabled_ends_it(trading: World) -> None:
    answer = await exchanged(trading, foreign(trading), kind="jwt")

    await disable_person(trading, "alice")

    assert not await is_active(trading, answer["access_token"])
    await refused_and_recorded(
        trading, await exchange(trading, foreign(trading), kind="jwt"), "invalid_request"
    )


async def test_a_foreign_token_may_be_exchanged_again(trading: World) -> None:
    """Only the JWT bearer grant uses it up."""
    subject = foreign(trading)

    assert (await exchanged(trading, subject, kind="jwt"))["access_token"]
    assert (await exchanged(trading, subject, kind="jwt"))["access_token"]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://nobody.example.test"},
        {"iss": ISSUER},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "zz99999-ovh"},
        {"sub": "dd44444-ovh"},
        {"sub": "x" * 300},
        {"sub": "aa11111\0-ovh"},
        {"aud": None},
        {"aud": "https://elsewhere.example.test"},
        {"aud": ["https://elsewhere.example.test", 7]},
        {"aud": {"a": ISSUER}},
        {"exp": None},
        {"exp": "1800000300"},
        {"exp": True},
        {"exp": 1_799_999_999},
        {"exp": 1_800_000_000},
        {"exp": 1_800_100_000},
        {"exp": 1e300},
        {"iat": 1_800_000_100},
        {"nbf": 1_800_000_100},
        {"iat": 1_700_000_000},
        {"iat": None, "exp": 1_800_003_601},
        {"act": "gateway"},
        {"act": {}},
        {"act": {"sub": ""}},
        {"act": {"sub": "gateway", "client_id": "gateway", "iss": ISSUER}},
        {"act": {"sub": "a", "act": {"sub": "b", "act": {"sub": "a"}}}},
        {"act": {"sub": "gateway", "act": {"sub": "gateway"}}},
        {"cnf": {"jkt": "x" * 43}},
        {"cnf": {"x5t#S256": "x" * 43}},
        {"cnf": "x"},
    ],
)
async def test_claims_that_are_refused(sqlite_trading: World, claims: dict[str, Any]) -> None:
    number = 10
    token = signed(foreign_claims(sqlite_trading, CI, **claims), client_key("RS256", number), kid="one")

    response = await exchange(sqlite_trading, token, kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_an_actor_of_theirs_keeps_their_name(sqlite_trading: World) -> None:
    """Also one who is called as a service of ours."""
    subject = foreign(sqlite_trading, act={"sub": "gateway", "client_id": "gateway"})

    answer = await exchanged(sqlite_trading, subject, kind="jwt")
    claims = claims_of(sqlite_trading, answer)
    assert await is_active(sqlite_trading, answer["access_token"])

    theirs = {"sub": "gateway", "client_id": "gateway", "iss": CI}
    assert claims["act"] == {"sub": "gateway", "client_id": "gateway", "act": theirs}


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": "nobody@example.test"},
        {"email": None},
        {"email": 7},
    ],
)
async def test_an_address_that_nobody_proved(sqlite_trading: World, claims: dict[str, Any]) -> None:
    response = await exchange(sqlite_trading, foreign(sqlite_trading, MAIL, **claims), kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_an_address_that_was_not_proved_here(sqlite_trading: World) -> None:
    write = Write(update(account).values(primary_email_verified=0))
    assert await sqlite_trading.house.database.apply([write.effect()])

    response = await exchange(sqlite_trading, foreign(sqlite_trading, MAIL), kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example.test/jwks"},
        {"jwk": KEY.as_dict(private=False)},
        {"x5u": "https://evil.example.test/chain"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"typ": "logout+jwt"},
        {"typ": "dpop+jwt"},
        {"typ": "secevent+jwt"},
        {"kid": 7},
    ],
)
async def test_headers_that_are_refused(sqlite_trading: World, header: dict[str, Any]) -> None:
    """With their own key: what the header says is reason enough. Nothing is fetched from where it points."""
    token = signed(foreign_claims(sqlite_trading, CI), KEY, **{"kid": "one", **header})

    response = await exchange(sqlite_trading, token, kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")
    assert not [url for url in sqlite_trading.outside.fetched if "evil" in url]


async def test_a_forged_jku_with_a_key_of_ones_own(sqlite_trading: World) -> None:
    evil = client_key("RS256", 66)
    address = "https://evil.example.test/jwks"
    keys = jwks(public_jwk(evil, kid="one"))
    sqlite_trading.outside.documents[address] = json.dumps(keys).encode()
    token = signed(foreign_claims(sqlite_trading, CI), evil, kid="one", jku=address)

    response = await exchange(sqlite_trading, token, kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")
    assert address not in sqlite_trading.outside.fetched


async def test_signatures_that_are_none(sqlite_trading: World) -> None:
    """By another issuer's key, by no key, by ours as a password, and with an algorithm that the issuer does not use."""
    claims = foreign_claims(sqlite_trading, CI)
    body = base64url(json.dumps(claims).encode())
    none = f"{base64url(json.dumps({'alg': 'none', 'kid': 'one'}).encode())}.{body}."
    own = sqlite_trading.house.keyring.sign(claims, algorithm="ES256", typ="JWT")
    for token in (
        signed(claims, client_key("RS256", 11), kid="one"),
        signed(claims, KEY, "PS256", kid="one"),
        none,
        own,
        foreign(sqlite_trading).rpartition(".")[0] + ".",
    ):
        response = await exchange(sqlite_trading, token, kind="jwt")
        await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_one_issuer_does_not_speak_for_another(sqlite_trading: World) -> None:
    """Signed by the staff's issuer, in the name of the other."""
    claims = foreign_claims(sqlite_trading, CI)
    token = signed(claims, client_key("RS256", 11), kid="one")

    await refused_and_recorded(
        sqlite_trading, await exchange(sqlite_trading, token, kind="jwt"), "invalid_request"
    )


@pytest.mark.parametrize("kind", ["access_token", "id_token", "refresh_token"])
async def test_a_foreign_token_is_none_of_ours(sqlite_trading: World, kind: str) -> None:
    response = await exchange(sqlite_trading, foreign(sqlite_trading), kind=kind)

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_who_has_no_rule_for_an_issuer(sqlite_trading: World) -> None:
    response = await exchange(sqlite_trading, foreign(sqlite_trading), "ledgers", kind="jwt", audience=LEDGER)

    assert "no rule" in await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_nobody_acts_for_others_with_a_foreign_token(sqlite_trading: World) -> None:
    response = await exchange(
        sqlite_trading, foreign(sqlite_trading), kind="jwt", requested_subject="bb22222-ovh"
    )

    assert "requested_subject" in await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_a_new_key_of_an_issuer_is_fetched(sqlite_trading: World) -> None:
    assert (await exchanged(sqlite_trading, foreign(sqlite_trading), kind="jwt"))["access_token"]
    newer = client_key("RS256", 77)
    keys = jwks(public_jwk(newer, kid="two"))
    sqlite_trading.outside.documents[ISSUERS[0].jwks_uri] = json.dumps(keys).encode()
    sqlite_trading.clock.pass_(60)

    token = signed(foreign_claims(sqlite_trading, CI), newer, kid="two")

    assert (await exchanged(sqlite_trading, token, kind="jwt", audience=API))["access_token"]


async def test_keys_that_can_not_be_had(sqlite_trading: World) -> None:
    sqlite_trading.outside.documents.clear()

    response = await exchange(sqlite_trading, foreign(sqlite_trading), kind="jwt")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_claims_that_are_no_json(sqlite_trading: World) -> None:
    for payload in (b"[]", b"{", b'{"iss": "a", "iss": "b"}', b'{"exp": NaN}', b'{"sub": "\\ud800"}'):
        token = signed(payload, KEY, kid="one")
        response = await exchange(sqlite_trading, token, kind="jwt")
        await refused_and_recorded(sqlite_trading, response, "invalid_request")
    padded = urlsafe_b64encode(b"{}").decode()
    response = await exchange(sqlite_trading, f"{padded}.{padded}.{padded}", kind="jwt")
    await refused_and_recorded(sqlite_trading, response, "invalid_request")
