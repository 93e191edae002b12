"""What an ID token is bound to, and what it says: OpenID Connect Core §2, §3.1.3.6, §3.2.2.9 and §3.3.2.11.

Each hash is computed anew by `tests/oidc/by_hand.py`, in the hash function of the algorithm's signature.
"""

from typing import Any

import pytest

from idp.oidc.id_token import half_hash
from idp.records.key import ALGORITHMS
from idp.spec.response import RESPONSE_TYPES
from tests.oauth.wire import refresh, success, userinfo
from tests.oidc import by_hand
from tests.oidc.shop import answered, open_shop, our_keys, visit_shop
from tests.support.world import World

HASHES = {"at_hash", "c_hash", "s_hash"}
ALWAYS = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid"}
EVERY_TYPE: dict[str, Any] = {
    "grant_types": frozenset({"authorization_code", "implicit", "refresh_token"}),
    "response_types": frozenset(RESPONSE_TYPES),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_id_token_is_bound_to_what_comes_with_it(excepting_world: World, algorithm: str) -> None:
    """Authlib deviation 20: no hash at all for some algorithms."""
    await open_shop(excepting_world, **EVERY_TYPE, id_token_signed_response_alg=algorithm)
    browser = excepting_world.browser()
    keys = await our_keys(browser)
    for response_type in RESPONSE_TYPES:
        response = await visit_shop(browser, response_type=response_type)
        front = answered(response)
        if "id_token" in front:
            claims = by_hand.verified(front["id_token"], keys)
            beside = {"at_hash": "access_token", "c_hash": "code", "s_hash": "state"}
            expected = {
                name: by_hand.half_hash(front[part], algorithm)
                for name, part in beside.items()
                if part in front
            }
            assert {name: value for name, value in claims.items() if name in HASHES} == expected
            assert (claims["nonce"], claims["sub"]) == ("n-1", excepting_world.people["alice"].sub)
        if "code" not in front:
            continue
        redeemed = {"grant_type": "authorization_code", "code": front["code"], "code_verifier": "v" * 43}
        tokens = success(
            await browser.token("shop", **redeemed, redirect_uri="https://shop.example/callback")
        )
        refreshed = success(await refresh(browser, tokens["refresh_token"], "shop"))
        for back in (tokens, refreshed):
            claims = by_hand.verified(back["id_token"], keys)
            assert claims["at_hash"] == by_hand.half_hash(back["access_token"], algorithm)
            assert not {"c_hash", "s_hash"} & claims.keys()


async def test_an_id_token_says_nothing_that_an_access_token_fetches(excepting_world: World) -> None:
    """Core §5.4; oidcc-server warns of anything more."""
    await open_shop(excepting_world, **EVERY_TYPE)
    browser = excepting_world.browser()
    for response_type in RESPONSE_TYPES:
        front = answered(await visit_shop(browser, response_type=response_type, scope="openid profile email"))
        if "id_token" not in front:
            continue
        claims = by_hand.unverified(front["id_token"])
        told = claims.keys() - ALWAYS - HASHES - {"nonce"}
        if response_type == "id_token":
            assert {"name", "email", "email_verified", "customer_id"} <= told
        else:
            assert told == set(), response_type
        if "access_token" in front:
            found = (await userinfo(browser, front["access_token"])).json()
            assert (found["sub"], found["name"]) == (claims["sub"], "Alice Martin")


async def test_tokens_of_one_sign_in_agree_about_it(excepting_world: World) -> None:
    """One audience needs no `azp` (Core §2); `auth_time` is the sign-in's, by whichever way a token comes."""
    await open_shop(excepting_world, **EVERY_TYPE, require_auth_time=True)
    browser, clock = excepting_world.browser(), excepting_world.clock
    first = answered(await visit_shop(browser, response_type="code id_token"))
    signed_in_at = clock.now()
    clock.pass_(50)
    redeemed = {"grant_type": "authorization_code", "code": first["code"], "code_verifier": "v" * 43}
    second = success(await browser.token("shop", **redeemed, redirect_uri="https://shop.example/callback"))
    clock.pass_(50)
    third = success(await refresh(browser, second["refresh_token"], "shop"))
    fourth = answered(await visit_shop(browser, response_type="id_token token", prompt="none"))

    found = [by_hand.unverified(tokens["id_token"]) for tokens in (first, second, third, fourth)]

    assert [claims["auth_time"] for claims in found] == [signed_in_at] * 4
    assert [claims["iat"] for claims in found] == [signed_in_at + wait for wait in (0, 50, 100, 100)]
    assert [claims.get("nonce") for claims in found] == ["n-1", "n-1", None, "n-1"]
    for claims in found:
        assert (claims["aud"], claims["exp"] > claims["iat"]) == ("shop", True)
        assert "azp" not in claims
        assert claims["sid"] == found[0]["sid"]


async def test_what_a_client_registered_to_ask_is_asked(excepting_world: World) -> None:
    """OpenID Connect Registration §2: default_max_age holds where a request names no max_age."""
    await open_shop(excepting_world, **EVERY_TYPE, default_max_age=60)
    browser = excepting_world.browser()
    assert "code" in answered(await visit_shop(browser))
    excepting_world.clock.pass_(61)

    late = answered(await visit_shop(browser, prompt="none"))
    longer = answered(await visit_shop(browser, prompt="none", max_age="600"))

    assert late["error"] == "login_required"
    assert "code" in longer


def test_a_hash_is_the_one_of_the_specification() -> None:
    """The examples of Core §A.3 and §A.4, and of nobody else's for Ed25519, which hashes by SHA-512."""
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", "ES256") == (
        "LDktKdoQak3Pk0cnXxCltA"
    )
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "EdDSA") == by_hand.half_hash(
        "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "EdDSA"
    )
