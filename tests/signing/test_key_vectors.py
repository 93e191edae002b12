"""Keys that others publish, of the kinds that Wycheproof has: weak, broken, private, or not keys at all. RFC 7517, RFC
7518 §6.
"""

import json
from base64 import b64encode
from typing import Any

import pytest

from idp.signing.public_keys import BadKeySet, read_key_set
from tests.support.client_keys import base64url, client_key, jwks, public_jwk


def _weak(**members: Any) -> dict[str, Any]:
    return {**public_jwk(client_key("RS256")), **members}


def _fingerprinted() -> int:
    """A modulus with the mark of CVE-2017-15361, of 2,048 bits."""
    product = 1
    for prime in range(3, 168):
        if all(prime % factor for factor in range(2, prime)):
            product *= prime
    modulus = pow(65_537, 12_345, product) + product * (1 << (2_047 - product.bit_length() + 1))
    return modulus if modulus % 2 else modulus + product


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


_POINT = public_jwk(client_key("ES256"))


@pytest.mark.requirement("S74")
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(_weak(n=_number(_fingerprinted())), id="CVE-2017-15361"),
        pytest.param(_weak(e=_number(1)), id="exponent 1"),
        pytest.param(_weak(e=_number(3)), id="exponent 3"),
        pytest.param(_weak(e=_number(65_536)), id="even exponent"),
        pytest.param(_weak(e=""), id="no exponent"),
        pytest.param(_weak(n=_number((1 << 1_023) + 1)), id="1,024 bits"),
        pytest.param(_weak(n=_number((1 << 16_383) + 1)), id="16,384 bits"),
        pytest.param(_weak(n=_number(1 << 2_047)), id="even modulus"),
        pytest.param(_weak(n="!!!!"), id="modulus of no base64"),
        pytest.param(_weak(n=7), id="modulus as a number"),
        pytest.param({"kty": "RSA", "e": "AQAB"}, id="no modulus"),
        pytest.param({**_POINT, "x": base64url(bytes(32)), "y": base64url(bytes(32))}, id="infinity"),
        pytest.param({**_POINT, "y": base64url(b"\1" * 32)}, id="point beside the curve"),
        pytest.param({**_POINT, "crv": "P-384"}, id="another curve"),
        pytest.param({**_POINT, "crv": "secp256k1"}, id="curve of coins"),
        pytest.param({**_POINT, "crv": ["P-256"]}, id="curves"),
        pytest.param({**_POINT, "kty": "RSA"}, id="another type"),
        pytest.param({**_POINT, "kty": ["EC"]}, id="types"),
        pytest.param({**_POINT, "x": _POINT["x"] + "AAAA"}, id="coordinate too long"),
        pytest.param({**_POINT, "x": b64encode(b"x" * 32).decode()}, id="coordinate padded"),
        pytest.param({"kty": "OKP", "crv": "Ed25519", "x": base64url(bytes(31))}, id="short OKP"),
        pytest.param({"kty": "OKP", "crv": "X25519", "x": base64url(b"\1" * 32)}, id="key agreement"),
        pytest.param({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}, id="of tomorrow"),
        pytest.param({"kty": "RSA", "kid": 7}, id="name as a number"),
        pytest.param({}, id="nothing"),
    ],
)
def test_weak_and_broken_keys_verify_nothing(key: dict[str, Any]) -> None:
    """Left out, so that the set's other keys go on serving."""
    good = public_jwk(client_key("EdDSA"), kid="good")

    usable = read_key_set(json.dumps(jwks(key, good)).encode())

    assert [one.kid for one in usable if one.signs] == ["good"]


def test_a_strong_modulus_has_no_mark() -> None:
    for number in range(4):
        assert read_key_set(jwks(public_jwk(client_key("RSA", number))))[0].signs


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"keys": [{"kty": "oct", "k": "AAAA"}]}, "private or symmetric"),
        ({"keys": [client_key("ES256").as_dict(private=True)]}, "private or symmetric"),
        ({"keys": [{**_POINT, "kid": "a"}, {**_POINT, "kid": "a"}]}, "same kid"),
        ({"keys": [_POINT] * 33}, "more than 32"),
        ({"keys": _POINT}, "not a JWK set"),
        ({"keys": [[]]}, "not a JWK set"),
        ({}, "not a JWK set"),
        (_POINT, "not a JWK set"),
        (b"[]", "not a JWK set"),
        (b"null", "not a JWK set"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b'{"keys":' + b"[" * 30_000, "not JSON"),
        (b'{"keys":[]' + b" " * 70_000 + b"}", "larger than"),
    ],
)
def test_a_set_that_is_a_mistake_is_refused(document: Any, why: str) -> None:
    with pytest.raises(BadKeySet, match=why):
        read_key_set(document)
