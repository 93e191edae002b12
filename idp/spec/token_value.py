"""Opaque values that we hand out: codes, refresh tokens, links, cookies.

A value is a time-ordered identifier (16 bytes, the key of its row) and a secret (32 bytes), base64url without
padding: 64 characters. Only its SHA-256 digest is stored.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

SECRET_BYTES = 32
_SHAPE = re.compile(r"[A-Za-z0-9_-]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenValue:
    """`identifier` is 32 hexadecimal digits, `value` what its holder gets, `digest` what we store."""

    identifier: str
    value: str
    digest: bytes


def make_token(identifier: str, secret: bytes) -> TokenValue:
    value = urlsafe_b64encode(bytes.fromhex(identifier) + secret).decode()
    return TokenValue(identifier=identifier, value=value, digest=digest_of(value))


def read_token(value: str) -> TokenValue | None:
    """The parts of a value that somebody sent, or None if it can't be one of ours."""
    if not _SHAPE.fullmatch(value):
        return None
    return TokenValue(identifier=urlsafe_b64decode(value)[:16].hex(), value=value, digest=digest_of(value))


def digest_of(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


def is_same(left: bytes, right: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left, right)
