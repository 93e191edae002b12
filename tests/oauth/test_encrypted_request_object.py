"""Request objects that are encrypted to us. OpenID Connect Core §6.1, RFC 9101 §4, RFC 7519 §5.2."""

import json

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, JWKRegistry

from idp.signing.encryption import CONTENT_ALGORITHMS
from tests.oauth.asking import (
    ask,
    encrypted,
    is_asking,
    object_claims,
    refusal,
    register_asker,
    request_object,
    unsigned,
)
from tests.support.client_keys import client_key, signed
from tests.support.world import ISSUER, World, answer, asked

KEYS = ("RSA-OAEP-256", "ECDH-ES")


@pytest.mark.parametrize("alg", KEYS)
async def test_a_signed_object_may_be_encrypted(world: World, alg: str) -> None:
    await register_asker(world, request_uris=("https://jar.example/object",))
    for enc in CONTENT_ALGORITHMS:
        assert is_asking(await ask(world, await encrypted(world, request_object(world), alg, enc)))
    plain = await encrypted(world, request_object(world), alg, cty=None, kid=None, typ="JWT")
    assert is_asking(await ask(world, plain))
    world.outside.documents["https://jar.example/object"] = plain.encode()
    assert is_asking(await ask(world, request_uri="https://jar.example/object"))


async def test_what_is_inside_is_checked_as_any_object(sqlite_world: World) -> None:
    await register_asker(sqlite_world)
    for content in (
        signed(object_claims(sqlite_world), client_key("RS256", 7)),
        unsigned(object_claims(sqlite_world)),
        json.dumps(object_claims(sqlite_world)),
        request_object(sqlite_world, aud="https://other.example"),
        signed(object_claims(sqlite_world), client_key(), typ="at+jwt"),
        await encrypted(sqlite_world, request_object(sqlite_world)),
        "x",
        "",
        "\N{SNOWMAN}",
        "[]",
    ):
        found = refusal(await ask(sqlite_world, await encrypted(sqlite_world, content), state="outer"))
        assert (found["error"], found["state"]) == ("invalid_request_object", "outer"), content[:40]
    for cty in ("json", "application/json", "JWE"):
        request = await encrypted(sqlite_world, request_object(sqlite_world), cty=cty)
        assert refusal(await ask(sqlite_world, request))["error"] == "invalid_request_object"


@pytest.mark.requirement("S75")
async def test_compressed_large_and_foreign_ones_are_refused(sqlite_world: World) -> None:
    """A few bytes of DEFLATE unpack to millions; what can't be decrypted never says why."""
    world = sqlite_world
    await register_asker(world)
    bomb = await encrypted(world, "A" * 2_000_000, zip="DEF")
    assert len(bomb) < 8_000
    good = await encrypted(world, request_object(world))
    parts = good.split(".")
    descriptions = set()
    for request in (
        bomb,
        await encrypted(world, request_object(world), zip="DEF"),
        await encrypted(world, request_object(world), kid="unknown"),
        ".".join([*parts[:3], "A" * len(parts[3]), parts[4]]),
        ".".join([*parts[:4], "A" * 22]),
        ".".join([parts[0], "A" * 40, *parts[2:]]),
        "....",
    ):
        found = refusal(await ask(world, request))
        assert found["error"] == "invalid_request_object"
        descriptions.add(found["error_description"])
    assert descriptions == {
        "the header has members that are not accepted",
        "it can't be decrypted",
        "the header is not JSON",
    }


async def test_encrypted_alone_is_worth_as_much_as_unsigned(sqlite_excepting_world: World) -> None:
    """Anybody can encrypt to us, so it takes the same exception."""
    world = sqlite_excepting_world
    await register_asker(world)
    await register_asker(world, "strict", request_object_signing_alg="RS256")
    bare, nested = json.dumps(object_claims(world)), unsigned(object_claims(world))
    for content in (bare, nested):
        assert is_asking(await ask(world, await encrypted(world, content)))
    for claims in (object_claims(world, "strict"), {"scope": "\N{SNOWMAN}"}):
        request = await encrypted(world, json.dumps(claims))
        assert refusal(await ask(world, request, client_id="strict"))["error"] == "invalid_request_object"
    for content in ('{"scope":"openid","scope":"email"}', '{"exp":NaN}', '{"scope":', "{" * 5_000):
        request = await encrypted(world, content)
        assert refusal(await ask(world, request))["error"] == "invalid_request_object"


async def test_a_key_that_has_just_begun_is_known_at_once(sqlite_world: World) -> None:
    """Another node began to publish it."""
    world = sqlite_world
    await register_asker(world)
    await world.house.succession.withdraw("ECDH-ES", world.clock.now())
    rows = await world.rows(
        "SELECT public_jwk FROM encryption_key WHERE state = 'active' AND algorithm = 'ECDH-ES'"
    )
    jwk = json.loads(rows[0][0])
    key = JWKRegistry.import_key(jwk)
    assert isinstance(key, ECKey)
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": jwk["kid"]}
    request = jwe.encrypt_compact(header, request_object(world).encode(), key)
    assert is_asking(await ask(world, request))


async def test_an_id_token_hint_may_be_encrypted_to_us(world: World) -> None:
    """Core §3.1.2.1: whoever gets encrypted ID tokens decrypts them, and may encrypt them to us."""
    browser = world.browser()
    page = await browser.sign_in()
    hint = (await browser.redeem(page)).json()["id_token"]
    encrypted_hint = await encrypted(world, hint)
    found = await browser.get("/authorize", params=asked(prompt="none", id_token_hint=encrypted_hint))
    assert "code" in answer(found)
    other = await encrypted(world, "x")
    found = await browser.get("/authorize", params=asked(prompt="none", id_token_hint=other))
    assert answer(found)["error"] == "invalid_request"
    assert answer(found)["iss"] == ISSUER
