"""The JWK Set that we publish: RFC 7517 §5. Public members only, in an order that changes only when a key does."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from idp.records.key import EVERY_ALGORITHM, OwnKey

# A reader that takes the first key which fits finds the one that signs; keys to encrypt to come last.
_STATES = ("active", "next", "retired")
_PUBLIC_MEMBERS = ("kty", "use", "alg", "kid", "crv", "x", "y", "n", "e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwks:
    """A response, ready to send."""

    body: bytes
    etag: str
    cache_control: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/jwk-set+json",
            "Cache-Control": self.cache_control,
            "ETag": self.etag,
        }


def build_jwks(keys: Iterable[OwnKey], *, now: int, max_age_seconds: int) -> Jwks:
    """The keys that are published at `now`."""
    published = sorted((key for key in keys if key.is_published(now)), key=_rank)
    body = json.dumps({"keys": [_public(key) for key in published]}, separators=(",", ":")).encode()
    return Jwks(
        body=body,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        cache_control=f"public, max-age={max_age_seconds}",
    )


def _rank(key: OwnKey) -> tuple[int, int, int, str]:
    return EVERY_ALGORITHM.index(key.algorithm), _STATES.index(key.state), key.created_at, key.kid


def _public(key: OwnKey) -> dict[str, str]:
    # Named one by one: a private member can't slip through, whatever a row holds.
    members = json.loads(key.public_jwk)
    return {name: members[name] for name in _PUBLIC_MEMBERS if name in members}
