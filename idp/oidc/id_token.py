"""ID tokens: OpenID Connect Core §2 and §3.1.3.6.

Scope claims stay in userinfo (§5.4) wherever an access token can fetch them there.
How it is signed and encrypted is in `answer_format.py`.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.records.grant import Family

# The hash that each algorithm implies (§3.1.3.6). Ed25519 hashes with SHA-512 inside.
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "RS256": hashlib.sha256,
    "PS256": hashlib.sha256,
    "ES256": hashlib.sha256,
    "EdDSA": hashlib.sha512,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What an ID token is bound to. Texts that are empty are not there; `state` counts in a front channel alone."""

    nonce: str = ""
    access_token: str = ""
    code: str = ""
    state: str = ""


def id_token_claims(
    *,
    issuer: str,
    family: Family,
    bound: Bound,
    algorithm: str,
    lifetime_seconds: int,
    now: int,
) -> dict[str, Any]:
    """The claims of an ID token. `auth_time` is when the person last proved it, also in a refreshed token (§12.2)."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": family.sub,
        "aud": family.client_id,
        "iat": now,
        "exp": now + lifetime_seconds,
        "auth_time": family.authenticated_at,
        "acr": family.acr,
        "amr": list(family.amr),
        "sid": family.sid,
    }
    if bound.nonce:
        claims["nonce"] = bound.nonce
    if algorithm not in _HASHES:
        # An unsigned token names no hash, and comes from the token endpoint, where none is needed (§3.1.3.6).
        return claims
    halves = {"at_hash": bound.access_token, "c_hash": bound.code, "s_hash": bound.state}
    return claims | {name: half_hash(value, algorithm) for name, value in halves.items() if value}


def half_hash(value: str, algorithm: str) -> str:
    """The left half of the hash that `algorithm` implies, base64url (§3.1.3.6, §3.3.2.11; `s_hash` is of FAPI 1.0
    part 2, §5.1.1).
    """
    digest = _HASHES[algorithm](value.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
