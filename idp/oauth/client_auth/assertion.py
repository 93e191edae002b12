"""What assertions of clients have in common, whatever they are signed with. RFC 7521 §4.2, RFC 7523 §3, OpenID Connect
Core §9.

An assertion is for us alone, lives for an hour at most, and is accepted once: its `jti` is remembered in the
transaction of what it asked for, so of two requests at once one wins. What it says of itself only finds the client;
what the client registered decides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.signing.compact import BadToken
from idp.signing.foreign import ForeignHeader, read_foreign_header, read_unverified
from idp.signing.public_keys import PublicKey
from idp.spec.errors import InvalidClient
from idp.store.replay import USE_ONCE, replay_digest
from idp.store.statement import Effect

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION = "client assertion"
# A JWT for another use says so in `typ` (RFC 8725 §3.11); these are no use at all, and the one of RFC 7523bis.
_TYPES = ("", "jwt", "client-authentication+jwt")
# Well-known libraries ask for an hour. What is used is remembered for as long, so more would only fill a table.
_LONGEST_SECONDS = 3_600
# FAPI 2.0 §5.3.2.1 wants 10 seconds ahead accepted, and 60 refused.
_SKEW_SECONDS = 30
_LONGEST_JTI = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionFacts:
    """`keys` are those that the client registered, `secrets` those that it shares with us; `digest` is what the use
    will be remembered by, from an assertion that nobody has verified.
    """

    keys: tuple[PublicKey, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    digest: bytes
    is_used: bool = False


def read_assertion(
    form: Mapping[str, str], method: str, *, algorithms: Collection[str], others: Collection[str]
) -> Presented | None:
    """The assertion that a request presents, if its algorithm is of this method, or of none: then `others` lacks it."""
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(f"client_assertion_type is not {ASSERTION_TYPE}")
    assertion = form.get("client_assertion", "")
    try:
        header = read_foreign_header(assertion)
        if header.alg not in algorithms and (not others or header.alg in others):
            return None
        client_id = read_unverified(assertion).get("sub")
    except BadToken as error:
        raise wrong(str(error)) from None
    # NUL is no character of a client_id (RFC 6749 Appendix A.1), and no database of ours can look for it.
    if not isinstance(client_id, str) or not client_id or "\0" in client_id:
        raise wrong("sub is not a client_id")
    return Presented(method=method, client_id=client_id, assertion=assertion, accepts=(method,))


def use_of(presented: Presented, client: Client) -> bytes:
    """What the use of an assertion will be remembered by."""
    jti = str(read_unverified(presented.assertion).get("jti"))
    return replay_digest(_ASSERTION, client.client_id, jti)


def check_header(assertion: str, client: Client) -> ForeignHeader:
    """The header, if it is one of an assertion that this client may write. Raises `BadToken`."""
    header, wanted = read_foreign_header(assertion), client.token_endpoint_auth_signing_alg
    if header.typ not in _TYPES:
        raise BadToken(f"typ {header.typ[:32]} is that of another kind of token")
    if wanted and header.alg != wanted:
        raise BadToken(f"alg is not {wanted}, which the client registered")
    return header


def check_claims(
    claims: Mapping[str, Any], client: Client, facts: AssertionFacts, *, audiences: Collection[str], now: int
) -> Effect:
    """What remembers the use of a right assertion, given the claims of a verified one. Raises InvalidClient, whose text
    is for the client's developer.

    The first of `audiences` is the issuer, and alone it has to be the whole `aud`.
    """
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise wrong("iss and sub have to be the client_id")  # RFC 7523 §3, items 1 and 2
    _check_audience(claims.get("aud"), audiences)
    ends_at = _check_times(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        # OpenID Connect Core §9: REQUIRED
        raise wrong(f"jti is not a text of 1 to {_LONGEST_JTI} characters")
    if facts.is_used:
        raise wrong("jti was used before")
    return USE_ONCE.effect(expects=1, digest=facts.digest, expires_at=ends_at)


def wrong(why: str) -> InvalidClient:
    return InvalidClient(f"client_assertion: {why}")


def _check_audience(audience: object, audiences: Collection[str]) -> None:
    """RFC 7523bis §4: the issuer as a text, so that no other server can use what it was sent. Where endpoints are
    accepted too, so is a list, as old libraries write it, if every member is one of ours.
    """
    named = audience if isinstance(audience, list) and len(audiences) > 1 else [audience]
    if not named or not all(isinstance(name, str) and name in audiences for name in named):
        raise wrong(f"aud is not {' or '.join(audiences)}")


def _check_times(claims: Mapping[str, Any], now: int) -> int:
    """When it will no longer be accepted."""
    expires_at = _time(claims, "exp")
    if expires_at is None:
        raise wrong("exp is missing")
    if expires_at + _SKEW_SECONDS <= now:
        raise wrong("exp is past")
    if expires_at - _SKEW_SECONDS > now + _LONGEST_SECONDS:
        raise wrong(f"exp is more than {_LONGEST_SECONDS} seconds ahead")
    for name in ("nbf", "iat"):
        at = _time(claims, name)
        if at is not None and at - _SKEW_SECONDS > now:
            raise wrong(f"{name} is in the future; is the client's clock right?")
    return int(expires_at) + _SKEW_SECONDS + 1


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    at = claims.get(name)
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise wrong(f"{name} is not a time in seconds")
    return at
