"""JSON Web Encryption (RFC 7516, RFC 7518 §4 and §5): to a client's key, and with our own keys back.

Compact serialization, public-key algorithms alone, no compression (a few bytes can unpack to millions). RSA1_5 is not
known here: its padding tells an attacker what went wrong.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from idp.signing.compact import BadToken
from idp.signing.foreign import unrepeated
from idp.signing.public_keys import PublicKey

RSA_ALGORITHMS = ("RSA-OAEP-256", "RSA-OAEP")
EC_ALGORITHMS = ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
KEY_ALGORITHMS = (*RSA_ALGORITHMS, *EC_ALGORITHMS)
CONTENT_ALGORITHMS = ("A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512")
DEFAULT_CONTENT_ALGORITHM = "A128CBC-HS256"
"""OpenID Connect Registration §2, where a client registers the other half alone."""
# RFC 7518 §4.6, RFC 8037 §3.2: Ed25519 signs only.
_CURVES = frozenset({"P-256", "P-384", "P-521", "X25519"})
LARGEST_ENCRYPTED = 65_536
_LARGEST_HEADER = 4_096
_MEMBERS = frozenset({"alg", "enc", "kid", "cty", "typ", "epk", "apu", "apv"})

_ANY_KEY = b"\1" * 32

_REGISTRY = JWERegistry(algorithms=[*KEY_ALGORITHMS, *CONTENT_ALGORITHMS])
_REGISTRY.max_protected_header_length = _LARGEST_HEADER
_REGISTRY.max_ciphertext_length = LARGEST_ENCRYPTED


class NoEncryptionKey(Exception):
    """A client that wants encrypted answers has no key for it."""


def is_encrypted(token: str) -> bool:
    """Whether a token has the five parts of a JWE."""
    return token.count(".") == 4


def encryption_key(keys: Iterable[PublicKey], algorithm: str) -> PublicKey:
    """The key to encrypt to: one that says so itself comes first. Raises `NoEncryptionKey`."""
    fitting = [
        key
        for key in keys
        if _fits(key, algorithm) and key.use in ("", "enc") and key.algorithm in ("", algorithm)
    ]
    if not fitting:
        raise NoEncryptionKey(f"no key of the client is for {algorithm}")
    return min(fitting, key=lambda key: (key.use != "enc", key.algorithm != algorithm))


def _fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is of the kind that an algorithm needs, and strong enough: an RSA key that may not sign is not."""
    if isinstance(key.key, RSAKey):
        return algorithm in RSA_ALGORITHMS and bool(key.signs)
    return algorithm in EC_ALGORITHMS and key.key.curve_name in _CURVES and _brings_a_secret(key)


def _brings_a_secret(key: PublicKey) -> bool:
    """Whether something comes of a key: points of X25519 of low order make every shared secret zero (RFC 7748 §6.1)."""
    public = key.key.public_key
    if not isinstance(public, X25519PublicKey):
        return True
    try:
        X25519PrivateKey.from_private_bytes(_ANY_KEY).exchange(public)
    except ValueError:
        return False
    return True


def encrypt(content: str, key: PublicKey, *, algorithm: str, content_algorithm: str, cty: str = "") -> str:
    """A compact JWE. `cty` is JWT where the content is one (RFC 7519 §5.2)."""
    header = {"alg": algorithm, "enc": content_algorithm}
    header |= {"kid": key.kid} if key.kid else {}
    header |= {"cty": cty} if cty else {}
    return jwe.encrypt_compact(header, content.encode(), key.key, registry=_REGISTRY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecryptionKey:
    """One of ours, which serves its own algorithm alone (RFC 8725 §3.1)."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey


def decrypt(token: str, keys: Sequence[DecryptionKey]) -> str:
    """What was encrypted to one of our keys: the one that the header names, or any of its algorithm where it names
    none. Raises `BadToken`, which never says why.
    """
    header = read_encryption_header(token)
    fitting = [each for each in keys if each.algorithm == header["alg"]]
    for each in fitting:
        if header.get("kid", each.kid) == each.kid:
            try:
                content = jwe.decrypt_compact(token, each.key, registry=_REGISTRY).plaintext
                return (content or b"").decode()
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    raise BadToken("it can't be decrypted")


def read_encryption_header(token: str) -> dict[str, Any]:
    """The header of a JWE, not yet to be believed: its members are known, and of their types. Raises `BadToken`."""
    encoded = token.partition(".")[0]
    if len(token) > LARGEST_ENCRYPTED or not token.isascii() or len(encoded) > _LARGEST_HEADER:
        raise BadToken("the encrypted token is too large")
    try:
        members = json.loads(urlsafe_b64decode(encoded.encode()), object_pairs_hook=unrepeated)
    except (ValueError, RecursionError) as error:
        raise BadToken("the header is not JSON") from error
    if not isinstance(members, dict) or not members.keys() <= _MEMBERS:
        raise BadToken("the header has members that are not accepted")
    if not all(isinstance(value, dict if name == "epk" else str) for name, value in members.items()):
        raise BadToken("a header member is of a wrong type")
    if members.get("alg") not in KEY_ALGORITHMS or members.get("enc") not in CONTENT_ALGORITHMS:
        raise BadToken("the token is encrypted in a way that is not accepted")
    return members
