"""JWT bearer grant: RFC 7523 §2.1 and §3. Whom a trusted issuer names gets an access token, without signing in here.

Its JWT is for us, short-lived and used once. The client authenticates besides, and is one of those that may use that
issuer. What is issued ends with the JWT, and there is no refresh token: whoever wants more gets another JWT.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.clients.metadata import JWT_BEARER
from idp.config.trusted_issuers import TrustedIssuer
from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.exchange.party import Party, Unusable
from idp.oauth.exchange.reading import TokenReader, foreign_tokens
from idp.oauth.facts import TokenFacts
from idp.oauth.mint import Grantee, Minted
from idp.oauth.resources import choose_resources, scopes_at
from idp.records.client import Client
from idp.records.event import Event, EventType
from idp.records.grant import Family
from idp.spec.errors import InvalidGrant, InvalidRequest, InvalidScope, ProtocolError, UnauthorizedClient
from idp.spec.scope import OFFLINE_ACCESS, is_well_formed, scopes_of
from idp.spec.token_type import JWT
from idp.store.grants import INSERT_FAMILY, family_columns
from idp.store.replay import USE_ONCE, USED

GRANT_TYPE = JWT_BEARER
VALUE = ""
_AFTER_SECONDS = 60


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """What the assertion says, for a client that may use any."""
    client, assertion = facts.client, facts.form.get("assertion", "")
    if client is None or GRANT_TYPE not in client.grant_types or not assertion:
        return {}
    if foreign_tokens(authority).issuer_of(assertion) is None:
        return {"bearer": Unusable(reason="its issuer is not trusted here")}
    found = await TokenReader(authority=authority, client=client, now=facts.now).read(assertion, JWT)
    digest = found.replay_digest if isinstance(found, Party) else b""
    if digest and await authority.database.one(USED, of_digest=digest) is not None:
        found = Unusable(reason="jti was used before")
    return {"bearer": found}


class Grant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    GRANT_TYPE = GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        try:
            return 200, self._granted(), []
        except ProtocolError as error:
            self.server.penalties.append(self.server.recorded(self._refused(error)))
            raise

    def _granted(self) -> dict[str, Any]:
        """The answer. Raises a ProtocolError."""
        server, client = self.server, self._client
        if GRANT_TYPE not in client.grant_types or client.is_public:
            raise UnauthorizedClient("this client may not use assertions of others")
        if "assertion" not in server.facts.form:
            raise InvalidRequest("assertion is missing")
        party = self._usable()
        issuer = self._issuer(party)
        audience = choose_resources(
            server.facts.resources, client, server.settings.every_resource, issuer=server.settings.issuer
        )
        scopes = self._scopes(party, audience)
        return self._issue(party, issuer, audience, scopes)

    def _usable(self) -> Party:
        """§3: whatever is wrong with an assertion, the grant is invalid. Raises InvalidGrant."""
        found = self.server.facts.bearer
        if isinstance(found, Unusable):
            raise InvalidGrant(f"assertion: {found.reason}")
        assert found is not None  # For who may use one, what was sent was read.
        if not found.replay_digest:
            raise InvalidGrant("assertion: jti is missing")
        if found.actor is not None or found.may_act is not None or found.confirmation:
            raise InvalidGrant("assertion: who acts for others, or proves a key, exchanges a token instead")
        return found

    def _issuer(self, party: Party) -> TrustedIssuer:
        """Raises UnauthorizedClient."""
        issuer = next(one for one in self.server.settings.trusted_issuers if one.issuer == party.issuer)
        if self._client.client_id not in issuer.clients:
            raise UnauthorizedClient("this client may not use assertions of that issuer")
        return issuer

    def _scopes(self, party: Party, audience: tuple[str, ...]) -> tuple[str, ...]:
        """What the issuer stands for and the client may have, or the part that is asked for. Raises InvalidScope."""
        requested, settings = self.server.facts.form.get("scope", ""), self.server.settings
        if requested and not is_well_formed(requested):
            raise InvalidScope("scope is malformed")
        allowed = [
            scope for scope in party.scopes if scope in self._client.scopes and scope != OFFLINE_ACCESS
        ]
        meant = scopes_at(allowed, audience, settings.every_resource, issuer=settings.issuer)
        asked = scopes_of(requested)
        if not set(asked) <= set(meant):
            raise InvalidScope("scope is more than the issuer and this client may have there")
        return asked or meant

    def _issue(
        self, party: Party, issuer: TrustedIssuer, audience: tuple[str, ...], scopes: tuple[str, ...]
    ) -> dict[str, Any]:
        server, now = self.server, self.server.facts.now
        family_id = server.mint.entropy.uuid7(now)
        minted = server.mint.access_token(
            Grantee(
                sub=party.sub,
                client_id=self._client.client_id,
                family_id=family_id,
                confirmation=server.facts.confirmation,
                owner=party.owner,
            ),
            scopes=scopes,
            audience=audience,
            now=now,
            most_seconds=min(party.expires_at - now, issuer.lifetime_seconds),
        )
        family = self._family(party, family_id, minted, audience, scopes)
        server.effects += [
            USE_ONCE.effect(
                expects=1, digest=party.replay_digest, expires_at=party.expires_at + _AFTER_SECONDS
            ),
            INSERT_FAMILY.effect(**family_columns(family)),
            *minted.effects,
            server.recorded(self._issued(party, family)),
        ]
        return {**minted.members(), "scope": " ".join(scopes)}

    def _family(
        self, party: Party, family_id: str, minted: Minted, audience: tuple[str, ...], scopes: tuple[str, ...]
    ) -> Family:
        now = self.server.facts.now
        return Family(
            family_id=family_id,
            subject_id=party.person.subject_id if party.person else None,
            client_id=self._client.client_id,
            session_id=None,
            parent_id=None,
            is_offline=False,
            scope=" ".join(scopes),
            resource=" ".join(audience),
            authenticated_at=None,
            acr="",
            amr=(),
            sid="",
            sub=party.sub,
            claims="",
            created_at=now,
            expires_at=now + minted.expires_in,
            revoked_at=None,
            confirmation=self.server.facts.confirmation,
        )

    def _issued(self, party: Party, family: Family) -> Event:
        return Event(
            type=EventType.TOKEN_ISSUED,
            reason="jwt_bearer",
            actor=f"client:{family.client_id}",
            subject_id=family.subject_id,
            client_id=family.client_id,
            family_id=family.family_id,
            details={"issuer": party.issuer, "scopes": family.scope.split()},
        )

    def _refused(self, error: ProtocolError) -> Event:
        party = self.server.facts.bearer
        known = party if isinstance(party, Party) else None
        return Event(
            type=EventType.ASSERTION_REFUSED,
            outcome="failure",
            reason=error.code,
            actor=f"client:{self._client.client_id}",
            subject_id=known.person.subject_id if known and known.person else None,
            client_id=self._client.client_id,
            details={"issuer": known.issuer if known else "", "why": error.description},
        )

    @property
    def _client(self) -> Client:
        return cast(ClientView, self.request.client).client
