"""Standard claims and the scopes that stand for them: OpenID Connect Core §5.1 and §5.4."""

from collections.abc import Mapping, Sequence

PROFILE_CLAIMS = (
    "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "customer_id",
)  # fmt: skip
SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": PROFILE_CLAIMS,
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
SCOPE_OF_CLAIM: Mapping[str, str] = {
    claim: scope for scope, claims in SCOPE_CLAIMS.items() for claim in claims
}
"""A claim that is asked for by itself is granted as the scope that stands for it would be."""
CLAIM_PREFIX = "claim:"
"""A claim that somebody allowed by itself stands so among the scopes that they allowed."""
CLAIMS_SUPPORTED = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "c_hash", "s_hash",
    *(claim for claims in SCOPE_CLAIMS.values() for claim in claims),
)  # fmt: skip


def granted_claims(scopes: Sequence[str]) -> tuple[str, ...]:
    """The claims which the scopes stand for, §5.4."""
    return tuple(claim for scope in scopes for claim in SCOPE_CLAIMS.get(scope, ()))
