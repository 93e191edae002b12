"""Claims about a person: OpenID Connect Core §5.1. A claim that we don't know is left out, never null (§5.3.2)."""

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
        "locale": person.language,
        "preferred_username": person.profile.get("preferred_username") or person.customer_id,
        "updated_at": person.updated_at,
    }
    known = {**person.profile, **own}
    return {name: known[name] for name in names if known.get(name) not in (None, "")}


def asked_claims(person: Person, asked: Mapping[str, ClaimRequest]) -> dict[str, Any]:
    """What was asked for by itself, unless its value is none of those that would do (§5.5.1)."""
    found = claims_of(person, asked)
    return {name: value for name, value in found.items() if asked[name].admits(value)}


def scope_claims(person: Person, scopes: Sequence[str]) -> dict[str, Any]:
    """What the granted scopes stand for (§5.4)."""
    return claims_of(person, granted_claims(scopes))
