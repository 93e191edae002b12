"""JWS Compact Serialization (RFC 7515 §7.1) as we write and accept it: our four algorithms, three header members.

`joserfc` does the cryptography, but for ES256, with which most tokens are signed. It calls the name EdDSA deprecated
(RFC 9864 wants Ed25519), but relying parties know EdDSA from RFC 8037 and many know nothing else, so that is what our
metadata and headers say.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from idp.records.key import ALGORITHMS

LARGEST_TOKEN = 16_384
_encode = json.JSONEncoder(separators=(",", ":")).encode
_LARGEST_HEADER = 512
_MEMBERS = {"alg", "kid", "typ"}
_ECDSA, _COORDINATE_BYTES = ECDSA(SHA256()), 32


class BadToken(Exception):
    """Not a token of ours, or not one for this use; the text is for logs."""


class _EdDSA(EdDSAAlgorithm):
    """Ed25519 by the name of RFC 8037; our keys have no other curve."""

    security_warning = ""


REGISTRY = JWSRegistry(algorithms=ALGORITHMS)
"""Our algorithms and no other: `none` and HMAC are not even known to it."""
REGISTRY.algorithms = {**{name: JWSRegistry.algorithms[name] for name in ALGORITHMS}, "EdDSA": _EdDSA()}
REGISTRY.max_payload_length = LARGEST_TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A JOSE header, not yet to be believed."""

    alg: str
    kid: str
    typ: str


def write_compact(header: Header, claims: Mapping[str, Any], key: Any) -> str:
    """`claims` as a JWT, signed with a key of joserfc's that is for `header.alg`.

    joserfc's own serialization checks what a caller might have put into a header, and ours has three members that
    `signing/keyring.py` fills in.
    """
    signing_input = b"%b.%b" % (_written(header), _base64url(_encode(claims).encode()))
    if header.alg == "ES256":
        signature = _es256(signing_input, key.private_key)
    else:
        signature = REGISTRY.algorithms[header.alg].sign(signing_input, key)
    return (signing_input + b"." + _base64url(signature)).decode()


def read_header(token: str) -> Header:
    """The header of `token`. Raises `BadToken`.

    Ours have exactly `alg`, `kid` and `typ`. That refuses `crit`, `b64`, `jwk`, `jku`, `x5u` and all that was not
    invented yet, none of which a token of ours can have.
    """
    if len(token) > LARGEST_TOKEN or not token.isascii():
        raise BadToken("too large, or not ASCII")
    encoded = token.partition(".")[0]
    if token.count(".") != 2 or len(encoded) > _LARGEST_HEADER:
        raise BadToken("not in compact serialization")
    try:
        members = json.loads(urlsafe_b64decode(encoded.encode()))
    except (ValueError, RecursionError) as error:
        raise BadToken("the header is not JSON") from error
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise BadToken("the header has other members than alg, kid and typ")
    if not all(isinstance(value, str) for value in members.values()):
        raise BadToken("a header member is not a string")
    return Header(**members)


def _es256(signing_input: bytes, key: EllipticCurvePrivateKey) -> bytes:
    """RFC 7518 §3.4: both numbers of the signature, one after the other. joserfc's way there costs a quarter more."""
    numbers = decode_dss_signature(key.sign(signing_input, _ECDSA))
    return b"".join(number.to_bytes(_COORDINATE_BYTES, "big") for number in numbers)


# As many as there are keys and types of token.
@lru_cache(maxsize=64)
def _written(header: Header) -> bytes:
    return _base64url(_encode({"alg": header.alg, "kid": header.kid, "typ": header.typ}).encode())


def _base64url(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")
