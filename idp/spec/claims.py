"""Standard claims and the `claims` parameter: OpenID Connect Core §5.1, §5.4 and §5.5."""

import json
from collections.abc import Mapping
from typing import Any

from idp.spec.errors import InvalidRequest

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
CLAIMS_SUPPORTED = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid", "at_hash",
    *(claim for claims in SCOPE_CLAIMS.values() for claim in claims),
)  # fmt: skip


def check_claims_parameter(value: str) -> None:
    """Raises InvalidRequest unless `value` is a claims request of §5.5, or empty."""
    if value:
        claims_request(value)


def claims_request(value: str) -> dict[str, dict[str, Any]]:
    """`{"userinfo": {claim: null | {…}}, "id_token": {…}}`, each member perhaps absent. Raises InvalidRequest."""
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise InvalidRequest("claims is not a JSON object") from None
    if not isinstance(parsed, dict):
        raise InvalidRequest("claims is not a JSON object")
    for member in ("userinfo", "id_token"):
        section = parsed.get(member)
        if section is None:
            parsed.pop(member, None)
        elif not isinstance(section, dict) or not all(v is None or isinstance(v, dict) for v in section.values()):
            raise InvalidRequest(f"claims member {member} is not as OpenID Connect Core 5.5 has it")
    return parsed


def granted_claims(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The claims which the scopes stand for, §5.4."""
    return tuple(claim for scope in scopes for claim in SCOPE_CLAIMS.get(scope, ()))
