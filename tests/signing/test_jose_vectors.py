"""Vectors of the kinds that Wycheproof has, for everything that others sign. RFC 7515, RFC 7518 §3, RFC 8725. Those of
keys and of encryption are beside it; `docs/wycheproof.md` tells what becomes of Wycheproof's own.
"""

import hmac
import json
import zlib
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.foreign import check_signature, read_unsigned, read_unverified, verify_foreign
from idp.signing.public_keys import PublicKey, read_key_set
from tests.support.client_keys import JoseKey, base64url, bytes_of, client_key, jwks, public_jwk, signed

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
    raw = bytes_of(encoded)
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
