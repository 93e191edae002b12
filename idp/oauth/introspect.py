"""Token introspection: RFC 7662. A resource server may ask about tokens for it, a client about its own.

Whatever is wrong with a token, the answer is `active: false` and nothing else (§2.2).
"""

from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.held_token import HeldToken, held_token
from idp.oidc.access_token import AccessToken
from idp.records.grant import Issued, IssuedRefreshToken
from idp.spec.confirmation import confirmation_of
from idp.spec.errors import InvalidClient

_FROM_TOKEN = (
    "iss",
    "sub",
    "aud",
    "iat",
    "exp",
    "jti",
    "client_id",
    "scope",
    "auth_time",
    "acr",
    "amr",
    "cnf",
)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server

    def authenticate_token(self, request: Request, client: ClientView) -> HeldToken | None:
        if client.client.is_public:
            # §2.1: the caller has to be authenticated, or anybody could try tokens here.
            raise InvalidClient("introspection needs an authenticated client")
        held = held_token(self.server.facts)
        return held if held is not None and may_introspect(client, held) else None

    def introspect_token(self, held: HeldToken) -> dict[str, Any]:
        if not isinstance(held.token, AccessToken):
            return _refresh_token(held.token, self.server.settings.issuer)
        client = self.server.facts.client
        return _access_token(held.token, is_own=client is not None and client.client_id == held.client_id)


def may_introspect(client: ClientView, held: HeldToken) -> bool:
    """Its own tokens, and, for a resource server, those for its resources (all, if it names none)."""
    if held.check_client(client):
        return True
    if not client.client.may_introspect or not isinstance(held.token, AccessToken):
        return False
    audience = held.token.claims["aud"]
    audiences = {audience} if isinstance(audience, str) else set(audience)
    return not client.client.resources or bool(audiences & client.client.resources)


def _access_token(token: AccessToken, *, is_own: bool) -> dict[str, Any]:
    claims = {name: token.claims[name] for name in _FROM_TOKEN if name in token.claims}
    username = _username(token.issued, is_own=is_own) if token.issued else {}
    token_type = confirmation_of(token.claims).token_type
    return {"active": True, "token_type": token_type, **claims, **username}


def _refresh_token(found: IssuedRefreshToken, issuer: str) -> dict[str, Any]:
    family = found.issued.family
    sub = {"sub": family.sub} if found.issued.person else {}
    return {
        "active": True,
        "iss": issuer,
        "client_id": family.client_id,
        "scope": family.scope,
        "iat": found.token.created_at,
        "exp": found.token.expires_at,
        **sub,
        **_username(found.issued, is_own=True),
    }


def _username(issued: Issued, *, is_own: bool) -> dict[str, str]:
    """The customer ID, which is the same everywhere: a client that knows people by a `sub` of its sector alone is not
    told it of its own tokens, or that `sub` would be for nothing (OpenID Connect Core §8.1).
    """
    person = issued.person
    if person is None or (is_own and issued.family.sub != person.sub):
        return {}
    return {"username": person.customer_id}
