"""Access tokens that come back to us: at userinfo, introspection and revocation. RFC 9068 §4.

A JWT says its claims itself, an opaque token has a row that does; behind this file they are the same. A verified
signature is remembered until the token expires; whether its family was revoked, or its client disabled, is asked every
time.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from idp.clients.registry import Clients
from idp.oidc.lineage import stands
from idp.records.client import Client
from idp.records.grant import Issued, Standing
from idp.signing.compact import BadToken
from idp.signing.keyring import Keyring
from idp.spec.token_value import TokenValue, digest_of, is_same, read_token
from idp.store.access_tokens import ACCESS_TOKEN
from idp.store.database import Database
from idp.store.grants import ISSUED_BY_FAMILY, STANDING

_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """A token of ours whose signature (or digest), type and expiry are right.

    `client` is None if it was disabled or deleted. `stands`: all that it was exchanged from is alive, and so is whoever
    acts in it.
    """

    claims: dict[str, Any]
    client: Client | None
    stands: bool = True

    @property
    def client_id(self) -> str:
        return str(self.claims["client_id"])

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(str(self.claims.get("scope", "")).split())

    @property
    def is_own(self) -> bool:
        """Whether a client got it for itself (RFC 9068 §2.2: `sub` is then the client)."""
        return bool(self.claims["sub"] == self.claims["client_id"])

    def _is_alive(self, found: Issued | Standing | None, now: int) -> bool:
        """Whether client and person are active, and the family stands. A client's own has a row only once revoked."""
        if self.client is None or not self.stands:
            return False
        return self.is_own if found is None else found.is_alive(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken(_Token):
    """With all that was issued; `issued` is None for a client acting for itself."""

    issued: Issued | None

    def is_alive(self, now: int) -> bool:
        return self._is_alive(self.issued, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken(_Token):
    """With what has become of it; `standing` is None for a client acting for itself."""

    standing: Standing | None

    def is_alive(self, now: int) -> bool:
        return self._is_alive(self.standing, now)


class AccessTokens:
    """Reads access tokens. One for the whole node."""

    def __init__(self, *, database: Database, keyring: Keyring, clients: Clients, issuer: str) -> None:
        self._database = database
        self._keyring = keyring
        self._clients = clients
        self._issuer = issuer
        self._verified: OrderedDict[bytes, tuple[str, dict[str, Any]]] = OrderedDict()

    async def find(self, token: str, now: int) -> AccessToken | None:
        """The token, or None if it isn't one of ours or has expired. `is_alive` is for the caller to ask."""
        claims = await self._read(token, now)
        if claims is None:
            return None
        issued = await self._database.one(ISSUED_BY_FAMILY, family_id=str(claims["fid"]))
        client = await self._clients.find(str(claims["client_id"]), now)
        family = issued.family if issued else None
        is_standing = await stands(self._database, self._clients, claims, family, now)
        return AccessToken(claims=claims, issued=issued, client=client, stands=is_standing)

    async def know(self, token: str, now: int) -> KnownToken | None:
        """The same, for who does not need what was issued: at half the price."""
        claims = await self._read(token, now)
        if claims is None:
            return None
        standing = await self._database.one(STANDING, of_family=str(claims["fid"]))
        client = await self._clients.find(str(claims["client_id"]), now)
        is_standing = await stands(self._database, self._clients, claims, standing, now)
        return KnownToken(claims=claims, standing=standing, client=client, stands=is_standing)

    async def _read(self, token: str, now: int) -> dict[str, Any] | None:
        value = read_token(token)
        try:
            return await (self._claims(token, now) if value is None else self._stored_claims(value, now))
        except BadToken:
            return None

    async def _stored_claims(self, value: TokenValue, now: int) -> dict[str, Any]:
        """Those of an opaque token, whose shape no JWT has. Raises BadToken."""
        found = await self._database.one(ACCESS_TOKEN, of_token=value.identifier)
        if found is None or not is_same(found.digest, value.digest):
            raise BadToken("unknown")
        if found.claims["exp"] <= now:
            raise BadToken("expired")
        return found.claims

    async def _claims(self, token: str, now: int) -> dict[str, Any]:
        await self._keyring.refresh(now)
        generation = self._keyring.jwks().etag
        digest = digest_of(token)
        remembered = self._verified.get(digest)
        # Withdrawing a key changes the JWKS, and with it everything that was verified before.
        if remembered is None or remembered[0] != generation:
            await self._keyring.refresh_for(token, now)
            claims = self._keyring.verify(token, typ="at+jwt", now=now)
            if claims.get("iss") != self._issuer:
                raise BadToken("issued by somebody else")
            self._verified[digest] = generation, claims
            if len(self._verified) > _MOST_REMEMBERED:
                self._verified.popitem(last=False)
            return claims
        if remembered[1]["exp"] <= now:
            raise BadToken("expired")
        return remembered[1]
