"""Signatures of JWTs that are not believed yet: RFC 7515 §5.2, RFC 8725 §3.1 and §3.2.

`joserfc` does the cryptography. `none` and HMAC are not even known here, so no public key can be taken for a secret.
"""

import json
import warnings
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
LARGEST_TOKEN = 16_384
Key = RSAKey | ECKey | OKPKey

# The curve of a key, and what it signs with: a key never serves an algorithm that its kind isn't for.
_SIGNS = {"RSA": ("RS256", "PS256"), "EC": ("ES256",), "OKP": ("EdDSA",)}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}


class BadJws(Exception):
    """Not a JWT that could be right; the text is for logs."""


class _EdDSA(EdDSAAlgorithm):
    """Ed25519 by the name of RFC 8037, which joserfc warns of in favour of RFC 9864's."""

    security_warning = ""


REGISTRY = {**{name: JWSRegistry.algorithms[name] for name in ALGORITHMS[:3]}, "EdDSA": _EdDSA()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """A JWT in its parts; nothing of it was verified."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: Key, algorithm: str) -> bool:
        return bool(REGISTRY[algorithm].verify(self.signed, self.signature, key))


def looks_like_jwt(value: str) -> bool:
    return value.count(".") >= 2


def read_jws(value: str) -> Jws:
    """Raises BadJws."""
    if len(value) > LARGEST_TOKEN or not value.isascii() or value.count(".") != 2:
        raise BadJws("not one JWT in compact serialization, or too large")
    signed, _, signature = value.rpartition(".")
    try:
        header, claims = (_object(part) for part in signed.split("."))
        return Jws(
            header=header,
            claims=claims,
            signed=signed.encode(),
            signature=urlsafe_b64decode(signature.encode()),
        )
    except (JoseError, ValueError, RecursionError) as error:
        raise BadJws(f"malformed: {error}") from None


def read_key(members: dict[str, Any]) -> Key | None:
    """A public key that signs with one of our algorithms, or None; also where it is too small to prove anything."""
    kty = members.get("kty")
    if kty not in _SIGNS or members.get("crv") != _CURVES.get(str(kty)) or members.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            return JWKRegistry.import_key(members)  # type: ignore[return-value]
    except (JoseError, SecurityWarning, ValueError, TypeError):
        return None


def serves(members: dict[str, Any], algorithm: str) -> bool:
    """Whether a key is for this algorithm: RFC 8725 §3.1."""
    return algorithm in _SIGNS.get(str(members.get("kty")), ()) and members.get("alg", algorithm) == algorithm


def _object(part: str) -> dict[str, Any]:
    found = json.loads(urlsafe_b64decode(part.encode()), object_pairs_hook=_once, parse_constant=_refuse)
    # RFC 8259 §8.2: an escape can write half a character, which no digest takes.
    json.dumps(found, ensure_ascii=False).encode()
    if not isinstance(found, dict):
        raise BadJws("not an object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is there twice")
    return members


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
