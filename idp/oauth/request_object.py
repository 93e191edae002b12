"""Request objects: an authorization request as a JWT, sent along or fetched. OpenID Connect Core §6, RFC 9101.

What is in the object takes the place of what is beside it. Errors of an object are told to a redirect URI that stands
beside it and is registered; where there is none, to nobody.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag

from idp.clients.keys import ClientKeys
from idp.config.settings import Settings
from idp.records.client import Client
from idp.records.key import ALGORITHMS
from idp.records.ports import NotFetched, Outside
from idp.signing.compact import BadToken
from idp.signing.encryption import is_encrypted
from idp.signing.foreign import (
    LARGEST_FOREIGN_TOKEN,
    candidates,
    read_foreign_header,
    read_unsigned,
    verify_foreign,
)
from idp.signing.keyring import Keyring
from idp.spec.authorization_request import KEPT_PARAMETERS
from idp.spec.errors import InvalidRequest, InvalidRequestObject, InvalidRequestUri

PARAMETERS = ("request", "request_uri")
_SKEW_SECONDS = 60
_MOST_KEPT = 500
_KEPT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class RequestObjects:
    """One for the whole node."""

    settings: Settings
    keys: ClientKeys
    outside: Outside
    keyring: Keyring
    _fetched: OrderedDict[str, tuple[int, str]] = field(default_factory=OrderedDict)

    async def resolve(self, sent: Mapping[str, str], client: Client, now: int) -> dict[str, str]:
        """The parameters of a request, its object's in the place of its own. Raises InvalidRequest,
        InvalidRequestObject, InvalidRequestUri.
        """
        beside = {name: value for name, value in sent.items() if name not in PARAMETERS}
        token, uri = sent.get("request", ""), sent.get("request_uri", "")
        if "request" in sent and "request_uri" in sent:
            raise InvalidRequest("request and request_uri are sent both")
        if uri:
            token = await self._fetch(uri, client, now)
        if not token:
            return beside
        claims = await self._claims(token, client, now)
        inner = _parameters(claims)
        for name in ("client_id", "response_type"):
            if name in beside and name in inner and beside[name] != inner[name]:
                raise InvalidRequestObject(f"{name} is another beside the request object")
        return {**beside, **inner}

    async def _fetch(self, uri: str, client: Client, now: int) -> str:
        """The object at a registered address. A fragment is the hash of what is there, so it names a version (§6.2)."""
        if uri not in client.request_uris:
            raise InvalidRequestUri("request_uri is not registered")
        kept = self._fetched.get(uri)
        if kept is not None and now - kept[0] < _KEPT_SECONDS:
            return kept[1]
        try:
            found = await self.outside.fetch(urldefrag(uri).url, most_bytes=LARGEST_FOREIGN_TOKEN)
            token = found.content.decode("ascii").strip()
        except (NotFetched, UnicodeDecodeError) as error:
            raise InvalidRequestUri("request_uri can't be fetched", log_reason=str(error)) from None
        if found.max_age != 0:
            self._fetched[uri] = (now, token)
            if len(self._fetched) > _MOST_KEPT:
                self._fetched.popitem(last=False)
        return token

    async def _claims(self, token: str, client: Client, now: int) -> dict[str, Any]:
        try:
            if is_encrypted(token):
                token = self.keyring.decrypt(token)
            claims = await self._verified(token, client, now)
        except BadToken as error:
            raise InvalidRequestObject(str(error)) from None
        self._check(claims, client, now)
        return claims

    async def _verified(self, token: str, client: Client, now: int) -> dict[str, Any]:
        """Raises BadToken."""
        header, wanted = read_foreign_header(token), client.request_object_signing_alg
        if wanted and header.alg != wanted:
            raise BadToken(f"alg is not {wanted}, which the client registered")
        if header.alg == "none" and self.settings.exceptions.allow_unsigned:
            return read_unsigned(token)
        keys = await self.keys.find(client, now)
        if not candidates(header, keys):
            keys = await self.keys.find(client, now, lacking=header.kid)
        return verify_foreign(token, keys, algorithms=ALGORITHMS)

    def _check(self, claims: Mapping[str, Any], client: Client, now: int) -> None:
        if claims.get("iss", client.client_id) != client.client_id:
            raise InvalidRequestObject("iss is not the client")
        audience = claims.get("aud", self.settings.issuer)
        if self.settings.issuer not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidRequestObject("aud is not this issuer")
        for name, is_over in (
            ("exp", lambda at: at + _SKEW_SECONDS <= now),
            ("nbf", lambda at: at - _SKEW_SECONDS > now),
        ):
            at = claims.get(name)
            if at is not None and (not isinstance(at, int | float) or isinstance(at, bool) or is_over(at)):
                raise InvalidRequestObject(f"{name} is not a time that fits")


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    """The members that are parameters, as texts. Raises InvalidRequestObject."""
    if PARAMETERS[0] in claims or PARAMETERS[1] in claims:
        raise InvalidRequestObject("a request object holds no other one")
    return {name: _text(name, claims[name]) for name in KEPT_PARAMETERS if claims.get(name) is not None}


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if name == "claims" and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "resource" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    raise InvalidRequestObject(f"{name} is of a wrong type in the request object")
