"""ID tokens as a client registered them: signed in each way, unsigned, encrypted. OpenID Connect Core §2 and §10."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.records.key import ALGORITHMS
from idp.signing.compact import REGISTRY
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from tests.oauth.wire import is_alive, refresh, refused, success
from tests.oidc.by_hand import PrivateKey, decrypted, header_of, unverified, verified
from tests.oidc.shop import (
    answered,
    ec_key,
    jwks_of,
    key_for,
    okp_key,
    open_shop,
    our_keys,
    rsa_key,
    shop_tokens,
    small_rsa_key,
    visit_shop,
)
from tests.support.world import World

JWKS_URI = "https://shop.example/jwks"
HYBRID: dict[str, Any] = {
    "grant_types": frozenset({"authorization_code", "implicit", "refresh_token"}),
    "response_types": frozenset({"code", "code id_token"}),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_an_id_token_is_signed_as_its_client_registered(world: World, algorithm: str) -> None:
    """Authlib deviations 20 and 21: a kid always, the key of the algorithm, and its hash."""
    await open_shop(world, id_token_signed_response_alg=algorithm)
    browser = world.browser()

    first = await shop_tokens(browser)
    second = success(await refresh(browser, first["refresh_token"], "shop"))

    keys: Any = await our_keys(browser)
    for tokens in (first, second):
        token = tokens["id_token"]
        assert header_of(token).keys() == {"alg", "kid", "typ"}
        assert header_of(token)["alg"] == algorithm
        claims = verified(token, keys)
        assert jwt.decode(token, KeySet.import_key_set(keys), registry=REGISTRY).claims == claims
        assert claims["aud"] == "shop"


async def test_an_unsigned_id_token_goes_to_who_registered_it(excepting_world: World) -> None:
    """oidcc-idtoken-unsigned. There is no hash that `none` would name."""
    await open_shop(excepting_world, id_token_signed_response_alg="none")
    browser = excepting_world.browser()

    first = await shop_tokens(browser)
    second = success(await refresh(browser, first["refresh_token"], "shop"))

    for tokens in (first, second):
        assert tokens["id_token"].endswith(".")
        assert header_of(tokens["id_token"]) == {"alg": "none", "typ": "JWT"}
        claims = unverified(tokens["id_token"])
        assert claims["sub"] == excepting_world.people["alice"].sub
        assert not {"at_hash", "c_hash", "s_hash"} & claims.keys()
    assert unverified(first["id_token"])["nonce"] == "n-1"


async def test_an_unsigned_id_token_is_no_hint(sqlite_excepting_world: World) -> None:
    await open_shop(sqlite_excepting_world, id_token_signed_response_alg="none")
    browser = sqlite_excepting_world.browser()
    tokens = await shop_tokens(browser)

    response = await visit_shop(browser, prompt="none", id_token_hint=tokens["id_token"])

    assert answered(response)["error"] == "invalid_request"


async def test_no_unsigned_id_token_leaves_a_strict_installation(world: World) -> None:
    """The registration may be older than the configuration."""
    await open_shop(world, id_token_signed_response_alg="none")
    browser = world.browser()
    response = await visit_shop(browser)

    refused(await browser.redeem(response, "shop"), "invalid_client_metadata")

    assert await world.rows("SELECT redeemed_at FROM code") == [(None,)]


@pytest.mark.parametrize(
    "metadata",
    [HYBRID, {"id_token_encrypted_response_alg": "RSA-OAEP-256"}],
    ids=["front-channel", "encrypted"],
)
async def test_nothing_vouches_for_an_unsigned_id_token_but_the_token_endpoint(
    sqlite_excepting_world: World, metadata: dict[str, Any]
) -> None:
    """Core §2 and §10.2."""
    await open_shop(sqlite_excepting_world, id_token_signed_response_alg="none", **metadata)
    browser = sqlite_excepting_world.browser()
    response = await visit_shop(browser)

    refused(await browser.redeem(response, "shop"), "invalid_client_metadata")
    if metadata is HYBRID:
        hybrid = answered(await visit_shop(browser, response_type="code id_token"))
        assert hybrid["error"] == "invalid_client_metadata"
        assert hybrid["state"] == "some state"


@pytest.mark.parametrize("encryption", KEY_ALGORITHMS)
async def test_an_id_token_is_signed_then_encrypted_to_its_client(
    sqlite_world: World, encryption: str
) -> None:
    browser = sqlite_world.browser()
    key: Any = key_for(encryption)
    keys = await our_keys(browser)
    for number, content in enumerate(CONTENT_ALGORITHMS):
        client_id = f"shop-{number}"
        await open_shop(
            sqlite_world,
            client_id,
            id_token_signed_response_alg="ES256",
            id_token_encrypted_response_alg=encryption,
            id_token_encrypted_response_enc=content,
            jwks=jwks_of(key, use="enc", kid="of the shop"),
        )

        first = await shop_tokens(browser, client_id)
        second = success(await refresh(browser, first["refresh_token"], client_id))

        for tokens in (first, second):
            header = header_of(tokens["id_token"])
            expected = {"alg": encryption, "enc": content, "kid": "of the shop", "cty": "JWT"}
            assert {name: value for name, value in header.items() if name != "epk"} == expected
            nested = decrypted(tokens["id_token"], key)
            assert verified(nested, keys)["aud"] == client_id
            own = RSAKey.import_key(key) if encryption.startswith("RSA") else ECKey.import_key(key)
            known = [encryption, content]
            plain = jwe.decrypt_compact(tokens["id_token"], own, algorithms=known).plaintext
            assert plain == nested.encode()


async def test_the_content_algorithm_has_a_default(world: World) -> None:
    """OpenID Connect Registration §2."""
    await open_shop(world, id_token_encrypted_response_alg="RSA-OAEP-256", jwks=jwks_of(rsa_key()))

    tokens = await shop_tokens(world.browser())

    assert header_of(tokens["id_token"])["enc"] == "A128CBC-HS256"
    assert "kid" not in header_of(tokens["id_token"])


@pytest.mark.parametrize("key_of", [partial(ec_key, "P-521"), okp_key], ids=["P-521", "X25519"])
async def test_keys_of_other_curves_do_as_well(sqlite_world: World, key_of: Callable[[], PrivateKey]) -> None:
    key = key_of()
    await open_shop(
        sqlite_world, id_token_encrypted_response_alg="ECDH-ES+A256KW", jwks=jwks_of(ec_key("secp256k1"), key)
    )
    browser = sqlite_world.browser()

    tokens = await shop_tokens(browser)

    assert verified(decrypted(tokens["id_token"], key), await our_keys(browser))["aud"] == "shop"


@pytest.mark.parametrize("response_type", ["id_token", "code id_token"])
async def test_id_tokens_of_the_front_channel_are_encrypted_too(
    excepting_world: World, response_type: str
) -> None:
    await open_shop(
        excepting_world,
        **{**HYBRID, "response_types": frozenset({"id_token", "code id_token"})},
        id_token_encrypted_response_alg="ECDH-ES",
        id_token_encrypted_response_enc="A256GCM",
        jwks=jwks_of(ec_key()),
    )
    browser = excepting_world.browser()

    response = answered(await visit_shop(browser, response_type=response_type))

    claims = verified(decrypted(response["id_token"], ec_key()), await our_keys(browser))
    assert claims["nonce"] == "n-1"
    assert ("c_hash" in claims) is ("code" in response)


async def test_a_client_without_a_key_is_told_and_loses_nothing(world: World) -> None:
    """The code and the refresh token serve again once the key is there."""
    await open_shop(world, id_token_encrypted_response_alg="RSA-OAEP-256", jwks_uri=JWKS_URI)
    browser = world.browser()
    response = await visit_shop(browser)

    description = refused(await browser.redeem(response, "shop"), "invalid_client_metadata")
    assert "RSA-OAEP-256" in description
    assert "jwks_uri" in description

    world.outside.documents[JWKS_URI] = _document(jwks_of(rsa_key(), kid="1"))
    world.clock.pass_(31)
    first = success(await browser.redeem(response, "shop"))
    assert decrypted(first["id_token"], rsa_key())

    world.outside.documents[JWKS_URI] = _document({"keys": []})
    world.clock.pass_(4_000)
    again = await refresh(browser, first["refresh_token"], "shop")
    refused(again, "invalid_client_metadata")

    world.outside.documents[JWKS_URI] = _document(jwks_of(rsa_key(), kid="2"))
    world.clock.pass_(31)
    second = success(await refresh(browser, first["refresh_token"], "shop"))
    assert header_of(second["id_token"])["kid"] == "2"
    assert await is_alive(world, second)


async def test_a_client_without_a_key_is_told_at_the_authorization_endpoint(excepting_world: World) -> None:
    await open_shop(excepting_world, **HYBRID, id_token_encrypted_response_alg="RSA-OAEP-256")
    browser = excepting_world.browser()

    for _ in ("after a sign-in", "at once"):
        response = answered(await visit_shop(browser, response_type="code id_token"))
        assert response["error"] == "invalid_client_metadata"
        assert (response["state"], response["iss"]) == ("some state", "http://localhost:8000")
        assert not {"code", "id_token"} & response.keys()
    assert await excepting_world.rows("SELECT code_id FROM code") == []
    # The person is signed in all the same, and the code flow has nothing to complain of before the token endpoint.
    assert "code" in answered(await visit_shop(browser, prompt="none"))


UNFIT: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "1024-bits": ("RSA-OAEP-256", lambda: jwks_of(small_rsa_key())),
    "curve-for-rsa": ("RSA-OAEP-256", lambda: jwks_of(ec_key())),
    "signs-only": ("RSA-OAEP-256", lambda: jwks_of(rsa_key(), use="sig")),
    "other-algorithm": ("RSA-OAEP-256", lambda: jwks_of(rsa_key(), alg="RSA-OAEP")),
    "tiny": ("RSA-OAEP-256", lambda: {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQ"}]}),
    "rsa-for-curve": ("ECDH-ES", lambda: jwks_of(rsa_key())),
    "koblitz": ("ECDH-ES", lambda: jwks_of(ec_key("secp256k1"))),
    "ed25519": ("ECDH-ES", lambda: {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}]}),
    "no-secret-can-come-of-it": (
        "ECDH-ES",
        lambda: {"keys": [{"kty": "OKP", "crv": "X25519", "x": "A" * 43}]},
    ),
    "off-the-curve": ("ECDH-ES", lambda: {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}),
    "none": ("ECDH-ES", lambda: {"keys": []}),
}


@pytest.mark.parametrize(("encryption", "jwks"), UNFIT.values(), ids=UNFIT)
async def test_nothing_is_encrypted_to_a_key_that_does_not_fit(
    sqlite_world: World, encryption: str, jwks: Callable[[], dict[str, Any]]
) -> None:
    await open_shop(sqlite_world, id_token_encrypted_response_alg=encryption, jwks=jwks())
    browser = sqlite_world.browser()
    response = await visit_shop(browser)

    refused(await browser.redeem(response, "shop"), "invalid_client_metadata")

    assert await sqlite_world.rows("SELECT redeemed_at FROM code") == [(None,)]


async def test_an_id_token_as_large_as_they_come_is_encrypted(sqlite_world: World) -> None:
    await open_shop(sqlite_world, id_token_encrypted_response_alg="RSA-OAEP-256", jwks=jwks_of(rsa_key()))
    browser = sqlite_world.browser()

    tokens = await shop_tokens(browser, nonce="n" * 4_096)

    nested = decrypted(tokens["id_token"], rsa_key())
    assert verified(nested, await our_keys(browser))["nonce"] == "n" * 4_096


def _document(jwks: dict[str, Any]) -> bytes:
    return json.dumps(jwks).encode()
