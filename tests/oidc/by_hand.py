"""JWS and JWE with nothing but primitives, so that no mistake of a library's can hide itself. RFC 7515 to RFC 7518."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from cryptography.hazmat.primitives.padding import PKCS7

# Of the five ways to encrypt a content: the length of its key in bytes.
_KEY_BYTES = {"A128GCM": 16, "A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}
_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(decoded(token.split(".", maxsplit=1)[0]))
    return header


def unverified(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(decoded(token.split(".")[1]))
    return claims


def verified(token: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a JWT that the key of its `kid` signed. Raises InvalidSignature."""
    header = header_of(token)
    (jwk,) = [key for key in jwks["keys"] if key["kid"] == header["kid"]]
    assert jwk["alg"] == header["alg"]
    signing_input, signature = token.rpartition(".")[0].encode(), decoded(token.rpartition(".")[2])
    match header["alg"]:
        case "RS256":
            _rsa(jwk).verify(signature, signing_input, padding.PKCS1v15(), hashes.SHA256())
        case "PS256":
            salted = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
            _rsa(jwk).verify(signature, signing_input, salted, hashes.SHA256())
        case "ES256":
            halves = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
            der = utils.encode_dss_signature(*halves)
            _ec(jwk).verify(der, signing_input, ec.ECDSA(hashes.SHA256()))
        case "EdDSA":
            ed25519.Ed25519PublicKey.from_public_bytes(decoded(jwk["x"])).verify(signature, signing_input)
        case other:
            raise AssertionError(other)
    return unverified(token)


def decrypted(token: str, key: PrivateKey) -> str:
    """The content of a compact JWE."""
    protected, wrapped, nonce, content, tag = token.split(".")
    header = header_of(token)
    assert "zip" not in header
    content_key = _content_key(header, decoded(wrapped), key)
    enc = header["enc"]
    if enc.endswith("GCM"):
        plain = AESGCM(content_key).decrypt(
            decoded(nonce), decoded(content) + decoded(tag), protected.encode()
        )
        return plain.decode()
    half = len(content_key) // 2
    hash_name = {16: hashlib.sha256, 32: hashlib.sha512}[half]
    length = (len(protected) * 8).to_bytes(8)
    mac = hmac.new(
        content_key[:half], protected.encode() + decoded(nonce) + decoded(content) + length, hash_name
    )
    assert hmac.compare_digest(mac.digest()[:half], decoded(tag))
    cipher = Cipher(algorithms.AES(content_key[half:]), modes.CBC(decoded(nonce))).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = cipher.update(decoded(content)) + cipher.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def half_hash(value: str, algorithm: str) -> str:
    """OpenID Connect Core §3.1.3.6, in the hash that goes with the algorithm's signature."""
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(value.encode()).digest()
    return encoded(digest[: len(digest) // 2])


def _content_key(header: Mapping[str, Any], wrapped: bytes, key: PrivateKey) -> bytes:
    alg, enc = header["alg"], header["enc"]
    if isinstance(key, rsa.RSAPrivateKey):
        hash_ = {"RSA-OAEP": hashes.SHA1, "RSA-OAEP-256": hashes.SHA256}[alg]()
        return key.decrypt(wrapped, padding.OAEP(padding.MGF1(hash_), hash_, None))
    epk = header["epk"]
    if isinstance(key, x25519.X25519PrivateKey):
        shared = key.exchange(x25519.X25519PublicKey.from_public_bytes(decoded(epk["x"])))
    else:
        shared = key.exchange(ec.ECDH(), _ec(epk))
    direct = alg == "ECDH-ES"
    assert direct == (wrapped == b"")
    bits = _KEY_BYTES[enc] * 8 if direct else int(alg.removeprefix("ECDH-ES+A")[:3])
    agreed = _concat_kdf(shared, (enc if direct else alg).encode(), bits)
    return agreed if direct else aes_key_unwrap(agreed, wrapped)


def _concat_kdf(shared: bytes, algorithm: bytes, bits: int) -> bytes:
    """RFC 7518 §4.6.2, with no party named."""
    info = len(algorithm).to_bytes(4) + algorithm + bytes(4) + bytes(4) + bits.to_bytes(4)
    rounds = (hashlib.sha256(n.to_bytes(4) + shared + info).digest() for n in (1, 2))
    return b"".join(rounds)[: bits // 8]


def _rsa(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    e, n = (int.from_bytes(decoded(jwk[name])) for name in "en")
    return rsa.RSAPublicNumbers(e, n).public_key()


def _ec(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    curve = _CURVES[jwk["crv"]]
    x, y = (int.from_bytes(decoded(jwk[name])) for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
