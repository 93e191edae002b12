"""Public keys of others: JWK sets that clients registered or publish. RFC 7517, RFC 7518 §6, RFC 8037 §2.

A set is read once, strictly where it matters and forgivingly elsewhere: a key that we can't use is left out, so that a
client may publish keys of tomorrow; a private or symmetric key refuses the whole set, since somebody made a mistake.
"""

import json
import warnings
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

LARGEST_SET = 65_536
_MOST_KEYS = 32
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS = range(2_048, 8_193)
_CURVES = {"P-256": ("ES256",), "Ed25519": ("EdDSA",)}
_RSA_SIGNS = ("RS256", "PS256")
# RFC 7517 §4.3: what a key is for, in other words than `use`.
_OPERATIONS = {
    "sig": frozenset({"sign", "verify"}),
    "enc": frozenset({"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"}),
}
_ODD_PRIMES = tuple(prime for prime in range(3, 168) if all(prime % factor for factor in range(2, prime)))
JoseKey = RSAKey | ECKey | OKPKey


class BadKeySet(Exception):
    """Not a set of public keys; the text says why, and is fit for whoever registered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """`kid`, `use` and `algorithm` are empty where the key does not say. `signs`: the algorithms that it verifies.
    `certificate` is the SHA-256 of the certificate that it came with, empty where it came with none (`x5c`).
    """

    kid: str
    use: str
    algorithm: str
    key: JoseKey
    signs: tuple[str, ...]
    certificate: bytes = b""


def read_key_set(document: bytes | Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """The usable keys of a JWK set. Raises `BadKeySet`."""
    members = _parsed(document) if isinstance(document, bytes) else document
    keys = members.get("keys") if isinstance(members, Mapping) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise BadKeySet("is not a JWK set: an object whose member keys is a list of objects")
    if len(keys) > _MOST_KEYS:
        raise BadKeySet(f"has more than {_MOST_KEYS} keys")
    if any(_PRIVATE & key.keys() for key in keys):
        raise BadKeySet(
            "holds a private or symmetric key: publish the public half alone, and replace this key"
        )
    found = [usable for key in keys if (usable := _usable(key)) is not None]
    if len({key.kid for key in found if key.kid}) < sum(bool(key.kid) for key in found):
        raise BadKeySet("has two keys of the same kid")
    return tuple(found)


def _parsed(document: bytes) -> Any:
    if len(document) > LARGEST_SET:
        raise BadKeySet(f"is larger than {LARGEST_SET} bytes")
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        raise BadKeySet("is not JSON") from None


def _usable(members: Mapping[str, Any]) -> PublicKey | None:
    texts = {name: members.get(name, "") for name in ("kid", "use", "alg")}
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            key = JWKRegistry.import_key(
                {
                    name: members[name]
                    for name in members
                    if name
                    not in (
                        "kid",
                        "use",
                        "alg",
                        "key_ops",
                        "x5c",
                        "x5t",
                        "x5t#S256",
                        "x5u",
                        "ext",
                        "iat",
                        "nbf",
                        "exp",
                    )
                }
            )
    except (JoseError, SecurityWarning, ValueError, KeyError, TypeError, OverflowError):
        return None
    uses = {texts["use"], _use_of(members.get("key_ops"))} - {""}
    if not isinstance(key, RSAKey | ECKey | OKPKey) or len(uses) > 1:
        return None
    return PublicKey(
        kid=texts["kid"],
        use="".join(uses),
        algorithm=texts["alg"],
        key=key,
        signs=_signs(key),
        certificate=_certificate(members.get("x5c"), key),
    )


def _certificate(chain: object, key: JoseKey) -> bytes:
    """RFC 7517 §4.7: the first of a chain, in base64 rather than base64url, whose key has to be this one."""
    first = chain[0] if isinstance(chain, list) and chain else None
    if not isinstance(first, str):
        return b""
    try:
        der = b64decode(first, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            certified = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, Warning):
        return b""
    return sha256(der).digest() if certified == key.public_key else b""


def _use_of(operations: object) -> str:
    """The `use` that a list of operations comes to; empty where it says nothing, both, or what we don't know."""
    if not isinstance(operations, list) or not operations:
        return ""
    named = {operation for operation in operations if isinstance(operation, str)}
    return next((use for use, known in _OPERATIONS.items() if named <= known), "")


def _signs(key: JoseKey) -> tuple[str, ...]:
    if isinstance(key, RSAKey):
        public = key.public_key
        assert isinstance(public, RSAPublicKey)
        numbers = public.public_numbers()
        is_usual = public.key_size in _RSA_BITS and numbers.e >= 65_537 and numbers.n % 2
        return _RSA_SIGNS if is_usual and not _is_roca(numbers.n) else ()
    return _CURVES.get(str(key.as_dict(private=False).get("crv", "")), ())


def _is_roca(modulus: int) -> bool:
    """Whether an RSA key was made by the chips of CVE-2017-15361, whose primes can be found: then the modulus is a
    power of 65,537 modulo each small prime, as that of one other key in a thousand millions is.
    """
    return all(modulus % prime in _powers(prime) for prime in _ODD_PRIMES)


@cache
def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(65_537, exponent, prime) for exponent in range(prime))
