"""Whether the claims of a token are those of an access token for this API: RFC 9068 §4, RFC 8725 §3.

The same for a JWT and for an answer of the introspection endpoint, which says the same in the same names.
"""

from collections.abc import Mapping
from typing import Any

from idp.resource.token import Token
from idp.spec.actor import MalformedActor, actor_of
from idp.spec.confirmation import confirmation_of
from idp.spec.errors import InvalidToken
from idp.spec.scope import scopes_of

LEEWAY_SECONDS = 10
"""How far the clocks of issuer and API may differ."""


def check_claims(value: str, claims: Mapping[str, Any], *, issuer: str, audience: str, now: float) -> Token:
    """The token. Raises InvalidToken."""
    if claims.get("iss") != issuer:
        raise _wrong("iss is not the issuer that this API trusts")
    if audience not in _audiences(claims.get("aud")):
        raise _wrong("aud does not name this API")
    expires_at = _time(claims, "exp")
    if expires_at is None or now >= expires_at + LEEWAY_SECONDS:
        raise _wrong("expired")
    for name in ("nbf", "iat"):
        at = _time(claims, name)
        if at is not None and at > now + LEEWAY_SECONDS:
            raise _wrong(f"{name} is in the future")
    authenticated_at = _time(claims, "auth_time")
    try:
        actor = actor_of(claims)
    except MalformedActor:
        raise _wrong("act is malformed") from None
    return Token(
        value=value,
        claims=claims,
        sub=_text(claims, "sub", is_needed=True),
        client_id=_text(claims, "client_id", is_needed=True),
        scopes=frozenset(scopes_of(_text(claims, "scope"))),
        acr=_text(claims, "acr"),
        authenticated_at=None if authenticated_at is None else int(authenticated_at),
        actor=actor,
        confirmation=confirmation_of(claims),
    )


def _audiences(aud: object) -> list[object]:
    return list(aud) if isinstance(aud, list) else [aud]


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    at = claims.get(name)
    if at is None:
        return None
    # An infinite `exp` would never come.
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) < 1e12:
        raise _wrong(f"{name} is not a time in seconds")
    return at


def _text(claims: Mapping[str, Any], name: str, *, is_needed: bool = False) -> str:
    text = claims.get(name, "")
    if not isinstance(text, str) or (is_needed and not text):
        raise _wrong(f"{name} is missing, or not a text")
    return text


def _wrong(why: str) -> InvalidToken:
    return InvalidToken("the access token is malformed, expired or not for this API", log_reason=why)
