"""What others would like us to take for a request object. RFC 8725, RFC 9101 §10."""

import json
from typing import Any

import pytest

from tests.oauth.asking import (
    ask,
    hmac_signed,
    is_asking,
    is_page,
    object_claims,
    refusal,
    register_asker,
    request_object,
    unsigned,
)
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.world import ISSUER, START, World

OBJECT_URI = "https://jar.example/object.jwt"


@pytest.fixture
async def sqlite_jar_world(sqlite_world: World) -> World:
    await register_asker(sqlite_world, request_uris=(OBJECT_URI,))
    return sqlite_world


_WRONG: list[dict[str, Any]] = [
    {"iss": "manager"},
    {"iss": ["jar"]},
    {"aud": "https://other.example"},
    {"aud": []},
    {"aud": {ISSUER: 1}},
    {"aud": [ISSUER.upper()]},
    {"exp": START - 61},
    {"exp": "tomorrow"},
    {"exp": True},
    {"exp": 2**70},
    {"nbf": START + 61},
    {"iat": START + 61},
    {"iat": "now"},
    {"sub": "jar"},
    {"client_id": "manager"},
    {"client_id": 5},
    {"response_type": "id_token"},
    {"request": "e30.e30."},
    {"request_uri": OBJECT_URI},
    {"state": {"a": 1}},
    {"nonce": 5},
    {"max_age": 1.5},
    {"max_age": True},
    {"scope": ["openid"]},
    {"prompt": ["login"]},
    {"resource": [5]},
    {"claims": [1]},
    {"state": "\0"},
    {"state": "\ud800"},
    {"nonce": "\ud800"},
    {"redirect_uri": "\ud800"},
]


@pytest.mark.requirement("S76")
async def test_an_object_that_is_wrong_is_told_to_the_redirect_uri_beside_it(
    sqlite_jar_world: World, subtests: pytest.Subtests
) -> None:
    """Authlib deviation 11: a wrong aud passed, and nothing was told to the client."""
    for claims in _WRONG:
        with subtests.test(claims=claims):
            request = request_object(sqlite_jar_world, **claims)
            found = refusal(await ask(sqlite_jar_world, request, state="outer"))
            assert (found["error"], found["state"]) == ("invalid_request_object", "outer")
            assert is_page(await ask(sqlite_jar_world, request, redirect_uri=""))
            assert is_page(await ask(sqlite_jar_world, request, redirect_uri="https://evil.example/"))


@pytest.mark.requirement("S74", "S75")
async def test_an_object_that_was_not_signed_so_is_refused(
    sqlite_jar_world: World, subtests: pytest.Subtests
) -> None:
    world = sqlite_jar_world
    claims, key = object_claims(world), client_key()
    other = client_key("RS256", 7)
    good = signed(claims, key)
    start, payload, signature = good.split(".")
    kind = client_key("ES256").as_dict(private=False)
    hostile = {
        "signed by somebody else": signed(claims, other),
        "with its key inside": signed(claims, other, jwk=other.as_dict(private=False)),
        "with an address of keys": signed(claims, other, jku="https://evil.example/jwks"),
        "with an address of certificates": signed(claims, other, x5u="https://evil.example/x"),
        "with certificates": signed(claims, other, x5c=["MIIB"]),
        "with an embedded key, though rightly signed": signed(claims, key, jwk=key.as_dict(private=False)),
        "critical": signed(claims, key, crit=["exp"], exp=1),
        "critical nothing": signed(claims, key, crit=[]),
        "of unencoded payload": signed(claims, key, b64=False, crit=["b64"]),
        "compressed": signed(claims, key, zip="DEF"),
        "none": unsigned(claims),
        "None": unsigned(claims, alg="None"),
        "none with a signature": unsigned(claims) + signature,
        "stripped": f"{start}.{payload}.",
        "in two parts": f"{start}.{payload}",
        "in four parts": f"{good}.{signature}",
        "another payload": f"{start}.{signed({**claims, 'scope': 'email'}, other).split('.')[1]}.{signature}",
        "HMAC with the public key": hmac_signed(claims, json.dumps(public_jwk(key)).encode()),
        "HMAC with the secret": hmac_signed(claims, b"jar-secret"),
        "another algorithm of the key": good.replace(start, unsigned({}, alg="PS256").split(".")[0]),
        "a key of another kind": good.replace(start, unsigned({}, alg="ES256").split(".")[0]),
        "an algorithm that nobody knows": good.replace(start, unsigned({}, alg="RS256K").split(".")[0]),
        "alg as a list": good.replace(start, unsigned({}, alg=["RS256"]).split(".")[0]),
        "an ID token": signed(claims, key, typ="at+jwt"),
        "a logout token": signed(claims, key, typ="logout+jwt"),
        "a security event": signed(claims, key, typ="application/secevent+jwt"),
        "claims that are no object": signed(b"[]", key),
        "claims in pieces": signed(b'{"iss":', key),
        "claims that repeat": signed(b'{"scope":"openid","scope":"email"}', key),
        "deep claims": signed(b"[" * 20_000, key)[:8_000],
        "no JWT": "x",
        "dots": "..",
        "four dots": "....",
        "JSON serialization": json.dumps({"payload": payload, "protected": start, "signature": signature}),
        "a header that repeats": ".".join([base64url(b'{"alg":"none","alg":"RS256"}'), payload, signature]),
        "what is not ASCII": good[:-1] + "\N{SNOWMAN}",
        "ES256 of a stranger": signed(claims, client_key("ES256"), "ES256", jwk=kind),
    }
    for name, request in hostile.items():
        with subtests.test(name=name):
            found = refusal(await ask(world, request, state="outer"))
            assert (found["error"], found["state"]) == ("invalid_request_object", "outer"), found
    for typ in ("JWT", "jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"):
        assert is_asking(await ask(world, signed(claims, key, typ=typ)))


@pytest.mark.requirement("S76")
async def test_an_id_token_of_ours_and_an_assertion_are_no_requests(sqlite_jar_world: World) -> None:
    world = sqlite_jar_world
    ours = world.house.keyring.sign(object_claims(world), algorithm="RS256", typ="JWT")
    assert refusal(await ask(world, ours))["error"] == "invalid_request_object"
    proof = signed({"iss": "jar", "sub": "jar", "aud": ISSUER, "exp": START + 60, "jti": "x"}, client_key())
    assert refusal(await ask(world, proof))["error"] == "invalid_request_object"


async def test_the_object_of_another_client_is_refused(sqlite_jar_world: World) -> None:
    world = sqlite_jar_world
    await register_asker(world, "other", jwks=jwks(public_jwk(client_key("RS256", 7))))
    theirs = signed(object_claims(world, "other"), client_key("RS256", 7))
    posing = signed(object_claims(world), client_key("RS256", 7))
    for request in (theirs, posing):
        assert refusal(await ask(world, request))["error"] == "invalid_request_object"
    assert is_asking(await ask(world, theirs, client_id="other"))
