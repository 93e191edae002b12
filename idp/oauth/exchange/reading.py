"""Reads a subject or actor token of any type: our access, refresh and ID tokens, and JWTs of trusted issuers.

A token is read as the type that it is sent as and no other: an ID token is no access token, and a logout token neither
(RFC 8693 §2.1, RFC 8725 §3.12). Nothing is decided here but whether it is what it is said to be, and alive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.oauth.authlib_server import TOKEN_PATH
from idp.oauth.endpoint import Authority
from idp.oauth.exchange.foreign import ForeignTokens
from idp.oauth.exchange.party import Party, Unusable
from idp.oauth.resources import scopes_at
from idp.oidc.access_token import AccessToken
from idp.oidc.subjects import sub_for
from idp.records.account import Person
from idp.records.client import Client
from idp.records.grant import Family, Issued
from idp.signing.compact import BadToken
from idp.spec.actor import actor_of
from idp.spec.confirmation import confirmation_of
from idp.spec.scope import STANDARD_SCOPES, scopes_of
from idp.spec.token_type import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN, short
from idp.spec.token_value import is_same, read_token
from idp.store.accounts import PERSON_BY_SUB
from idp.store.exchanges import LINEAGE
from idp.store.grants import ISSUED_IN_SESSION
from idp.store.grants import REFRESH_TOKEN as STORED_REFRESH_TOKEN
from idp.store.pairwise import PERSON_BY_PAIRWISE_SUB

_DEAD = "it has expired, was revoked, or whoever it is of is not active any more"


def foreign_tokens(authority: Authority) -> ForeignTokens:
    issuer = authority.settings.issuer
    return ForeignTokens(
        settings=authority.settings,
        database=authority.database,
        clients=authority.clients,
        client_keys=authority.client_keys,
        audiences=(issuer, f"{issuer}{TOKEN_PATH}"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReader:
    """Reads tokens that `client` sends, at `now`."""

    authority: Authority
    client: Client
    now: int

    async def read(self, token: str, token_type: str) -> Party | Unusable:
        """What it says, with the `sub` that the client knows."""
        match token_type:
            case _ if token_type == ACCESS_TOKEN:
                found = await self._access_token(token)
            case _ if token_type == REFRESH_TOKEN:
                found = await self._refresh_token(token)
            case _ if token_type == ID_TOKEN:
                found = await self._id_token(token)
            case _ if token_type == JWT:
                found = await self._jwt(token)
            case _:
                return Unusable(reason="its type is none that is read here")
        if isinstance(found, Unusable) or found.person is None:
            return found
        return replace(found, sub=await self.sub_of(found.person))

    async def sub_of(self, person: Person) -> str:
        """What the client knows somebody by. Raises InvalidClientMetadata."""
        return await sub_for(
            self.authority.database, self.authority.mint.entropy, person, self.client, self.now
        )

    async def _jwt(self, token: str) -> Party | Unusable:
        """Of a trusted issuer, or an access token of ours that is one."""
        foreign = foreign_tokens(self.authority)
        if foreign.issuer_of(token) is None and read_token(token) is None:
            return await self._access_token(token)
        return await foreign.read(token, self.now)

    async def _access_token(self, token: str) -> Party | Unusable:
        found = await self.authority.access_tokens.find(token, self.now)
        if found is None:
            return Unusable(reason="it is not an access token of ours, or has expired")
        party = await self._of_access_token(found)
        return party if found.is_alive(self.now) else Unusable(reason=_DEAD, party=party)

    async def _of_access_token(self, found: AccessToken) -> Party:
        claims, issued = found.claims, found.issued
        audience = claims["aud"]
        family = issued.family if issued else _own_family(claims)
        service_id = "" if issued and issued.person else str(claims["sub"])
        service = await self.authority.clients.find(service_id, self.now) if service_id else None
        return Party(
            token_type=short(ACCESS_TOKEN),
            sub=str(claims["sub"]),
            expires_at=int(claims["exp"]),
            scopes=self._granted(found, family),
            client_id=found.client_id,
            audiences=(audience,) if isinstance(audience, str) else tuple(audience),
            person=issued.person if issued else None,
            service_id=service_id,
            owner=service.owner if service else None,
            family=family,
            is_stored=issued is not None,
            exchanges=await self._exchanges(family),
            actor=actor_of(claims),
            confirmation=confirmation_of(claims),
        )

    def _granted(self, token: AccessToken, family: Family) -> tuple[str, ...]:
        """The grant, as far as the token stands for it. What its API could see and it doesn't show was left out; what
        its API would not understand is in the grant, unless the token was asked for with less.
        """
        if "narrowed" in token.claims:
            return scopes_of(str(token.claims["narrowed"]))
        settings, shown = self.authority.settings, set(token.scopes)
        audience = token.claims["aud"]
        audiences = [audience] if isinstance(audience, str) else audience
        seen = scopes_at(scopes_of(family.scope), audiences, settings.every_resource, issuer=settings.issuer)
        hidden = set(scopes_of(family.scope)) - set(seen) - STANDARD_SCOPES
        return tuple(scope for scope in scopes_of(family.scope) if scope in shown | hidden)

    async def _exchanges(self, family: Family) -> int:
        if family.parent_id is None:
            return 0
        return len(await self.authority.database.all(LINEAGE, of_family=family.family_id)) - 1

    async def _refresh_token(self, token: str) -> Party | Unusable:
        """It stays what it is: an exchange neither uses it up nor makes it live longer."""
        value = read_token(token)
        query = STORED_REFRESH_TOKEN
        found = await self.authority.database.one(query, token_id=value.identifier) if value else None
        if found is None or value is None or not is_same(found.token.digest, value.digest):
            return Unusable(reason="it is not a refresh token of ours")
        expires_at = min(found.token.expires_at, found.issued.family.expires_at)
        party = self._of_family(REFRESH_TOKEN, found.issued, expires_at)
        if party.client_id != self.client.client_id:
            return Unusable(reason="it was issued to another client", party=party)  # RFC 6749 §10.4
        if found.token.redeemed_at is not None:
            return Unusable(reason="it was used already", party=party)
        if self.now >= expires_at or not found.issued.is_alive(self.now):
            return Unusable(reason=_DEAD, party=party)
        return party

    async def _id_token(self, token: str) -> Party | Unusable:
        """It names no grant, so it stands for the last one of its client in the session that it is of."""
        try:
            await self.authority.keyring.refresh_for(token, self.now)
            claims = self.authority.keyring.verify(token, typ="JWT", now=self.now)
        except BadToken:
            return Unusable(reason="it is not an ID token of ours, or has expired")
        named = {name: claims.get(name) for name in ("sub", "aud", "sid")}
        if claims.get("iss") != self.authority.settings.issuer or not all(
            isinstance(text, str) and text for text in named.values()
        ):
            return Unusable(reason="it is not an ID token of ours, or has expired")
        person = await self._named(str(named["sub"]))
        if person is None:
            return Unusable(reason=_DEAD)
        client = await self.authority.clients.find(str(named["aud"]), self.now)
        issued = await self._issued_in_session(person, named)
        if issued is None or client is None or not issued.is_alive(self.now):
            party = Party(token_type=short(ID_TOKEN), sub=person.sub, person=person, expires_at=0, scopes=())
            return Unusable(reason=_DEAD, party=party)
        return self._of_family(ID_TOKEN, issued, min(int(claims["exp"]), issued.family.expires_at))

    async def _named(self, sub: str) -> Person | None:
        """Whom one of our ID tokens calls so."""
        database = self.authority.database
        person = await database.one(PERSON_BY_SUB, sub=sub)
        return person or await database.one(PERSON_BY_PAIRWISE_SUB, of_sub=sub)

    async def _issued_in_session(self, person: Person, named: Mapping[str, Any]) -> Issued | None:
        return await self.authority.database.one(
            ISSUED_IN_SESSION,
            of_subject=person.subject_id,
            of_client=named["aud"],
            of_sid=named["sid"],
            now=self.now,
        )

    def _of_family(self, token_type: str, issued: Issued, expires_at: int) -> Party:
        family = issued.family
        return Party(
            token_type=short(token_type),
            sub=family.sub,
            expires_at=expires_at,
            scopes=scopes_of(family.scope),
            client_id=family.client_id,
            person=issued.person,
            family=family,
            actor=family.actor,
            confirmation=family.confirmation,
        )


def _own_family(claims: Mapping[str, Any]) -> Family:
    """That of a client's own token, which has no row until something depends on it."""
    audience = claims["aud"]
    return Family(
        family_id=str(claims["fid"]),
        subject_id=None,
        client_id=str(claims["client_id"]),
        session_id=None,
        parent_id=None,
        is_offline=False,
        scope=str(claims.get("scope", "")),
        resource=audience if isinstance(audience, str) else " ".join(audience),
        authenticated_at=None,
        acr="",
        amr=(),
        sid="",
        sub=str(claims["sub"]),
        claims="",
        created_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
        revoked_at=None,
    )
