"""JWTs of trusted issuers: RFC 7523 §3, for `[[trusted_issuers]]` alone and with the keys at their configured address.

What a token says of its keys is never looked at. Whom it means is somebody here, by the rule of its issuer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.clients.keys import ClientKeys
from idp.clients.registry import Clients
from idp.clients.service_account_asked import usable_scopes
from idp.config.settings import Settings
from idp.config.trusted_issuers import TrustedIssuer
from idp.oauth.exchange.party import Party, Unusable
from idp.records.account import AccountStatus, Person
from idp.signing.compact import BadToken
from idp.signing.foreign import read_foreign_header, read_unverified, verify_foreign
from idp.spec.actor import Actor, MalformedActor, actor_of
from idp.spec.confirmation import confirmation_of
from idp.spec.identifier import canonical_customer_id, canonical_email
from idp.spec.token_type import JWT, short
from idp.store.accounts import PERSON_BY_CUSTOMER_ID, PERSON_BY_EMAIL, PERSON_BY_SUB
from idp.store.database import Database
from idp.store.replay import replay_digest

# A JWT for another use says so in `typ` (RFC 8725 §3.11): a logout token is none of these.
_TYPES = ("", "jwt", "at+jwt")
_SKEW_SECONDS = 30
_LONGEST_TEXT = 255
_ASSERTION = "assertion"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyOwner:
    """An issuer, as `ClientKeys` sees it."""

    jwks_uri: str
    jwks: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTokens:
    """Reads them. `audiences` are what their `aud` has to name where their issuer has no rule of its own."""

    settings: Settings
    database: Database
    clients: Clients
    client_keys: ClientKeys
    audiences: tuple[str, ...]

    def issuer_of(self, token: str) -> TrustedIssuer | None:
        """Who claims to have signed it, if we trust them."""
        try:
            named = read_unverified(token).get("iss")
        except BadToken:
            return None
        return next((one for one in self.settings.trusted_issuers if one.issuer == named), None)

    async def read(self, token: str, now: int) -> Party | Unusable:
        """Whom it means. `sub` is our own name for them; the caller knows by which one its client knows them."""
        issuer = self.issuer_of(token)
        if issuer is None:
            return Unusable(reason="its issuer is not trusted here")
        try:
            claims = await self._verified(token, issuer, now)
            if "events" in claims:
                # RFC 8417 §2.2. Nor need a logout token say in `typ` that it is one (Back-Channel Logout §2.4).
                raise BadToken("it reports an event")
            expires_at = _expiry(claims, issuer, now)
            actor = _actor(claims, issuer, ours=self.settings.issuer)
            _check_audience(claims, issuer.audiences or self.audiences)
            may_act = _may_act(claims)
        except (BadToken, MalformedActor) as error:
            return Unusable(reason=str(error) or "act is malformed")
        named = await self._named(claims, issuer, now)
        if isinstance(named, Unusable):
            return named
        return replace(
            named,
            expires_at=expires_at,
            audiences=_audiences(claims),
            actor=actor,
            may_act=may_act,
            confirmation=confirmation_of(claims),
            replay_digest=_replay_digest(claims, issuer),
        )

    async def _verified(self, token: str, issuer: TrustedIssuer, now: int) -> dict[str, Any]:
        header, owner = read_foreign_header(token), _KeyOwner(jwks_uri=issuer.jwks_uri)
        if header.typ not in _TYPES:
            raise BadToken(f"typ {header.typ[:32]} is that of another kind of token")
        keys = await self.client_keys.find(owner, now)
        try:
            return verify_foreign(token, keys, algorithms=issuer.algorithms)
        except BadToken:
            # Perhaps it is signed with a newer key.
            keys = await self.client_keys.find(owner, now, lacking=header.kid)
        return verify_foreign(token, keys, algorithms=issuer.algorithms)

    async def _named(self, claims: Mapping[str, Any], issuer: TrustedIssuer, now: int) -> Party | Unusable:
        if not _is_text(claims.get("sub")):
            return Unusable(reason="sub is missing")  # RFC 7523 §3, item 2
        common: dict[str, Any] = {
            "token_type": short(JWT), "issuer": issuer.issuer, "scopes": issuer.scopes, "expires_at": now,
        }  # fmt: skip
        if issuer.subject == "service":
            service = await self.clients.find(issuer.service, now)
            if service is None:
                return Unusable(reason="the service that it stands for is not active")
            mine = usable_scopes(service, self.settings)
            common["scopes"] = tuple(scope for scope in issuer.scopes if scope in mine)
            return Party(**common, sub=issuer.service, service_id=issuer.service, owner=service.owner)
        person = await self._person(claims, issuer)
        if person is None or person.status is not AccountStatus.ACTIVE or person.role.is_staff:
            # Our staff sign in here, with what they alone have.
            return Unusable(reason="it names nobody here, or nobody who is an active customer")
        return Party(**common, sub=person.sub, person=person)

    async def _person(self, claims: Mapping[str, Any], issuer: TrustedIssuer) -> Person | None:
        named = claims.get("email" if issuer.subject == "email" else issuer.subject_claim)
        if not isinstance(named, str) or not _is_text(named):
            return None
        match issuer.subject:
            case "customer_id":
                customer_id = canonical_customer_id(named, suffix=self.settings.customer_id.suffix)
                return await self._found(PERSON_BY_CUSTOMER_ID, customer_id=customer_id)
            case "email":
                key = canonical_email(named) if claims.get("email_verified") is True else None
                found = await self._found(PERSON_BY_EMAIL, email_key=key)
                # An address that its owner never proved here may be anybody's.
                return found if found is not None and found.primary_email_verified else None
            case _:
                return await self._found(PERSON_BY_SUB, sub=named)

    async def _found(self, query: Any, **by: str | None) -> Person | None:
        if None in by.values():
            return None
        found: Person | None = await self.database.one(query, **by)
        return found


def _expiry(claims: Mapping[str, Any], issuer: TrustedIssuer, now: int) -> int:
    """When it ends. RFC 7523 §3, items 4 to 6. Raises BadToken."""
    times: dict[str, int | float] = {}
    for name in ("exp", "nbf", "iat"):
        at = claims.get(name)
        if isinstance(at, bool) or not isinstance(at, int | float | None):
            raise BadToken(f"{name} is not a time in seconds")
        if at is not None:
            times[name] = at
    if "exp" not in times:
        raise BadToken("exp is missing")
    expires_at = int(times["exp"])
    if expires_at <= now:
        raise BadToken("it has expired")
    for name in ("nbf", "iat"):
        if times.get(name, now) - _SKEW_SECONDS > now:
            raise BadToken(f"{name} is in the future")
    if expires_at - int(times.get("iat", now)) > issuer.lifetime_seconds:
        raise BadToken(f"it lives for more than {issuer.lifetime_seconds} seconds")
    return expires_at


def _check_audience(claims: Mapping[str, Any], accepted: tuple[str, ...]) -> None:
    """§3, item 3. Raises BadToken."""
    if not set(_audiences(claims)) & set(accepted):
        raise BadToken(f"aud does not name {' or '.join(accepted)}")


def _audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return tuple(one for one in named if isinstance(one, str))


def _actor(claims: Mapping[str, Any], issuer: TrustedIssuer, *, ours: str) -> Actor | None:
    """Who acts, by the name of who says so: nobody else says who acts here. Raises BadToken, MalformedActor."""
    found, chain = actor_of(claims), None
    for actor in reversed([*found.chain()] if found else []):
        if actor.iss == ours:
            raise BadToken("act names somebody of ours")
        chain = replace(actor, iss=actor.iss or issuer.issuer, former=chain)
    return chain


def _may_act(claims: Mapping[str, Any]) -> Mapping[str, Any] | None:
    may_act = claims.get("may_act")
    if may_act is not None and not isinstance(may_act, Mapping):
        raise BadToken("may_act is not an object")
    return may_act


def _replay_digest(claims: Mapping[str, Any], issuer: TrustedIssuer) -> bytes:
    """What a single use is remembered by; empty without a `jti`."""
    jti = claims.get("jti")
    return replay_digest(_ASSERTION, issuer.issuer, jti) if isinstance(jti, str) and _is_text(jti) else b""


def _is_text(value: object) -> bool:
    """Whether it is one that a database takes."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and "\0" not in value
