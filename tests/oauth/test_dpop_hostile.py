"""Proofs that prove nothing: each is refused at the token endpoint and at userinfo, and spends nothing. §4.3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from idp.spec.dpop import LARGEST_PROOF
from tests.oauth.wire import refused, success
from tests.support.client_keys import base64url, bytes_of, client_key, public_jwk, signed
from tests.support.proving import dpop_key, get_userinfo, jkt_of, machine_tokens, post, proof
from tests.support.world import ISSUER, START, World

GRANT = {"grant_type": "client_credentials"}
KEY, OTHER = dpop_key(1), dpop_key(2)

CLAIMS: dict[str, dict[str, Any]] = {
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is a number": {"jti": 7},
    "a huge jti": {"jti": "x" * 257},
    "no htm": {"htm": None},
    "another htm": {"htm": "PUT"},
    "an htm in small letters": {"htm": "post"},
    "an htm that is a list": {"htm": ["POST", "GET"]},
    "no htu": {"htu": None},
    "an htu that is a number": {"htu": 1},
    "an htu of another endpoint": {"htu": f"{ISSUER}/authorize"},
    "an htu of a path below": {"htu": f"{ISSUER}/token/x"},
    "an htu of another host": {"htu": "http://evil.example/token"},
    "an htu of another port": {"htu": "http://localhost:8001/token"},
    "an htu of another scheme": {"htu": "https://localhost:8000/token"},
    "an htu with somebody's name": {"htu": "http://a@localhost:8000/token"},
    "an htu without a host": {"htu": "/token"},
    "an htu in capitals": {"htu": f"{ISSUER}/TOKEN"},
    "an htu with a port that is none": {"htu": "http://localhost:port/token"},
    "an htu whose slash is escaped": {"htu": f"{ISSUER}/%2Ftoken"},
    "no iat": {"iat": None},
    "an iat that is a text": {"iat": str(START)},
    "an iat that is a truth": {"iat": True},
    "an iat of an hour ago": {"iat": START - 3_600},
    "an iat of 61 seconds ago": {"iat": START - 61},
    "an iat in half a minute and more": {"iat": START + 31},
    "an iat in an hour": {"iat": START + 3_600},
    "an iat in milliseconds": {"iat": START * 1_000},
    "an exp that is past": {"exp": START - 60},
    "an exp that is a text": {"exp": "tomorrow"},
    "an nbf in the future": {"nbf": START + 60},
    "a nonce that is a number": {"nonce": 1},
}
HEADERS: dict[str, dict[str, Any]] = {
    "no typ": {"typ": None},
    "the typ of any JWT": {"typ": "JWT"},
    "the typ of an access token": {"typ": "at+jwt"},
    "no jwk": {"jwk": None},
    "a jwk that is a text": {"jwk": json.dumps(public_jwk(KEY))},
    "a jwk that is empty": {"jwk": {}},
    "a jwk that is private": {"jwk": KEY.as_dict(private=True)},
    "a jwk that is symmetric": {"jwk": {"kty": "oct", "k": base64url(b"x" * 32)}},
    "a jwk that is another key": {"jwk": public_jwk(OTHER)},
    "a jwk of another kind": {"jwk": public_jwk(client_key("EdDSA"))},
    "a jwk of another curve": {"jwk": {**public_jwk(KEY), "crv": "P-384"}},
    "a jwk that lacks y": {"jwk": {name: text for name, text in public_jwk(KEY).items() if name != "y"}},
    "a jwk whose point is on no curve": {"jwk": {**public_jwk(KEY), "y": base64url(b"\x01" * 32)}},
    "a jwk whose x is a number": {"jwk": {**public_jwk(KEY), "x": 1}},
    "a jwk that encrypts": {"jwk": public_jwk(KEY, use="enc")},
    "a jwk for another alg": {"jwk": public_jwk(KEY, alg="RS256")},
    "a key elsewhere": {"jku": "https://evil.example/jwks"},
    "a certificate elsewhere": {"x5u": "https://evil.example/chain"},
    "a certificate": {"x5c": ["MIIB"]},
    "an extension that is critical": {"crit": ["exp"]},
    "a payload as it is": {"b64": False},
}


def _parts(good: str) -> tuple[str, str, str]:
    header, payload, signature = good.split(".")
    return header, payload, signature


def _unsigned(good: str) -> str:
    header = base64url(json.dumps({"typ": "dpop+jwt", "alg": "none", "jwk": public_jwk(KEY)}).encode())
    return f"{header}.{_parts(good)[1]}."


def _hs256(good: str) -> str:
    header = {"typ": "dpop+jwt", "alg": "HS256", "jwk": public_jwk(KEY)}
    return f"{base64url(json.dumps(header).encode())}.{_parts(good)[1]}.{base64url(b'x' * 32)}"


def _repeating(good: str) -> str:
    """Two values of one claim: each reader would choose its own."""
    payload = json.loads(_claims(good))
    doubled = json.dumps(payload)[:-1] + f', "jti": "{payload["jti"]}"}}'
    return signed(doubled.encode(), KEY, "ES256", typ="dpop+jwt", jwk=public_jwk(KEY))


def _claims(good: str) -> bytes:
    return bytes_of(_parts(good)[1])


SHAPES: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "a word": lambda _: "nonsense",
    "dots": lambda _: "..",
    "a signature that is missing": lambda good: good.rpartition(".")[0] + ".",
    "a signature of something else": lambda good: f"{good.rpartition('.')[0]}.{base64url(b'x' * 64)}",
    "a signature that is short": lambda good: f"{good.rpartition('.')[0]}.{base64url(b'x' * 8)}",
    "a payload that was changed": lambda good: f"{_parts(good)[0]}.{base64url(b'{}')}.{_parts(good)[2]}",
    "a payload that is a list": lambda _: signed(b"[]", KEY, "ES256", typ="dpop+jwt", jwk=public_jwk(KEY)),
    "a payload that is no JSON": lambda _: signed(b"{", KEY, "ES256", typ="dpop+jwt", jwk=public_jwk(KEY)),
    "a time that is no number": lambda good: signed(
        _claims(good).replace(str(START).encode(), b"NaN"), KEY, "ES256", typ="dpop+jwt", jwk=public_jwk(KEY)
    ),
    "two proofs in one header": lambda good: f"{good}, {good}",
    "no signature at all": _unsigned,
    "a shared secret": _hs256,
    "a claim twice": _repeating,
    "too much": lambda good: good + "A" * LARGEST_PROOF,
    "an algorithm of former times": lambda good: signed(
        _claims(good), client_key("RS256"), "RS256", typ="dpop+jwt", jwk=public_jwk(client_key("RS256"))
    ),
    "an encrypted one": lambda good: f"{good}.a.b",
}


def _bad_proofs(world: World, **target: Any) -> dict[str, str]:
    """Every deviation, for the endpoint that `target` is."""
    path = target.get("path", "/token")
    bad = {}
    for name, claims in CLAIMS.items():
        there: dict[str, Any] = {
            claim: value.replace("/token", path).replace("/TOKEN", path.upper())
            if isinstance(value, str)
            else value
            for claim, value in claims.items()
        }
        if there.get("htm") == "post":
            there["htm"] = target.get("method", "POST").lower()
        bad[name] = proof(world, KEY, **target, **there)
    for name, header in HEADERS.items():
        bad[name] = proof(world, KEY, header=header, **target)
    for name, shape in SHAPES.items():
        bad[name] = shape(proof(world, KEY, **target))
    return bad


@pytest.mark.requirement("S22")
async def test_every_bad_proof_is_refused_at_the_token_endpoint(world: World) -> None:
    for name, sent in _bad_proofs(world).items():
        response = await post(world, "/token", "machine", sent, **GRANT)
        assert response.status_code == 400, name
        assert "DPoP proof" in refused(response, "invalid_dpop_proof"), name
        assert response.headers["dpop-nonce"]
    assert await world.rows("SELECT 1 FROM replay") == []
    assert await world.rows("SELECT 1 FROM audit_event WHERE type = 'token.issued'") == []


@pytest.mark.requirement("S22")
async def test_every_bad_proof_is_refused_at_userinfo(sqlite_world: World) -> None:
    world = sqlite_world
    token = (await machine_tokens(world, KEY))["access_token"]
    target = {"path": "/userinfo", "method": "GET", "access_token": token}
    bad = _bad_proofs(world, **target)
    bad["no ath"] = proof(world, KEY, **{**target, "access_token": ""})
    bad["the ath of another token"] = proof(world, KEY, **{**target, "access_token": "another"})
    bad["an ath that is a number"] = proof(world, KEY, **target, ath=1)
    for name, sent in bad.items():
        response = await get_userinfo(world, token, sent or "nonsense")
        assert response.status_code == 401, name
        refused(response, "invalid_dpop_proof", 401)
        challenge = response.headers["www-authenticate"]
        assert challenge.startswith('DPoP realm="idp", error="invalid_dpop_proof"'), name
        assert 'algs="PS256 ES256 EdDSA"' in challenge


async def test_two_headers_are_refused(sqlite_world: World) -> None:
    sent = [("dpop", proof(sqlite_world, KEY)), ("dpop", proof(sqlite_world, KEY))]
    browser = sqlite_world.browser()
    response = await browser.http.post("/token", data={**GRANT, "client_id": "machine"}, headers=sent)

    assert "more than once" in refused(response, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "htu",
    [
        f"{ISSUER}/token?query=1",
        f"{ISSUER}/token#fragment",
        "HTTP://LOCALHOST:8000/token",
        f"{ISSUER}/%74oken",
        f"{ISSUER}/./token",
        f"{ISSUER}/x/../token",
    ],
)
async def test_an_address_may_be_written_in_other_ways(sqlite_world: World, htu: str) -> None:
    """§4.3, item 9: query and fragment don't count, and RFC 3986 §6.2 tells what is the same."""
    success(await post(sqlite_world, "/token", "machine", proof(sqlite_world, KEY, htu=htu), **GRANT))


@pytest.mark.parametrize("iat", [START - 60, START - 10, START + 10, START + 0.5, START + 30])
async def test_clocks_may_differ_a_little(sqlite_world: World, iat: float) -> None:
    success(await post(sqlite_world, "/token", "machine", proof(sqlite_world, KEY, iat=iat), **GRANT))


async def test_a_header_may_say_more(sqlite_world: World) -> None:
    """RFC 7515 §4: what nobody knows is ignored."""
    header = {"kid": "mine", "jwk": public_jwk(KEY, kid="mine", use="sig", alg="ES256")}
    sent = proof(sqlite_world, KEY, header=header, extra={"any": 1})

    tokens = success(await post(sqlite_world, "/token", "machine", sent, **GRANT))

    claims = sqlite_world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(KEY)}


@pytest.mark.parametrize(
    ("modulus", "exponent"), [(128, 3), (512, 8), (513, 3), (1_024, 3)], ids=["short", "slow", "long", "huge"]
)
async def test_rsa_keys_of_unusual_sizes_prove_nothing(
    sqlite_world: World, modulus: int, exponent: int
) -> None:
    """A number has so many bytes. Anybody may send a key, and what is large takes long to verify with."""
    jwk = {"kty": "RSA", "n": base64url(b"\xff" * modulus), "e": base64url(b"\x01" * exponent)}
    sent = proof(sqlite_world, client_key("PS256"), alg="PS256", header={"jwk": jwk})

    refused(await post(sqlite_world, "/token", "machine", sent, **GRANT), "invalid_dpop_proof")
