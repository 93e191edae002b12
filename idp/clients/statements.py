"""Software statements: what somebody whom we trust says of a piece of software. RFC 7591 §2.3."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.keys import ClientKeys
from idp.config.registration import SoftwareIssuer
from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.foreign import read_foreign_header, read_unverified, verify_foreign

_SKEW_SECONDS = 60
# A JWT for another use says so in `typ` (RFC 8725 §3.11).
_TYPES = ("", "jwt", "software-statement+jwt")
# Of the JWT itself, and what no statement may hold (§2.3).
_OF_THE_JWT = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"})


class BadStatement(Exception):
    """Not a statement, or not a valid one; the text says why."""


class UnapprovedStatement(Exception):
    """A statement of somebody whom we don't know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issuer:
    """An issuer as `ClientKeys` sees it."""

    jwks: Mapping[str, Any] | None
    jwks_uri: str


async def stated(
    statement: str, issuers: tuple[SoftwareIssuer, ...], keys: ClientKeys, now: int
) -> Mapping[str, Any]:
    """The client metadata that a statement says. Raises `BadStatement`, `UnapprovedStatement`."""
    try:
        header, unverified = read_foreign_header(statement), read_unverified(statement)
    except BadToken as error:
        raise BadStatement(str(error)) from None
    if header.typ not in _TYPES:
        raise BadStatement("its typ is that of something else")
    found = next((one for one in issuers if one.issuer == unverified.get("iss")), None)
    if found is None:
        raise UnapprovedStatement
    issuer = _Issuer(jwks=json.loads(found.jwks) if found.jwks else None, jwks_uri=found.jwks_uri)
    claims = await _verified(statement, header.kid, issuer, keys, now)
    for name in ("exp", "nbf"):
        if name in claims and (not isinstance(claims[name], int) or isinstance(claims[name], bool)):
            raise BadStatement(f"{name} is not a number of seconds")
    if claims.get("exp", now) < now - _SKEW_SECONDS:
        raise BadStatement("it has expired")
    if claims.get("nbf", now) > now + _SKEW_SECONDS:
        raise BadStatement("it is not valid yet")
    return members_of(claims)


def stated_before(statement: str) -> Mapping[str, Any]:
    """What a statement says that was checked when its client registered, and that binds it for as long as it lives."""
    try:
        return members_of(read_unverified(statement)) if statement else {}
    except BadToken:
        return {}


def members_of(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in _OF_THE_JWT}


async def _verified(statement: str, kid: str, issuer: _Issuer, keys: ClientKeys, now: int) -> dict[str, Any]:
    """Tried with the keys that are known, and again where the statement may be signed with a newer one."""
    known = await keys.find(issuer, now)
    try:
        return verify_foreign(statement, known, algorithms=ALGORITHMS)
    except BadToken:
        pass
    try:
        return verify_foreign(statement, await keys.find(issuer, now, lacking=kid), algorithms=ALGORITHMS)
    except BadToken as error:
        raise BadStatement(str(error)) from None
