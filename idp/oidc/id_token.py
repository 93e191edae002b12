"""ID tokens: OpenID Connect Core §2 and §3.1.3.6.

Scope claims stay in userinfo (§5.4), since a code yields an access token.
Signing is the keyring's business, and which algorithm a client wants is in its registration.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from idp.records.account import Person
from idp.records.grant import Family

# The hash that each algorithm implies (§3.1.3.6). Ed25519 hashes with SHA-512 inside.
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "RS256": hashlib.sha256,
    "PS256": hashlib.sha256,
    "ES256": hashlib.sha256,
    "EdDSA": hashlib.sha512,
}


def id_token_claims(
    *,
    issuer: str,
    family: Family,
    person: Person,
    nonce: str,
    access_token: str,
    algorithm: str,
    lifetime_seconds: int,
    now: int,
) -> dict[str, Any]:
    """The claims of an ID token. `auth_time` is when the person last proved it, also in a refreshed token (§12.2)."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": person.sub,
        "aud": family.client_id,
        "iat": now,
        "exp": now + lifetime_seconds,
        "auth_time": family.authenticated_at,
        "acr": family.acr,
        "amr": list(family.amr),
        "sid": family.sid,
        "at_hash": half_hash(access_token, algorithm),
    }
    if nonce:
        claims["nonce"] = nonce
    return claims


def half_hash(value: str, algorithm: str) -> str:
    """The left half of the hash that `algorithm` implies, base64url (§3.1.3.6)."""
    digest = _HASHES[algorithm](value.encode("ascii")).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
