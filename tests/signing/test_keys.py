import base64
import hashlib
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from idp.records.key import ALGORITHMS, Algorithm
from idp.signing.keys import UnusableKey, generate_key, read_private_key

# RFC 8037 appendix A.1 and A.3.
ED25519 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
ED25519_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
# RFC 7515 appendix A.3.
P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}
REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638 §3, written once more."""
    members = {name: jwk[name] for name in REQUIRED[jwk["kty"]]}
    digest = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_the_thumbprint_is_the_one_of_rfc_8037() -> None:
    pair = read_private_key(json.dumps(ED25519).encode(), "EdDSA")
    assert pair.kid == ED25519_THUMBPRINT == thumbprint(ED25519)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_generated_key_is_named_by_its_thumbprint_and_shows_no_private_member(algorithm: Algorithm) -> None:
    pair = generate_key(algorithm)
    public = json.loads(pair.public_jwk)
    assert public["kid"] == pair.kid == thumbprint(public)
    assert (public["alg"], public["use"]) == (algorithm, "sig")
    assert not public.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert repr(pair.pkcs8) not in repr(pair)


@pytest.mark.parametrize(
    ("algorithm", "text"),
    [
        ("RS256", pem(rsa.generate_private_key(65537, 2048))),
        ("PS256", pem(rsa.generate_private_key(65537, 2048))),
        ("ES256", pem(ec.generate_private_key(ec.SECP256R1()))),
        ("EdDSA", pem(ed25519.Ed25519PrivateKey.generate())),
        ("ES256", json.dumps({**P256, "alg": "ES256", "use": "sig", "kid": "theirs"}).encode()),
        ("EdDSA", json.dumps(ED25519).encode()),
    ],
)
def test_a_key_from_elsewhere_is_read_from_pem_and_jwk(algorithm: Algorithm, text: bytes) -> None:
    pair = read_private_key(text, algorithm)
    assert pair.kid == thumbprint(json.loads(pair.public_jwk))


@pytest.mark.parametrize(
    ("algorithm", "text", "why"),
    [
        ("RS256", pem(rsa.generate_private_key(65537, 1024)), "bits"),
        ("RS256", pem(ec.generate_private_key(ec.SECP256R1())), "this kind of key"),
        ("ES256", pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        ("EdDSA", pem(dsa.generate_private_key(1024)), "this kind of key"),
        ("ES256", pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x")), "encrypted"),
        ("ES256", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "neither"),
        ("ES256", b"", "neither"),
        ("ES256", b"{not json", "not a JWK"),
        ("ES256", b"{}", "not a JWK"),
        ("ES256", json.dumps({**P256, "alg": "ES384"}).encode(), "ES384"),
        ("ES256", json.dumps({**P256, "use": "enc"}).encode(), "enc"),
        ("ES256", json.dumps({k: v for k, v in P256.items() if k != "d"}).encode(), "no private key"),
        ("ES256", json.dumps({"kty": "oct", "k": "c2VjcmV0"}).encode(), "too weak"),
        ("ES256", json.dumps({"kty": "oct", "k": "c2VjcmV0" * 8}).encode(), "no private key"),
        ("ES256", json.dumps(ED25519).encode(), "this kind of key"),
    ],
)
def test_a_key_that_can_not_sign_for_us_is_refused_with_the_reason(
    algorithm: Algorithm, text: bytes, why: str
) -> None:
    with pytest.raises(UnusableKey, match=why):
        read_private_key(text, algorithm)
