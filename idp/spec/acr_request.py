"""The authentication context that a request asks for: `acr_values`, and `acr` in the `claims` parameter.

OpenID Connect Core §3.1.2.1 and §5.5.1.1. Voluntary values are reached where the person can; an essential one must be.
Of `claims` this reads the ID token's `acr`, and `sub` with a value; which others there are, scopes decide (§5.5 leaves
that open).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.spec.assurance import ACR_VALUES_SUPPORTED, reaches
from idp.spec.errors import InvalidRequest, UnmetAuthenticationRequirements

_LONGEST_CLAIMS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrRequest:
    """`essential` and `wished` are rungs, or empty. `named` are all that were asked for, in their order."""

    essential: str = ""
    wished: str = ""
    named: tuple[str, ...] = ()

    def reported(self, reached: str) -> str:
        """What a sign-in that reached a rung reports: the first that was asked for and is reached, or else the rung."""
        return next((value for value in self.named if reaches(reached, value)), reached)


def acr_request(acr_values: Sequence[str], claims: str) -> AcrRequest:
    """What is asked for. Raises InvalidRequest, and UnmetAuthenticationRequirements for what nobody reaches here."""
    asked = _member(claims, "acr")
    values = _values(asked)
    named = tuple(value for value in (*values, *acr_values) if value in ACR_VALUES_SUPPORTED)
    if asked.get("essential") is True and values:
        known = [value for value in values if value in ACR_VALUES_SUPPORTED]
        if not known:
            raise UnmetAuthenticationRequirements("none of the essential acr values is known here")
        return AcrRequest(essential=min(known), named=tuple(known))
    return AcrRequest(wished=named[0] if named else "", named=named)


def claimed_subject(claims: str) -> str:
    """The only `sub` that the answer may be about (Core §3.1.2.2), or empty. Raises InvalidRequest."""
    value = _member(claims, "sub").get("value", "")
    if not isinstance(value, str):
        raise InvalidRequest("claims asks for a sub that is no text")
    return value


def _member(claims: str, name: str) -> Mapping[str, Any]:
    """A member of `id_token` in the claims parameter; null and absent ask for nothing particular."""
    if not claims:
        return {}
    if len(claims) > _LONGEST_CLAIMS:
        raise InvalidRequest("claims is too long")
    try:
        document = json.loads(claims)
    except (ValueError, RecursionError):
        raise InvalidRequest("claims is not a JSON object") from None
    if not isinstance(document, dict):
        raise InvalidRequest("claims is not a JSON object")
    id_token = document.get("id_token") or {}
    asked = id_token.get(name) or {} if isinstance(id_token, dict) else None
    if not isinstance(asked, dict):
        raise InvalidRequest("claims has a malformed id_token member")
    return asked


def _values(asked: Mapping[str, Any]) -> tuple[str, ...]:
    one, several = asked.get("value"), asked.get("values", [])
    if not isinstance(several, list) or not all(isinstance(value, str) for value in several):
        raise InvalidRequest("claims asks for acr values that are no list of texts")
    return (one, *several) if isinstance(one, str) else tuple(several)
