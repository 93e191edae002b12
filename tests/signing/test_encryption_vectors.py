"""Vectors of the kinds that Wycheproof has, for what others encrypt to us. RFC 7516, RFC 7518 §4 and §5, RFC 8725."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.signing.compact import BadToken
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS, DecryptionKey, decrypt, encrypt
from idp.signing.public_keys import read_key_set
from tests.support.client_keys import base64url, bytes_of, client_key, jwks, public_jwk


def _own(alg: str) -> DecryptionKey:
    key = client_key("RSA" if alg.startswith("RSA") else "ES256", 2)
    assert isinstance(key, RSAKey | ECKey)
    return DecryptionKey(kid="own", algorithm=alg, key=key)


def _sealed(alg: str = "ECDH-ES", enc: str = "A256GCM") -> str:
    own = _own(alg)
    [public] = read_key_set(jwks(public_jwk(own.key, kid="own")))
    return encrypt("hello", public, algorithm=alg, content_algorithm=enc)


@pytest.mark.parametrize("enc", CONTENT_ALGORITHMS)
@pytest.mark.parametrize("alg", KEY_ALGORITHMS)
@pytest.mark.requirement("S75")
def test_only_what_was_encrypted_to_us_is_read(alg: str, enc: str) -> None:
    token = _sealed(alg, enc)
    assert decrypt(token, [_own(alg)]) == "hello"

    parts = token.split(".")
    for place, part in enumerate(parts):
        for wrong in ("", part[:-4], part + "AAAA", f"{part}=", ("B" if part[:1] == "A" else "A") + part[1:]):
            changed = ".".join([*parts[:place], wrong, *parts[place + 1 :]])
            if changed != token:
                with pytest.raises(BadToken):
                    decrypt(changed, [_own(alg)])
    for shorter in (4, 8, 12):
        with pytest.raises(BadToken):
            decrypt(".".join([*parts[:4], base64url(bytes_of(parts[4])[:shorter])]), [_own(alg)])


def _with_header(token: str, **members: Any) -> str:
    head, _, rest = token.partition(".")
    changed = {**json.loads(bytes_of(head)), **members}
    kept = {name: value for name, value in changed.items() if value is not None}
    return f"{base64url(json.dumps(kept).encode())}.{rest}"


@pytest.mark.requirement("S75")
@pytest.mark.parametrize(
    "members",
    [
        {"zip": "DEF"},
        {"alg": "dir"},
        {"alg": "RSA1_5"},
        {"alg": "A128KW"},
        {"alg": "PBES2-HS256+A128KW", "p2s": "AAAA", "p2c": 2_000_000_000},
        {"alg": "RSA-OAEP-256"},
        {"alg": None},
        {"enc": "A192GCM"},
        {"enc": None},
        {"enc": ["A256GCM"]},
        {"crit": ["exp"]},
        {"jku": "https://evil.example/"},
        {"jwk": {}},
        {"kid": "another"},
        {"kid": 7},
        {"epk": None},
        {"epk": "x"},
        {"epk": {}},
        {"epk": {"kty": "EC", "crv": "P-256", "x": base64url(b"\1" * 32), "y": base64url(b"\1" * 32)}},
        {"epk": {"kty": "EC", "crv": "P-256", "x": base64url(bytes(32)), "y": base64url(bytes(32))}},
        {"epk": {**public_jwk(ECKey.generate_key("P-384"))}},
        {"epk": {**public_jwk(client_key("EdDSA"))}},
        {"epk": {"kty": "oct", "k": "AAAA"}},
        {"apu": 7},
        {"apv": "x" * 5_000},
    ],
)
def test_no_header_leads_astray(members: Mapping[str, Any]) -> None:
    """Invalid curve points would tell the private key bit by bit (RFC 8725 §2.5)."""
    with pytest.raises(BadToken):
        decrypt(_with_header(_sealed(), **members), [_own("ECDH-ES")])


@pytest.mark.requirement("S75")
def test_no_bomb_is_unpacked() -> None:
    """CVE-2025-62706: a few bytes that unpack to millions."""
    own = _own("ECDH-ES")
    registry = JWERegistry(algorithms=["ECDH-ES", "A256GCM", "DEF"])
    bomb = jwe.encrypt_compact(
        {"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF"}, b"0" * 200_000, own.key, registry=registry
    )
    assert len(bomb) < 2_000
    with pytest.raises(BadToken):
        decrypt(bomb, [own])
    with pytest.raises(BadToken, match="too large"):
        decrypt(_sealed() + "A" * 70_000, [own])


@pytest.mark.parametrize("alg", KEY_ALGORITHMS)
def test_a_key_of_ours_serves_one_algorithm(alg: str) -> None:
    for other in KEY_ALGORITHMS:
        if other != alg:
            with pytest.raises(BadToken):
                decrypt(_sealed(alg), [_own(other)])


def test_symmetric_encryption_is_unknown() -> None:
    registry = JWERegistry(algorithms=["dir", "A256KW", "A256GCM"])
    for alg in ("dir", "A256KW"):
        token = jwe.encrypt_compact(
            {"alg": alg, "enc": "A256GCM"}, b"hello", OctKey.import_key(b"k" * 32), registry=registry
        )
        with pytest.raises(BadToken):
            decrypt(token, [_own("ECDH-ES")])
