"""Client credentials grant: RFC 6749 §4.4. No refresh token (§4.4.3), and no row but the audit's.

Its family is only an identifier in the token; a row is written when it is revoked. Of a customer's service account is
written, to the minute, when it was last used, and its tokens say whose it is.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibGrant

from idp.clients.service_account_asked import usable_scopes
from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oauth.mint import Grantee
from idp.oauth.resources import choose_resources, scopes_at
from idp.records.client import Client
from idp.records.event import Event, EventType
from idp.spec.errors import InvalidScope, UnauthorizedClient
from idp.spec.scope import STANDARD_SCOPES, is_well_formed, scopes_of
from idp.store.service_accounts import USE_OWN

GRANT_TYPE = "client_credentials"
VALUE = ""

_USED_SECONDS = 60


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """Nothing beyond the client."""
    return {}


class Grant(AuthlibGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def validate_requested_scope(self) -> None:
        if self._client.is_public:
            raise UnauthorizedClient("a public client can't act for itself")  # §4.4
        if self._client.owner_id is not None and not self._scopes:
            raise InvalidScope("nothing is left that this service account may do")
        requested = self.server.facts.form.get("scope", "")
        if requested and not is_well_formed(requested):
            raise InvalidScope("scope is malformed")
        if not set(scopes_of(requested)) <= self._scopes:
            raise InvalidScope("scope is not one that this client may ask for")

    def generate_token(self, scope: str | None, include_refresh_token: bool = False) -> dict[str, Any]:
        server, facts, client = self.server, self.server.facts, self._client
        settings = server.settings
        audience = choose_resources(facts.resources, client, settings.every_resource, issuer=settings.issuer)
        # §3.3: without a scope the client gets all that it may have there.
        asked = scopes_of(scope or "") or tuple(sorted(self._scopes))
        scopes = scopes_at(asked, audience, settings.every_resource, issuer=settings.issuer)
        if scope and scopes != asked:
            raise InvalidScope("scope means nothing to that resource")
        family_id = server.mint.entropy.uuid7(facts.now)
        grantee = Grantee(
            sub=client.client_id,
            client_id=client.client_id,
            family_id=family_id,
            confirmation=facts.confirmation,
            owner=client.owner,
        )
        if client.owner is not None and facts.now - (client.used_at or 0) >= _USED_SECONDS:
            server.effects.append(USE_OWN.effect(of_client=client.client_id, now=facts.now))
        server.effects.append(
            server.recorded(
                Event(
                    type=EventType.TOKEN_ISSUED,
                    reason=GRANT_TYPE,
                    actor=f"client:{client.client_id}",
                    client_id=client.client_id,
                    family_id=family_id,
                )
            )
        )
        token = server.mint.access_token(grantee, scopes=scopes, audience=audience, now=facts.now)
        server.effects.extend(token.effects)
        return {**token.members(), "scope": " ".join(scopes)}

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing is stored of it."""

    @property
    def _scopes(self) -> frozenset[str]:
        """All that it may have. Of a service account, what its owner may still give."""
        return usable_scopes(self._client, self.server.settings) - STANDARD_SCOPES

    @property
    def _client(self) -> Client:
        return cast(ClientView, self.request.client).client
