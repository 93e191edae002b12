"""The authentication context that a request asks for: `acr_values`, and `acr` in the `claims` parameter.

OpenID Connect Core §3.1.2.1 and §5.5.1.1. Voluntary values are reached where the person can; an essential one must be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.spec.assurance import ACR_VALUES_SUPPORTED, reaches
from idp.spec.claims_request import NOTHING, ClaimRequest, ClaimsRequest
from idp.spec.errors import InvalidRequest, UnmetAuthenticationRequirements

# Each of a pairwise client's is looked up.
_MOST_SUBJECTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrRequest:
    """`essential` and `wished` are rungs, or empty. `named` are all that were asked for, in their order."""

    essential: str = ""
    wished: str = ""
    named: tuple[str, ...] = ()

    def reported(self, reached: str) -> str:
        """What a sign-in that reached a rung reports: the first that was asked for and is reached, or else the rung."""
        return next((value for value in self.named if reaches(reached, value)), reached)


def acr_request(acr_values: Sequence[str], claims: ClaimsRequest) -> AcrRequest:
    """What is asked for. Raises InvalidRequest, and UnmetAuthenticationRequirements for what nobody reaches here."""
    asked = claims.id_token.get("acr", NOTHING)
    values = asked.texts("acr")
    named = tuple(value for value in (*values, *acr_values) if value in ACR_VALUES_SUPPORTED)
    if asked.is_essential and values:
        known = [value for value in values if value in ACR_VALUES_SUPPORTED]
        if not known:
            raise UnmetAuthenticationRequirements("none of the essential acr values is known here")
        return AcrRequest(essential=min(known), named=tuple(known))
    return AcrRequest(wished=named[0] if named else "", named=named)


def claimed_subjects(claims: ClaimsRequest) -> frozenset[str]:
    """Each `sub` that the answer may be about (Core §3.1.2.2, §5.5.1), or empty where that is anybody. Raises
    InvalidRequest.
    """
    named = [names for names in (_subjects(claims.id_token), _subjects(claims.userinfo)) if names]
    if not named:
        return frozenset()
    subjects = frozenset.intersection(*named)
    if not subjects:
        raise InvalidRequest("claims names different people")
    return subjects


def _subjects(member: Mapping[str, ClaimRequest]) -> frozenset[str]:
    names = frozenset(member.get("sub", NOTHING).texts("sub"))
    if len(names) > _MOST_SUBJECTS:
        raise InvalidRequest("claims names too many people")
    return names
