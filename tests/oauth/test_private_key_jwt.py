"""Clients that sign who they are: with what, for whom, for how long. RFC 7523, OpenID Connect Core §9."""

import json
from typing import Any

import pytest

from tests.oauth.asserting import assertion, assertion_claims, present, register_signer
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key, jwks, public_jwk, signed
from tests.support.world import ISSUER, START, World


@pytest.mark.requirement("S17", "S18")
async def test_a_signature_authenticates_at_every_endpoint(world: World) -> None:
    await register_signer(world)

    token = success(await present(world, assertion(world)))["access_token"]
    found = await present(world, assertion(world), "/introspect", token=token)
    assert success(found)["active"] is True
    assert (await present(world, assertion(world), "/revoke", token=token)).status_code == 200
    found = await present(world, assertion(world), "/introspect", token=token)
    assert success(found) == {"active": False}
    success(await present(world, assertion(world), client_id="signer"))


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_each_algorithm_of_ours_may_sign(sqlite_world: World, alg: str) -> None:
    """Authlib deviation 17: PS256 and EdDSA were refused, and HS256 accepted."""
    await register_signer(sqlite_world, jwks=jwks(public_jwk(client_key(alg))))

    token = signed(assertion_claims(sqlite_world), client_key(alg), alg)

    success(await present(sqlite_world, token))


async def test_the_algorithm_that_a_client_registered_is_the_only_one(sqlite_world: World) -> None:
    """Authlib deviation 17: token_endpoint_auth_signing_alg was not looked at."""
    await register_signer(sqlite_world, token_endpoint_auth_signing_alg="PS256")

    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), "PS256")))
    response = await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), "RS256"))
    assert "alg is not PS256" in refused(response, "invalid_client", 401)


@pytest.mark.parametrize("kid", ["", "one", "unknown to a set whose keys have no names"])
async def test_a_single_key_needs_no_name(sqlite_world: World, kid: str) -> None:
    """The certification suite registers a key without kid."""
    await register_signer(sqlite_world)
    header = {"kid": kid} if kid else {}

    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), **header)))


@pytest.mark.requirement("S18")
async def test_an_assertion_is_for_the_issuer_alone(sqlite_world: World, subtests: pytest.Subtests) -> None:
    """RFC 7523bis §4: what was meant for another server, or for several, is none for us."""
    await register_signer(sqlite_world)

    audiences: tuple[object, ...] = (
        None, "", f"{ISSUER}/", f"{ISSUER}/token", "https://else.example", [ISSUER], [ISSUER, "https://else.example"],
        [], {}, 1, ISSUER.upper(),
    )  # fmt: skip
    for audience in audiences:
        with subtests.test(audience=audience):
            response = await present(sqlite_world, assertion(sqlite_world, aud=audience))
            assert "aud is not http://localhost:8000" in refused(response, "invalid_client", 401)


async def test_the_exception_lets_endpoints_be_named(
    sqlite_excepting_world: World, subtests: pytest.Subtests
) -> None:
    world = sqlite_excepting_world
    await register_signer(world)

    for path, audience in (
        ("/token", ISSUER),
        ("/token", f"{ISSUER}/token"),
        ("/introspect", f"{ISSUER}/token"),
        ("/introspect", f"{ISSUER}/introspect"),
        ("/token", [f"{ISSUER}/token"]),
        ("/token", [ISSUER, f"{ISSUER}/token"]),
    ):
        with subtests.test(path=path, audience=audience):
            success(await present(world, assertion(world, aud=audience), path))
    wrong: tuple[object, ...] = (
        f"{ISSUER}/introspect",
        [ISSUER, "https://else.example"],
        [],
        [[ISSUER]],
        None,
    )
    for other in wrong:
        with subtests.test(refused=other):
            refused(await present(world, assertion(world, aud=other)), "invalid_client", 401)


_WRONG_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"iss": None}, "iss and sub"),
    ({"iss": "manager"}, "iss and sub"),
    ({"iss": ["signer"]}, "iss and sub"),
    ({"sub": None}, "sub is not a client_id"),
    ({"sub": ["signer"]}, "sub is not a client_id"),
    ({"sub": "signer\0"}, "sub is not a client_id"),
    ({"sub": "\ud800"}, "not a JSON object"),  # No database and no digest takes half a character.
    ({"jti": "\ud800"}, "not a JSON object"),
    ({"exp": None}, "exp is missing"),
    ({"exp": START - 31}, "exp is past"),
    ({"exp": START - 300}, "exp is past"),
    ({"exp": START + 3_700}, "exp is more than"),
    ({"exp": 1e300}, "exp is more than"),
    ({"exp": -1}, "exp is past"),
    ({"exp": str(START + 60)}, "exp is not a time"),
    ({"exp": True}, "exp is not a time"),
    ({"exp": [START]}, "exp is not a time"),
    ({"nbf": START + 61}, "nbf is in the future"),
    ({"nbf": "now"}, "nbf is not a time"),
    ({"iat": START + 61}, "iat is in the future"),
    ({"iat": {}}, "iat is not a time"),
    ({"jti": None}, "jti is not"),
    ({"jti": ""}, "jti is not"),
    ({"jti": 7}, "jti is not"),
    ({"jti": "x" * 257}, "jti is not"),
]


@pytest.mark.requirement("S18", "S19", "S76")
async def test_wrong_claims_are_named(sqlite_world: World, subtests: pytest.Subtests) -> None:
    await register_signer(sqlite_world)

    for claims, why in _WRONG_CLAIMS:
        with subtests.test(claims=claims):
            response = await present(sqlite_world, assertion(sqlite_world, **claims))
            assert why in refused(response, "invalid_client", 401)


@pytest.mark.requirement("S19")
async def test_clocks_may_differ_a_little(sqlite_world: World) -> None:
    await register_signer(sqlite_world)

    success(await present(sqlite_world, assertion(sqlite_world, iat=START + 10, nbf=START + 10)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START - 10)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START + 3_600, iat=None)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START + 59.5)))


async def test_keys_are_fetched_and_fetched_again_for_a_new_one(world: World) -> None:
    """OpenID Connect Core §10.1.1: a client rotates its keys by publishing them."""
    address = "https://signer.example/jwks"
    await register_signer(world, jwks_uri=address)
    old, new = client_key(), client_key("RSA", 1)
    world.outside.documents[address] = json.dumps(jwks(public_jwk(old, kid="old"))).encode()

    success(await present(world, signed(assertion_claims(world), old, kid="old")))
    success(await present(world, signed(assertion_claims(world), old, kid="old")))
    assert world.outside.fetched == [address]

    world.outside.documents[address] = json.dumps(jwks(public_jwk(new, kid="new"))).encode()
    world.clock.pass_(60)
    success(await present(world, signed(assertion_claims(world), new, kid="new")))
    assert world.outside.fetched == [address] * 2
    refused(await present(world, signed(assertion_claims(world), old, kid="old")), "invalid_client", 401)


@pytest.mark.requirement("S79")
async def test_invented_names_of_keys_cause_no_flood(sqlite_world: World) -> None:
    address = "https://signer.example/jwks"
    await register_signer(sqlite_world, jwks_uri=address)
    sqlite_world.outside.documents[address] = json.dumps(jwks(public_jwk(client_key(), kid="k"))).encode()
    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), kid="k")))
    sqlite_world.clock.pass_(60)

    for number in range(50):
        token = signed(assertion_claims(sqlite_world), client_key("RSA", 1), kid=f"invented-{number}")
        refused(await present(sqlite_world, token), "invalid_client", 401)

    assert len(sqlite_world.outside.fetched) == 2


async def test_keys_that_are_not_to_be_had_are_told(sqlite_world: World) -> None:
    await register_signer(sqlite_world, jwks_uri="https://gone.example/jwks")

    response = await present(sqlite_world, assertion(sqlite_world))

    assert "no usable key" in refused(response, "invalid_client", 401)
