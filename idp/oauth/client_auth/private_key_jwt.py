"""private_key_jwt: a client signs who it is with a key that it registered. RFC 7521 §4.2, RFC 7523 §3, OpenID Connect
Core §9.

An assertion is for us alone, lives for an hour at most, and is accepted once: its `jti` is remembered in the
transaction of what it asked for, so of two requests at once one wins. What it says of itself only finds the client; the
keys that the client registered decide.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.keys import ClientKeys
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.foreign import candidates, read_foreign_header, read_unverified, verify_foreign
from idp.signing.public_keys import PublicKey
from idp.spec.errors import InvalidClient
from idp.store.replay import USE_ONCE, replay_digest
from idp.store.statement import Effect

NAMES: tuple[str, ...] = ("private_key_jwt",)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION = "client assertion"
# A JWT for another use says so in `typ` (RFC 8725 §3.11); these are no use at all, and the one of RFC 7523bis.
_TYPES = ("", "jwt", "client-authentication+jwt")
# Well-known libraries ask for an hour. What is used is remembered for as long, so more would only fill a table.
_LONGEST_SECONDS = 3_600
_SKEW_SECONDS = 30
_LONGEST_JTI = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionFacts:
    """`keys` are those that the client registered; `digest` is what the use will be remembered by, from an assertion
    that nobody has verified.
    """

    keys: tuple[PublicKey, ...]
    digest: bytes
    is_used: bool = False


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient(f"client_assertion_type is not {ASSERTION_TYPE}")
    assertion = form.get("client_assertion", "")
    try:
        read_foreign_header(assertion)
        client_id = read_unverified(assertion).get("sub")
    except BadToken as error:
        raise InvalidClient(f"client_assertion: {error}") from None
    # NUL is no character of a client_id (RFC 6749 Appendix A.1), and no database of ours can look for it.
    if not isinstance(client_id, str) or not client_id or "\0" in client_id:
        raise InvalidClient("client_assertion: sub is not a client_id")
    return Presented(method="private_key_jwt", client_id=client_id, assertion=assertion, accepts=NAMES)


async def load(
    presented: Presented, client: Client | None, keys: ClientKeys, now: int
) -> AssertionFacts | None:
    """The keys of a client that authenticates like this; fetched anew where none fits, if that is allowed again."""
    if client is None or not presented.assertion or not presented.is_registered(client):
        return None
    header = read_foreign_header(presented.assertion)
    known = await keys.find(client, now)
    if not candidates(header, known):
        known = await keys.find(client, now, lacking=header.kid)
    jti = str(read_unverified(presented.assertion).get("jti"))
    return AssertionFacts(keys=known, digest=replay_digest(_ASSERTION, client.client_id, jti))


def check(
    presented: Presented, client: Client, facts: AssertionFacts, *, audiences: Collection[str], now: int
) -> Effect:
    """What remembers the use of a right assertion. Raises InvalidClient, whose text is for the client's developer.

    The first of `audiences` is the issuer, and alone it has to be the whole `aud`.
    """
    claims = _verified(presented.assertion, client, facts.keys)
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        raise _wrong("iss and sub have to be the client_id")  # RFC 7523 §3, items 1 and 2
    _check_audience(claims.get("aud"), audiences)
    ends_at = _check_times(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise _wrong(
            f"jti is not a text of 1 to {_LONGEST_JTI} characters"
        )  # OpenID Connect Core §9: REQUIRED
    if facts.is_used:
        raise _wrong("jti was used before")
    return USE_ONCE.effect(expects=1, digest=facts.digest, expires_at=ends_at)


def _verified(assertion: str, client: Client, keys: tuple[PublicKey, ...]) -> dict[str, Any]:
    try:
        header, wanted = read_foreign_header(assertion), client.token_endpoint_auth_signing_alg
        if header.typ not in _TYPES:
            raise BadToken(f"typ {header.typ[:32]} is that of another kind of token")
        if wanted and header.alg != wanted:
            raise BadToken(f"alg is not {wanted}, which the client registered")
        if not keys:
            raise BadToken("the client has no usable key; are jwks or jwks_uri right?")
        return verify_foreign(assertion, keys, algorithms=ALGORITHMS)
    except BadToken as error:
        raise _wrong(str(error)) from None


def _check_audience(audience: object, audiences: Collection[str]) -> None:
    """RFC 7523bis §4: the issuer as a text, so that no other server can use what it was sent. Where endpoints are
    accepted too, so is a list, as old libraries write it, if every member is one of ours.
    """
    named = audience if isinstance(audience, list) and len(audiences) > 1 else [audience]
    if not named or not all(isinstance(name, str) and name in audiences for name in named):
        raise _wrong(f"aud is not {' or '.join(audiences)}")


def _check_times(claims: Mapping[str, Any], now: int) -> int:
    """When it will no longer be accepted."""
    expires_at = _time(claims, "exp")
    if expires_at is None:
        raise _wrong("exp is missing")
    if expires_at + _SKEW_SECONDS <= now:
        raise _wrong("exp is past")
    if expires_at - _SKEW_SECONDS > now + _LONGEST_SECONDS:
        raise _wrong(f"exp is more than {_LONGEST_SECONDS} seconds ahead")
    for name in ("nbf", "iat"):
        at = _time(claims, name)
        if at is not None and at - _SKEW_SECONDS > now:
            raise _wrong(f"{name} is in the future; is the client's clock right?")
    return int(expires_at) + _SKEW_SECONDS + 1


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    at = claims.get(name)
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise _wrong(f"{name} is not a time in seconds")
    return at


def _wrong(why: str) -> InvalidClient:
    return InvalidClient(f"client_assertion: {why}")
