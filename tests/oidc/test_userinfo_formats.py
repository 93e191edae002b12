"""Userinfo as a client registered it: JSON, signed, encrypted, both; and what it says. OpenID Connect Core §5."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from idp.oidc.claims import claims_of
from idp.records.client import RefreshPolicy
from idp.records.key import ALGORITHMS
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from idp.store.statement import Write
from tests.oauth.wire import userinfo
from tests.oidc.by_hand import decrypted, header_of, unverified, verified
from tests.oidc.shop import (
    answered,
    ec_key,
    jwks_of,
    key_for,
    open_shop,
    our_keys,
    rsa_key,
    shop_tokens,
    small_rsa_key,
    visit_shop,
)
from tests.support.world import ISSUER, World

ID_TOKEN_TIMES = {"exp", "iat", "nonce", "auth_time"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_userinfo_is_signed_as_its_client_registered(world: World, algorithm: str) -> None:
    """oidcc-userinfo-rs256; §5.3.2."""
    await open_shop(world, userinfo_signed_response_alg=algorithm)
    browser = world.browser()
    tokens = await shop_tokens(browser)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}

    responses = [
        await browser.http.get("/userinfo", headers=bearer),
        await browser.http.post("/userinfo", headers=bearer),
        await browser.http.post("/userinfo", data={"access_token": tokens["access_token"]}),
    ]

    for response in responses:
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/jwt"
        assert response.headers["cache-control"] == "no-store"
        assert header_of(response.text)["alg"] == algorithm
        claims = verified(response.text, await our_keys(browser))
        assert (claims["iss"], claims["aud"]) == (ISSUER, "shop")
        assert claims["sub"] == world.people["alice"].sub
        assert claims["name"] == "Alice Martin"
        assert not ID_TOKEN_TIMES & claims.keys()


@pytest.mark.parametrize("encryption", KEY_ALGORITHMS)
async def test_userinfo_is_encrypted_with_and_without_a_signature(
    sqlite_world: World, encryption: str
) -> None:
    browser, key = sqlite_world.browser(), key_for(encryption)
    for number, content in enumerate(CONTENT_ALGORITHMS):
        for signed in ("", "ES256"):
            client_id = f"shop-{number}-{signed}"
            await open_shop(
                sqlite_world,
                client_id,
                userinfo_signed_response_alg=signed,
                userinfo_encrypted_response_alg=encryption,
                userinfo_encrypted_response_enc=content,
                jwks=jwks_of(key),
            )
            tokens = await shop_tokens(browser, client_id)

            response = await userinfo(browser, tokens["access_token"])

            assert response.headers["content-type"] == "application/jwt"
            header = header_of(response.text)
            assert (header["alg"], header["enc"]) == (encryption, content)
            assert header.get("cty") == ("JWT" if signed else None)
            plain = decrypted(response.text, key)
            claims = verified(plain, await our_keys(browser)) if signed else json.loads(plain)
            assert claims["sub"] == sqlite_world.people["alice"].sub
            assert claims["aud"] == client_id


@pytest.mark.parametrize("keys", [(), (small_rsa_key,), (ec_key,)], ids=["none", "1024-bits", "curve"])
async def test_a_client_without_a_key_is_told_at_userinfo(
    sqlite_world: World, keys: tuple[Callable[[], Any], ...]
) -> None:
    await open_shop(
        sqlite_world, userinfo_encrypted_response_alg="RSA-OAEP", jwks=jwks_of(*(key() for key in keys))
    )
    browser = sqlite_world.browser()
    tokens = await shop_tokens(browser)

    response = await userinfo(browser, tokens["access_token"])

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["error"] == "invalid_client_metadata"
    assert "RSA-OAEP" in response.json()["error_description"]


async def test_a_key_that_the_client_published_since_is_fetched(world: World) -> None:
    uri = "https://shop.example/jwks"
    await open_shop(world, userinfo_encrypted_response_alg="RSA-OAEP-256", jwks_uri=uri)
    browser = world.browser()
    tokens = await shop_tokens(browser)
    world.outside.documents[uri] = json.dumps(jwks_of(rsa_key(), use="sig")).encode()
    assert (await userinfo(browser, tokens["access_token"])).status_code == 400

    world.outside.documents[uri] = json.dumps(jwks_of(rsa_key(), use="enc")).encode()
    # Whoever asks at once makes no flood.
    assert (await userinfo(browser, tokens["access_token"])).status_code == 400
    assert len(world.outside.fetched) == 1
    world.clock.pass_(31)

    response = await userinfo(browser, tokens["access_token"])

    assert json.loads(decrypted(response.text, rsa_key()))["name"] == "Alice Martin"


async def test_signed_userinfo_is_no_access_token(sqlite_world: World) -> None:
    """RFC 8725 §2.8: one kind of JWT must not do for another."""
    await open_shop(sqlite_world, userinfo_signed_response_alg="ES256")
    browser = sqlite_world.browser()
    tokens = await shop_tokens(browser)
    answer = (await userinfo(browser, tokens["access_token"])).text

    assert (await userinfo(browser, answer)).status_code == 401


async def test_claims_are_asked_for_one_by_one(world: World) -> None:
    """oidcc-claims-essential; §5.5: where they were asked for, and nowhere else."""
    await open_shop(world, userinfo_signed_response_alg="RS256")
    browser = world.browser()
    asked = {"userinfo": {"name": {"essential": True}}, "id_token": {"email": None}}

    tokens = await shop_tokens(browser, scope="openid", claims=json.dumps(asked))

    found = unverified((await userinfo(browser, tokens["access_token"])).text)
    assert found["name"] == "Alice Martin"
    assert "email" not in found
    id_token = unverified(tokens["id_token"])
    assert id_token["email"] == "alice@example.test"
    assert "name" not in id_token


async def test_no_claim_of_a_profile_passes_for_the_protocol(excepting_world: World) -> None:
    """Authlib deviation 22: what people's claims held was merged last."""
    world, alice = excepting_world, excepting_world.people["alice"]
    protocol = (
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "nonce",
        "acr",
        "amr",
        "sid",
        "auth_time",
        "at_hash",
        "azp",
    )
    profile = json.dumps({"name": "Alice Martin"} | dict.fromkeys(protocol, "forged"))
    forging = Write(text("UPDATE account SET profile = :profile WHERE account_id = :of_account"))
    assert await world.house.database.apply([forging.effect(profile=profile, of_account=alice.account_id)])
    await open_shop(
        world,
        userinfo_signed_response_alg="ES256",
        grant_types=frozenset({"authorization_code", "implicit"}),
        response_types=frozenset({"code", "id_token"}),
        refresh=RefreshPolicy.OFFLINE,
    )
    browser = world.browser()
    claims = json.dumps({"userinfo": dict.fromkeys(protocol), "id_token": dict.fromkeys(protocol)})

    tokens = await shop_tokens(browser, claims=claims)
    front = answered(await visit_shop(browser, claims=claims, response_type="id_token"))

    info = (await userinfo(browser, tokens["access_token"])).text
    for token in (tokens["id_token"], front["id_token"], tokens["access_token"], info):
        found = unverified(token)
        assert "forged" not in found.values()
        assert (found["iss"], found["sub"]) == (ISSUER, alice.sub)
    assert not ID_TOKEN_TIMES & unverified(info).keys()
    assert unverified(front["id_token"])["name"] == unverified(info)["name"] == "Alice Martin"


async def test_every_claim_has_its_type(sqlite_world: World) -> None:
    """§5.1: nothing is null, empty, or of another type, whatever a profile that came from elsewhere holds."""
    wrong = {
        "name": "",
        "given_name": None,
        "nickname": 7,
        "website": ["https://alice.example"],
        "birthdate": {},
        "phone_number": False,
        "phone_number_verified": "true",
        "address": {"locality": "", "country": None, "region": 3},
    }
    alice = sqlite_world.people["alice"]
    assert not claims_of(replace(alice, profile=wrong), wrong)
    right = {
        "name": "Alice",
        "birthdate": "1984-02-29",
        "phone_number_verified": False,
        "address": {"locality": "Lille", "country": ""},
    }
    assert claims_of(replace(alice, profile=right), right) == {**right, "address": {"locality": "Lille"}}
    own = claims_of(alice, ("email_verified", "updated_at", "customer_id"))
    assert {name: type(value) for name, value in own.items()} == {
        "email_verified": bool,
        "updated_at": int,
        "customer_id": str,
    }
