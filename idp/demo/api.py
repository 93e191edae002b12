"""The demo API: a resource server that trusts our JWT access tokens without asking us about each.

RFC 9068 §4 says what to check, RFC 6750 §3 how to refuse. The keys are cached, and read again at most once a minute
when a token names one that is unknown.
"""

import asyncio
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.demo.addresses import Addresses
from idp.records.ports import Clock

_log = logging.getLogger(__name__)
# The provider's default for access tokens; a resource server accepts what it agreed on and nothing else.
_ALGORITHMS = ["ES256"]
_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_READ = "invoices:read"
_REFETCH_SECONDS = 60

_INVOICES = (
    {"number": "FR-2026-0117", "date": "2026-11-02", "euros": "35.88", "is_paid": False},
    {"number": "FR-2026-0098", "date": "2026-10-02", "euros": "11.99", "is_paid": True},
    {"number": "FR-2026-0081", "date": "2026-09-02", "euros": "11.99", "is_paid": True},
)


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """RFC 6750 §3.1. Without `error`, no token was sent."""

    status: int
    error: str = ""
    description: str = ""


class KeysUnavailable(Exception):
    """The issuer's keys cannot be read at the moment."""


def create_api(addresses: Addresses, *, clock: Clock) -> ASGIApp:
    """The ASGI application of the resource server."""
    api = InvoicesApi(addresses, clock=clock)
    return Starlette(routes=[Route("/invoices", api.invoices)])


class InvoicesApi:
    def __init__(self, addresses: Addresses, *, clock: Clock) -> None:
        self._addresses = addresses
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = 0
        self._lock = asyncio.Lock()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # Never used on loopback, and slow to make.

    async def invoices(self, request: Request) -> Response:
        """The invoices of whom the token is about."""
        try:
            claims = await self._authorized(request)
        except Refused as refused:
            return _refusal(refused)
        except KeysUnavailable:
            headers = {"Retry-After": "5"}
            return JSONResponse({"error": "temporarily_unavailable"}, status_code=503, headers=headers)
        return JSONResponse(
            {"customer": claims["sub"], "invoices": _INVOICES}, headers={"Cache-Control": "no-store"}
        )

    async def _authorized(self, request: Request) -> Mapping[str, Any]:
        authorizations = request.headers.getlist("authorization")
        if not authorizations:
            raise Refused(401)
        scheme, _, token = authorizations[0].partition(" ")
        if len(authorizations) > 1 or scheme.lower() != "bearer" or not token:
            raise Refused(400, "invalid_request", "one Authorization header with a Bearer token is wanted")
        claims = await self._verified(token.strip())
        if _READ not in str(claims.get("scope", "")).split():
            raise Refused(403, "insufficient_scope", f"the token lacks {_READ}")
        return claims

    async def _verified(self, encoded: str) -> Mapping[str, Any]:
        """RFC 9068 §4, in its order."""
        keys = await self._current_keys()
        try:
            try:
                token = jwt.decode(encoded, keys, algorithms=_ALGORITHMS)
            except InvalidKeyIdError:
                token = jwt.decode(encoded, await self._refetched_keys(), algorithms=_ALGORITHMS)
            if str(token.header.get("typ", "")).lower() not in _TOKEN_TYPES:
                raise Refused(401, "invalid_token", "it is not an access token")
            expected = jwt.JWTClaimsRegistry(
                now=self._clock.now(),
                iss={"essential": True, "value": self._addresses.issuer},
                aud={"essential": True, "value": self._addresses.api},
                exp={"essential": True},
                sub={"essential": True},
                client_id={"essential": True},
            )
            expected.validate(token.claims)
        except (JoseError, ValueError, TypeError) as error:  # joserfc believes `crit` to be a list of texts.
            _log.info("an access token was refused: %s", error)
            raise Refused(401, "invalid_token", "it is malformed, expired or not for this API") from error
        return token.claims

    async def _current_keys(self) -> KeySet:
        async with self._lock:
            if self._keys is None:
                self._keys = await self._fetch()
            return self._keys

    async def _refetched_keys(self) -> KeySet:
        async with self._lock:
            if self._keys is None or self._clock.now() >= self._fetched_at + _REFETCH_SECONDS:
                self._keys = await self._fetch()
            return self._keys

    async def _fetch(self) -> KeySet:
        metadata_url = f"{self._addresses.issuer}/.well-known/oauth-authorization-server"
        try:
            async with httpx2.AsyncClient(trust_env=False, verify=self._tls, timeout=10) as client:
                metadata = (await client.get(metadata_url)).raise_for_status().json()
                if metadata["issuer"] != self._addresses.issuer:
                    raise KeysUnavailable
                keys = KeySet.import_key_set(
                    (await client.get(metadata["jwks_uri"])).raise_for_status().json()
                )
        except (httpx2.HTTPError, ValueError, KeyError) as error:
            _log.warning("the issuer's keys cannot be read: %r", error)
            raise KeysUnavailable from error
        self._fetched_at = self._clock.now()
        return keys


def _refusal(refused: Refused) -> Response:
    challenge = 'Bearer realm="invoices"'
    if refused.error:
        challenge += f', error="{refused.error}", error_description="{refused.description}"'
    if refused.status in (401, 403):
        challenge += f', scope="{_READ}"'
    body = {"error": refused.error, "error_description": refused.description} if refused.error else {}
    headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
    return JSONResponse(body, status_code=refused.status, headers=headers)
