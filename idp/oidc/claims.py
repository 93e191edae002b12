"""Claims about a person: OpenID Connect Core §5.1.

A claim that we don't know is left out, never null (§5.3.2), and so is one whose stored value is not of its type:
profiles also come from elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from idp.records.account import Person
from idp.spec.claims import granted_claims
from idp.spec.claims_request import ClaimRequest


def claims_of(person: Person, names: Iterable[str]) -> dict[str, Any]:
    """The claims of `names` that this person has."""
    own: Mapping[str, Any] = {
        "email": person.primary_email,
        "email_verified": person.primary_email_verified if person.primary_email else None,
        "customer_id": person.customer_id,
        "locale": person.language or person.profile.get("locale"),
        "preferred_username": person.profile.get("preferred_username") or person.customer_id,
        "updated_at": person.updated_at,
    }
    known = {**person.profile, **own}
    found = {name: _typed(name, known.get(name)) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _typed(name: str, value: Any) -> Any:
    """The value if it is of the claim's type, None if it is not, or says nothing."""
    match name:
        case "email_verified" | "phone_number_verified":
            return value if isinstance(value, bool) else None
        case "updated_at":
            return value
        case "address":
            members = value if isinstance(value, dict) else {}
            return {part: text for part, text in members.items() if text and isinstance(text, str)} or None
        case _:
            return value if value and isinstance(value, str) else None


def asked_claims(person: Person, asked: Mapping[str, ClaimRequest]) -> dict[str, Any]:
    """What was asked for by itself, unless its value is none of those that would do (§5.5.1)."""
    found = claims_of(person, asked)
    return {name: value for name, value in found.items() if asked[name].admits(value)}


def scope_claims(person: Person, scopes: Sequence[str]) -> dict[str, Any]:
    """What the granted scopes stand for (§5.4)."""
    return claims_of(person, granted_claims(scopes))
