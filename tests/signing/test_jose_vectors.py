"""Vectors of the kinds that Wycheproof has, for everything that others sign, encrypt or publish. RFC 7515 to 7518, RFC
8725. `docs/wycheproof.md` tells what becomes of Wycheproof's own.
"""

import hmac
import json
import zlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.util import urlsafe_b64decode

from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS, DecryptionKey, decrypt, encrypt
from idp.signing.foreign import check_signature, read_unsigned, read_unverified, verify_foreign
from idp.signing.public_keys import BadKeySet, PublicKey, read_key_set
from tests.support.client_keys import JoseKey, base64url, client_key, jwks, public_jwk, signed

_CLAIMS = {"iss": "x"}
_EVERY_ALGORITHM = pytest.mark.parametrize("alg", ALGORITHMS)


def _public(name: str, **members: str) -> tuple[PublicKey, ...]:
    return read_key_set(jwks(public_jwk(client_key(name), **members)))


def _is_accepted(token: str, keys: tuple[PublicKey, ...]) -> bool:
    try:
        return verify_foreign(token, keys, algorithms=ALGORITHMS) == _CLAIMS
    except BadToken:
        return False


@_EVERY_ALGORITHM
def test_a_right_signature_is_accepted(alg: str) -> None:
    token = signed(_CLAIMS, client_key(alg), alg, kid="one", typ="JWT")

    for members in (
        {},
        {"kid": "one"},
        {"alg": alg},
        {"use": "sig"},
        {"kid": "one", "alg": alg, "use": "sig"},
    ):
        assert _is_accepted(token, _public(alg, **members)), members


@_EVERY_ALGORITHM
@pytest.mark.requirement("S74")
def test_no_changed_signature_is(alg: str) -> None:
    token = signed(_CLAIMS, client_key(alg), alg)
    head, payload, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    changed = {
        "modified": f"{head}.{payload}.{other}{signature[1:]}",
        "missing": f"{head}.{payload}.",
        "missing with its separator": f"{head}.{payload}",
        "truncated": f"{head}.{payload}.{signature[:-4]}",
        "lengthened": f"{head}.{payload}.{signature}AAAA",
        "padded": f"{head}.{payload}.{signature}{'=' * (-len(signature) % 4)}",
        "padded too much": f"{head}.{payload}.{signature}====",
        "standard alphabet": f"{head}.{payload}.+/{signature[2:]}",
        "space": f"{head}.{payload}.{signature[:9]} {signature[9:]}",
        "line break": f"{head}.{payload}.{signature[:9]}\r\n{signature[9:]}",
        "foreign character": f"{head}.{payload}.{signature[:9]}!{signature[9:]}",
        "space before": f" {token}",
        "line break after": f"{token}\n",
        "zeros": f"{head}.{payload}.{base64url(bytes(64))}",
        "of another payload": f"{head}.{base64url(b'{}')}.{signature}",
        "of another header": f"{base64url(json.dumps({'alg': alg, 'x': 1}).encode())}.{payload}.{signature}",
        "of another algorithm": signed(_CLAIMS, client_key(alg), alg).replace(
            head, base64url(json.dumps({"alg": _other(alg)}).encode())
        ),
        "of another key": signed(_CLAIMS, _stranger(alg), alg),
        "a part more": f"{token}.",
        "a part in front": f".{token}",
        "JSON serialization": json.dumps({"protected": head, "payload": payload, "signature": signature}),
        "detached": f"{head}..{signature}",
        "beyond ASCII": f"{head}.{payload}.é{signature}",
    }

    for name, wrong in changed.items():
        assert not _is_accepted(wrong, _public(alg)), name


def _other(alg: str) -> str:
    return ALGORITHMS[(ALGORITHMS.index(alg) + 1) % len(ALGORITHMS)]


def _stranger(alg: str) -> JoseKey:
    return client_key("RSA", 1) if alg in ("RS256", "PS256") else client_key(alg, 1)


@pytest.mark.requirement("S74")
def test_ecdsa_signatures_have_one_form() -> None:
    """RFC 7518 §3.4: two numbers of 32 bytes, neither of them zero; no ASN.1."""
    token = signed(_CLAIMS, client_key("ES256"), "ES256")
    start, _, encoded = token.rpartition(".")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = _bytes_of(encoded)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])

    for wrong in (
        encode_dss_signature(r, s),
        bytes(32) + bytes(32),
        bytes(31) + b"\1" + bytes(32),
        order.to_bytes(32) * 2,
        raw[:32],
        b"\0" + raw[:32] + b"\0" + raw[32:],
        bytes(32) + raw,
        raw + bytes(2),
        (r + order).to_bytes(33) + s.to_bytes(33),
    ):
        assert not _is_accepted(f"{start}.{base64url(wrong)}", _public("ES256"))


def _bytes_of(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded.encode())


@pytest.mark.requirement("S74")
def test_a_public_key_is_no_secret() -> None:
    """RFC 8725 §2.1: HMAC with what everybody knows."""
    key = client_key("RS256")
    for alg, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        start = f"{base64url(json.dumps({'alg': alg}).encode())}.{base64url(json.dumps(_CLAIMS).encode())}"
        for secret in (key.as_pem(private=False), json.dumps(public_jwk(key)).encode(), b"", b"\0"):
            token = f"{start}.{base64url(hmac.digest(secret, start.encode(), digest))}"
            assert not _is_accepted(token, _public("RS256"))


@pytest.mark.requirement("S74")
@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "", "RS384", "ES512", "ES256K", "HS256", "Ed448"]
)
def test_no_other_algorithm_is_known(alg: str) -> None:
    token = signed(_CLAIMS, client_key("RS256"))
    _, payload, signature = token.split(".")
    head = base64url(json.dumps({"alg": alg}).encode())

    for wrong in (f"{head}.{payload}.{signature}", f"{head}.{payload}."):
        assert not _is_accepted(wrong, _public("RS256"))
        with pytest.raises(BadToken):
            check_signature(wrong, _public("RS256"), algorithms=("none", "HS256", "RS256"))


@pytest.mark.requirement("S74")
@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"jku": "https://evil.example/jwks"},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"x5u": "https://evil.example/x5u"},
        {"x5c": ["MIIB"]},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"epk": {}},
        {"kid": 7},
        {"kid": ["one"]},
        {"kid": None},
        {"typ": {}},
        {"filler": "x" * 9_000},
    ],
)
def test_nothing_in_a_header_decides(header: Mapping[str, Any]) -> None:
    assert not _is_accepted(signed(_CLAIMS, client_key("RS256"), **header), _public("RS256"))


def test_a_header_may_be_longer_than_ours() -> None:
    """Authlib deviation 17: joserfc stops at 512 bytes."""
    key = client_key("RS256")
    for header in ({"kid": "k" * 600}, {"x5t": "t" * 28, "x5t#S256": "t" * 43, "of_a_library": "x" * 4_000}):
        assert _is_accepted(signed(_CLAIMS, key, **header), _public("RS256"))


def test_a_header_is_one_object_with_each_member_once() -> None:
    key = client_key("RS256")
    _, payload, signature = signed(_CLAIMS, key).split(".")
    for raw in (
        b'{"alg":"RS256","alg":"RS256"}', b'{"alg":"none","alg":"RS256"}', b'["RS256"]', b'"RS256"', b"null", b"", b"{",
        b'{"alg":"RS256"}x', b'{"alg":["RS256"]}', b'{"alg":null}', b'{"kid":"x"}', b"\xff\xfe", b'{"alg":"RS256"',
        b"[" * 3_000, b'\xef\xbb\xbf{"alg":"RS256"}',
    ):  # fmt: skip
        assert not _is_accepted(f"{base64url(raw)}.{payload}.{signature}", _public("RS256")), raw


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss":"x","iss":"x"}',
        b'{"iss":"y","iss":"x"}',
        b'{"iss":"x","exp":NaN}',
        b'{"iss":"x","exp":Infinity}',
        b'{"iss":"x","a":{"b":1,"b":2}}',
        b'["iss"]',
        b'"x"',
        b"null",
        b"",
        b"foo",
        b"\xff",
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        zlib.compress(b'{"iss":"x"}'),
    ],
)
def test_claims_are_one_object_with_each_member_once(payload: bytes) -> None:
    token = signed(payload, client_key("RS256"))

    check_signature(token, _public("RS256"), algorithms=ALGORITHMS)
    with pytest.raises(BadToken):
        verify_foreign(token, _public("RS256"), algorithms=ALGORITHMS)
    with pytest.raises(BadToken):
        read_unverified(token)


@pytest.mark.requirement("S75")
def test_what_is_too_large_is_not_read() -> None:
    token = signed({"filler": "x" * 40_000}, client_key("RS256"))
    for read in (read_unverified, read_unsigned):
        with pytest.raises(BadToken, match="too large"):
            read(token)
    assert not _is_accepted(token, _public("RS256"))


def test_a_key_serves_what_it_is_published_for() -> None:
    token = signed(_CLAIMS, client_key("RS256"), kid="one")
    for members in (
        {"use": "enc"}, {"alg": "PS256"}, {"alg": "RSA-OAEP-256"}, {"kid": "two"}, {"use": "sign"},
        {"key_ops": ["encrypt"]}, {"key_ops": ["wrapKey", "deriveBits"]}, {"use": "sig", "key_ops": ["encrypt"]},
    ):  # fmt: skip
        key = {**public_jwk(client_key("RS256")), **members}
        assert not _is_accepted(token, read_key_set(jwks(key))), members
    for operations in (
        ["verify"],
        ["sign", "verify"],
        ["verify", "encrypt"],
        ["of tomorrow"],
        [],
        "verify",
        [7],
    ):
        key = {**public_jwk(client_key("RS256")), "key_ops": operations}
        assert _is_accepted(token, read_key_set(jwks(key))), operations


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
            decrypt(".".join([*parts[:4], base64url(_bytes_of(parts[4])[:shorter])]), [_own(alg)])


def _with_header(token: str, **members: Any) -> str:
    head, _, rest = token.partition(".")
    changed = {**json.loads(_bytes_of(head)), **members}
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
