"""The `claims` parameter: which claims a client asks for one by one. OpenID Connect Core §5.5.

Read once, strictly, into what is looked at later: names, whether they are essential, and the values wished for. A
member that we don't know means nothing, and is left out.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.spec.errors import InvalidRequest

_LONGEST = 8_192
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """How one claim is asked for (§5.5.1). `values` holds what it should be, whether one or several were named."""

    is_essential: bool = False
    values: tuple[Any, ...] = ()

    def admits(self, value: object) -> bool:
        """Whether a claim of this value answers what was asked: any does, unless values were named."""
        return not self.values or value in self.values

    def member(self) -> dict[str, Any] | None:
        """As §5.5.1 writes it."""
        essential = {"essential": True} if self.is_essential else {}
        values = {"values": list(self.values)} if self.values else {}
        return {**essential, **values} or None

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a claim that is a text. Raises InvalidRequest for what is none."""
        if not all(isinstance(value, str) for value in self.values):
            raise InvalidRequest(f"claims asks for values of {name} that are no texts")
        return self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """By name, language tags included (§5.2), in the order of the request."""

    id_token: Mapping[str, ClaimRequest] = field(default_factory=dict)
    userinfo: Mapping[str, ClaimRequest] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.id_token, *self.userinfo})

    def only(self, names: Collection[str]) -> "ClaimsRequest":
        """The part of it that is about `names`."""
        return ClaimsRequest(
            id_token={name: asked for name, asked in self.id_token.items() if name in names},
            userinfo={name: asked for name, asked in self.userinfo.items() if name in names},
        )

    def text(self) -> str:
        """The same as a parameter, or empty where nothing is asked for."""
        members = {"id_token": self.id_token, "userinfo": self.userinfo}
        document = {
            member: {name: asked.member() for name, asked in claims.items()}
            for member, claims in members.items()
            if claims
        }
        return json.dumps(document, separators=(",", ":")) if document else ""


NOTHING = ClaimRequest()


def read_claims_request(text: str) -> ClaimsRequest:
    """The parameter, or an empty request for an empty one. Raises InvalidRequest."""
    if not text:
        return ClaimsRequest()
    if len(text) > _LONGEST:
        raise InvalidRequest("claims is too long")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest("claims is not a JSON object") from None
    if not isinstance(document, dict):
        raise InvalidRequest("claims is not a JSON object")
    return ClaimsRequest(id_token=_member(document, "id_token"), userinfo=_member(document, "userinfo"))


def _member(document: Mapping[str, Any], name: str) -> Mapping[str, ClaimRequest]:
    member = document.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict) or len(member) > _MOST:
        raise InvalidRequest(f"claims has a malformed {name} member")
    return {claim: _claim(claim, asked) for claim, asked in member.items()}


def _claim(name: str, asked: object) -> ClaimRequest:
    if asked is None:
        return NOTHING
    if not isinstance(asked, dict):
        raise InvalidRequest(f"claims asks for {name[:64]} in a way that means nothing")
    several = asked.get("values", [])
    if not isinstance(several, list):
        raise InvalidRequest(f"claims asks for values of {name[:64]} that are no list")
    # Null is no wish, but no person either: who names one has to name somebody (§5.5.1).
    has_value = asked.get("value") is not None or (name == "sub" and "value" in asked)
    one = [asked["value"]] if has_value else []
    return ClaimRequest(is_essential=asked.get("essential") is True, values=(*one, *several))
