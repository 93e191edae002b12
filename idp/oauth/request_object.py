"""Request objects: an authorization request as a JWT, sent along or fetched. OpenID Connect Core §6, RFC 9101.

What is in the object takes the place of what is beside it. What is beside it alone counts too, as Core §6.1 has it:
clients put their `claims` into an object and the rest beside it. RFC 9101 §5 would count the object alone, and needs
nothing but `client_id` beside it; such a request is served as well, since nothing is beside it that could count. So of
the parameters that Core wants repeated outside, `response_type` and `scope` with `openid`, none is demanded; only what
is repeated must not contradict (§6.1: `response_type` and `client_id` must match).

A client with `require_signed_request_object` (RFC 9101 §10.5) has the object alone counted, and signs for how long it
is good (FAPI 2.0 Message Signing §5.3.1).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.keys import ClientKeys
from idp.config.settings import Settings
from idp.oauth.request_uri import ReferredObjects
from idp.records.client import Client
from idp.records.key import ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.encryption import is_encrypted, read_encryption_header
from idp.signing.foreign import (
    candidates,
    read_claims,
    read_foreign_header,
    read_unsigned,
    verify_foreign,
)
from idp.signing.keyring import Keyring
from idp.spec.authorization_request import KEPT_PARAMETERS
from idp.spec.errors import InvalidRequest, InvalidRequestObject

BY_VALUE, BY_REFERENCE = "request", "request_uri"
TYPES = frozenset({"", "jwt", "oauth-authz-req+jwt"})
"""RFC 9101 §10.8, RFC 8725 §3.11: no token that was made for something else is a request."""
_SKEW_SECONDS = 60
_LONGEST_SECONDS = 3_600
_LATEST = 2**53
_NAMES = (*KEPT_PARAMETERS, "registration")


@dataclass(frozen=True, kw_only=True)
class RequestObjects:
    """One for the whole node."""

    settings: Settings
    keys: ClientKeys
    keyring: Keyring
    referred: ReferredObjects

    async def resolve(self, sent: Mapping[str, str], client: Client, now: int) -> dict[str, str]:
        """The parameters of a request, its object's in the place of its own. Raises InvalidRequest,
        InvalidRequestObject, InvalidRequestUri: the object's redirect URI is not to be believed then.
        """
        beside = {name: value for name, value in sent.items() if name not in (BY_VALUE, BY_REFERENCE)}
        uri = sent.get(BY_REFERENCE, "")
        if uri and BY_VALUE in sent:
            raise InvalidRequest("request and request_uri are sent both")
        token = await self.referred.get(uri, client, now) if uri else sent.get(BY_VALUE, "")
        if not token and not uri:
            if client.require_signed_request_object:
                raise InvalidRequest("this client's requests have to be signed request objects")
            return beside
        try:
            inner = await self._inner(token, client, now)
        except InvalidRequestObject:
            self.referred.forget(uri)
            raise
        for name in ("client_id", "response_type"):
            if name in beside and name in inner and not _is_same(beside[name], inner[name]):
                raise InvalidRequestObject(f"{name} is another beside the request object")
        if client.require_signed_request_object:
            return {"client_id": client.client_id, **inner}
        return {**beside, **inner}

    async def _inner(self, token: str, client: Client, now: int) -> dict[str, str]:
        try:
            claims = await self._claims(token, client, now)
        except BadToken as error:
            raise InvalidRequestObject(str(error)) from None
        self._check(claims, client, now)
        return _parameters(claims)

    async def _claims(self, token: str, client: Client, now: int) -> dict[str, Any]:
        """Signed, or encrypted, or first signed and then encrypted (Core §6.1). Raises BadToken."""
        if not is_encrypted(token):
            return await self._verified(token, client, now)
        if read_encryption_header(token).get("cty", "JWT").upper() != "JWT":
            raise BadToken("cty of the encrypted request object is not JWT")  # RFC 7519 §5.2.
        await self.keyring.refresh_for(token, now)
        content = self.keyring.decrypt(token)
        if content.startswith("{"):
            # Anybody can encrypt to us, so this is worth as much as what is unsigned.
            self._check_unsigned(client)
            return read_claims(content)
        return await self._verified(content, client, now)

    async def _verified(self, token: str, client: Client, now: int) -> dict[str, Any]:
        """Raises BadToken."""
        header = read_foreign_header(token)
        if header.typ not in TYPES:
            raise BadToken("typ says that this is no request object")
        if header.alg == "none":
            self._check_unsigned(client)
            return read_unsigned(token)
        keys = await self.keys.find(client, now)
        if not candidates(header, keys):
            keys = await self.keys.find(client, now, lacking=header.kid)
        return verify_foreign(token, keys, algorithms=_accepted(client))

    def _check_unsigned(self, client: Client) -> None:
        """What is unsigned is worth no more than a query, and the same to a client that registered nothing about it
        (Registration §2: without request_object_signing_alg any algorithm may be used). Raises BadToken.
        """
        if not self.settings.exceptions.allow_unsigned:
            raise BadToken("alg none is not accepted here")
        if client.require_signed_request_object:
            raise BadToken("this client's request objects have to be signed")
        if client.request_object_signing_alg not in ("", "none"):
            raise BadToken(f"alg is not {client.request_object_signing_alg}, which the client registered")

    def _check(self, claims: Mapping[str, Any], client: Client, now: int) -> None:
        """Core §6.1, RFC 9101 §4 and §10.8: `iss` is the client and `aud` we, where they are there."""
        if claims.get("iss", client.client_id) != client.client_id:
            raise InvalidRequestObject("iss is not the client")
        audience = claims.get("aud", self.settings.issuer)
        if self.settings.issuer not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidRequestObject("aud is not this issuer")
        if claims.get("sub") == client.client_id:
            raise InvalidRequestObject("sub is the client: this is an assertion")
        times = _times(claims)
        if client.require_signed_request_object:
            _check_span(claims, dict(times), now)
        for name, at in times:
            is_over = at + _SKEW_SECONDS <= now if name == "exp" else at - _SKEW_SECONDS > now
            if is_over:
                raise InvalidRequestObject(f"{name} is not a time that fits")


def _check_span(claims: Mapping[str, Any], times: Mapping[str, float], now: int) -> None:
    """FAPI 2.0 Message Signing §5.3.1: for us by name, begun within the hour, and good for an hour at most."""
    if missing := [name for name in ("aud", "exp", "nbf") if claims.get(name) is None]:
        raise InvalidRequestObject(f"{missing[0]} is missing")
    if times["nbf"] < now - _LONGEST_SECONDS - _SKEW_SECONDS:
        raise InvalidRequestObject(f"nbf is more than {_LONGEST_SECONDS} seconds past")
    if times["exp"] > times["nbf"] + _LONGEST_SECONDS:
        raise InvalidRequestObject(f"exp is more than {_LONGEST_SECONDS} seconds after nbf")


def _accepted(client: Client) -> Collection[str]:
    wanted = client.request_object_signing_alg
    return [wanted] if wanted else ALGORITHMS


def _is_same(one: str, other: str) -> bool:
    """Whether two values say the same: of several parts in any order (Multiple Response Types §3)."""
    return sorted(one.split(" ")) == sorted(other.split(" "))


def _times(claims: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Raises InvalidRequestObject for what is no time (RFC 7519 §2)."""
    times = [(name, claims[name]) for name in ("exp", "nbf", "iat") if claims.get(name) is not None]
    for name, at in times:
        if not isinstance(at, int | float) or isinstance(at, bool) or not abs(at) < _LATEST:
            raise InvalidRequestObject(f"{name} is not a time")  # Nor is NaN, which is less than nothing.
    return times


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """The members that are parameters, as texts. Raises InvalidRequestObject."""
    if BY_VALUE in claims or BY_REFERENCE in claims:
        raise InvalidRequestObject("a request object holds no other one")
    texts = {name: _text(name, claims[name]) for name in _NAMES if claims.get(name) is not None}
    return {name: text for name, text in texts.items() if text}


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidRequestObject(f"{name} holds the character NUL")  # No database of ours stores it.
        return value
    if name in ("claims", "registration") and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "resource" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    raise InvalidRequestObject(f"{name} is of a wrong type in the request object")
