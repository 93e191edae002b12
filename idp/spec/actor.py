"""Who acts for whom: the `act` claim, RFC 8693 §4.1.

The outermost actor is the current one; those inside acted before, the innermost first.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

LONGEST_CHAIN = 5
"""How many actors a token may name. RFC 8693 §4.1 sets no limit; a token that travels further is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`sub` is a person's or a client's, as the token's audience may know it; `client_id` is set where a client acts
    for itself. `iss` is empty for those of ours.
    """

    sub: str
    client_id: str = ""
    iss: str = ""
    former: "Actor | None" = None

    def claim(self) -> dict[str, Any]:
        """The `act` claim."""
        members: dict[str, Any] = {"sub": self.sub}
        if self.client_id:
            members["client_id"] = self.client_id
        if self.iss:
            members["iss"] = self.iss
        if self.former is not None:
            members["act"] = self.former.claim()
        return members

    def chain(self) -> Iterator[Self]:
        """From the current actor to the first."""
        actor: Any = self
        while actor is not None:
            yield actor
            actor = actor.former

    def text(self) -> str:
        """As it is stored: JSON."""
        return json.dumps(self.claim(), separators=(",", ":"))


class MalformedActor(ValueError):
    """An `act` claim that is none, or that is nested deeper than `LONGEST_CHAIN`."""


def actor_of(claims: Mapping[str, Any]) -> Actor | None:
    """The actor that a token's claims name, if any. Raises MalformedActor."""
    return _read(claims["act"], LONGEST_CHAIN) if "act" in claims else None


def _read(claim: object, deepest: int) -> Actor:
    if deepest == 0 or not isinstance(claim, Mapping):
        raise MalformedActor
    sub, client_id, iss = (claim.get(name, "") for name in ("sub", "client_id", "iss"))
    if not (isinstance(sub, str) and isinstance(client_id, str) and isinstance(iss, str) and sub):
        raise MalformedActor
    former = _read(claim["act"], deepest - 1) if "act" in claim else None
    return Actor(sub=sub, client_id=client_id, iss=iss, former=former)


@lru_cache(maxsize=1_024)
def read_actor(text: str) -> Actor | None:
    """What `Actor.text` stored; None of an empty text."""
    return _read(json.loads(text), LONGEST_CHAIN) if text else None
