"""What an access token says, once it was found right: RFC 9068 §2.2, RFC 7662 §2.2."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.spec.actor import Actor
from idp.spec.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`value` is the token itself, to exchange it, say; `claims` all that it says. `sub` is the person, or the client
    where it acts for itself; `actor` who acts for them, if somebody does.
    """

    value: str
    claims: Mapping[str, Any]
    sub: str
    client_id: str
    scopes: frozenset[str]
    acr: str
    authenticated_at: int | None
    actor: Actor | None
    confirmation: Confirmation

    def __repr__(self) -> str:
        """Without the value: it must not end in logs."""
        return f"Token(sub={self.sub!r}, client_id={self.client_id!r}, scopes={sorted(self.scopes)!r})"
