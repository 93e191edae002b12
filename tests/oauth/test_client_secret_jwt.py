"""Clients that sign who they are with the secret that they share with us. OpenID Connect Core §9, RFC 7518 §3.2."""

import hmac
import json
from pathlib import Path

import pytest

from idp.adapters.key_files import add_root_key, load_root_keys
from idp.clients.registration import rotate_secret
from idp.records.event import Occasion
from idp.signing.reseal import reseal
from tests.oauth.asserting import (
    PATHS,
    assertion,
    assertion_claims,
    present,
    register_secret_signer,
    register_signer,
    signed_with_secret,
)
from tests.oauth.wire import refused, success
from tests.support.client_keys import base64url, client_key, signed
from tests.support.world import ISSUER, START, World, basic

_OCCASION = Occasion(now=START, actor="cli:test")


@pytest.mark.requirement("S17", "S18")
async def test_what_a_secret_signed_authenticates_at_every_endpoint(world: World) -> None:
    secret = await register_secret_signer(world)

    token = success(await present(world, signed_with_secret(assertion_claims(world), secret)))["access_token"]
    for path in PATHS[1:]:
        proof = signed_with_secret(assertion_claims(world), secret)
        assert (await present(world, proof, path, token=token)).status_code == 200


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
async def test_each_algorithm_has_a_secret_that_is_long_enough(sqlite_world: World, alg: str) -> None:
    """RFC 7518 §3.2: as many bytes as the digest has."""
    secret = await register_secret_signer(sqlite_world, token_endpoint_auth_signing_alg=alg)
    assert len(secret) >= 64

    success(await present(sqlite_world, signed_with_secret(assertion_claims(sqlite_world), secret, alg)))


async def test_the_algorithm_that_a_client_registered_is_the_only_one(sqlite_world: World) -> None:
    secret = await register_secret_signer(sqlite_world, token_endpoint_auth_signing_alg="HS512")

    proof = signed_with_secret(assertion_claims(sqlite_world), secret, "HS256")
    assert "alg is not HS512" in refused(await present(sqlite_world, proof), "invalid_client", 401)


async def test_an_assertion_counts_once(world: World) -> None:
    proof = signed_with_secret(assertion_claims(world), await register_secret_signer(world))

    success(await present(world, proof))
    assert "used before" in refused(await present(world, proof), "invalid_client", 401)


async def test_claims_are_checked_as_any_assertions(sqlite_world: World, subtests: pytest.Subtests) -> None:
    secret = await register_secret_signer(sqlite_world)

    for claims, why in (
        ({"aud": f"{ISSUER}/token"}, "aud is not"),
        ({"exp": START - 300}, "exp is past"),
        ({"iss": "machine"}, "iss and sub"),
        ({"jti": None}, "jti is not"),
        ({"nbf": START + 61}, "nbf is in the future"),
    ):
        with subtests.test(claims=claims):
            proof = signed_with_secret(assertion_claims(sqlite_world, **claims), secret)
            assert why in refused(await present(sqlite_world, proof), "invalid_client", 401)


@pytest.mark.requirement("S17", "S18")
async def test_forgeries_are_refused(sqlite_world: World, subtests: pytest.Subtests) -> None:
    secret = await register_secret_signer(sqlite_world)
    claims = assertion_claims(sqlite_world)
    right = signed_with_secret(claims, secret)
    head, payload, mac = right.split(".")
    named = base64url(json.dumps({"alg": "HS512"}).encode())
    none = base64url(json.dumps({"alg": "none"}).encode())
    sha1 = f"{base64url(json.dumps({'alg': 'HS1'}).encode())}.{payload}"
    [(digest,)] = await sqlite_world.rows("SELECT digest FROM client_secret WHERE client_id = 'signer'")
    forged = {
        "another secret": signed_with_secret(claims, "x" * 64),
        "an empty secret": signed_with_secret(claims, ""),
        "the digest that we store": signed_with_secret(claims, bytes(digest)),
        "a signature": signed(claims, client_key()),
        "none": f"{none}.{payload}.",
        "no MAC": f"{head}.{payload}.",
        "half a MAC": f"{head}.{payload}.{mac[:20]}",
        "no base64": f"{head}.{payload}.é",
        "another digest": f"{sha1}.{base64url(hmac.digest(secret.encode(), sha1.encode(), 'sha1'))}",
        "another algorithm's name": f"{named}.{payload}.{mac}",
        "another type": signed_with_secret(claims, secret, typ="logout+jwt"),
        "a critical extension": signed_with_secret(claims, secret, crit=["exp"]),
    }
    for name, proof in forged.items():
        with subtests.test(forgery=name):
            refused(await present(sqlite_world, proof), "invalid_client", 401)
    success(await present(sqlite_world, right))


async def test_the_secret_itself_is_no_proof(sqlite_world: World) -> None:
    """It would cross the network, which is what such a client avoids."""
    secret = await register_secret_signer(sqlite_world)
    browser = sqlite_world.browser()

    form = {"grant_type": "client_credentials"}
    response = await browser.http.post(
        "/token", data=form, headers={"authorization": basic("signer", secret)}
    )
    refused(response, "invalid_client", 401)
    response = await browser.http.post(
        "/token", data={**form, "client_id": "signer", "client_secret": secret}
    )
    refused(response, "invalid_client", 401)
    refused(await browser.http.post("/token", data={**form, "client_id": "signer"}), "invalid_client", 401)


async def test_methods_are_not_exchanged(sqlite_world: World) -> None:
    await register_signer(sqlite_world, "keyed")
    secret = await register_secret_signer(sqlite_world, "sharing")

    keyed = signed_with_secret(assertion_claims(sqlite_world, "keyed"), secret)
    refused(await present(sqlite_world, keyed), "invalid_client", 401)
    refused(await present(sqlite_world, assertion(sqlite_world, "sharing")), "invalid_client", 401)
    sent = signed_with_secret(assertion_claims(sqlite_world, "machine"), "machine-secret")
    refused(await present(sqlite_world, sent), "invalid_client", 401)


async def test_two_secrets_sign_while_the_client_changes_over(world: World) -> None:
    house = world.house
    first = await register_secret_signer(world)
    second = await rotate_secret(
        house.database,
        house.audit,
        house.entropy,
        _OCCASION,
        "signer",
        overlap_seconds=60,
        root_keys=house.root_keys,
    )

    house.clients.forget("signer")
    for secret in (first, second):
        success(await present(world, signed_with_secret(assertion_claims(world), secret)))
    world.clock.pass_(60)
    refused(await present(world, signed_with_secret(assertion_claims(world), first)), "invalid_client", 401)
    success(await present(world, signed_with_secret(assertion_claims(world), second)))


async def test_secrets_are_sealed_and_follow_a_new_root_key(world: World) -> None:
    secret = await register_secret_signer(world)
    [(sealed, former)] = await world.rows(
        "SELECT sealed, root_key_id FROM client_secret WHERE client_id = 'signer'"
    )
    assert secret.encode() not in bytes(sealed)
    assert await world.rows(
        "SELECT count(*) FROM client_secret WHERE sealed IS NOT NULL OR root_key_id IS NOT NULL"
    ) == [(1,)]

    house, folder = world.house, Path(world.house.settings.keys.directory)
    newer = add_root_key(folder, entropy=house.entropy, now=START + 1)
    root_keys = load_root_keys(folder, sealed_with=[former], entropy=house.entropy, now=START + 1)
    done = await reseal(house.database, root_keys)

    assert done.rows["client_secret"] == 1
    assert await world.rows("SELECT root_key_id FROM client_secret WHERE client_id = 'signer'") == [
        (newer.root_key_id,)
    ]
    assert former != newer.root_key_id
    house.clients.forget("signer")
    success(await present(world, signed_with_secret(assertion_claims(world), secret)))


async def test_nobody_makes_such_a_secret_without_root_keys(sqlite_world: World) -> None:
    house = sqlite_world.house
    await register_secret_signer(sqlite_world)
    with pytest.raises(TypeError, match="needs root keys"):
        await rotate_secret(
            house.database, house.audit, house.entropy, _OCCASION, "signer", overlap_seconds=60
        )
