"""Token introspection: RFC 7662. A client may ask about its own tokens, a resource server about those for it
(`introspection_view.py`).

Whatever is wrong with a token, the answer is `active: false` and nothing else (§2.2).
"""

from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from idp.config.settings import Settings
from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.held_token import HeldToken, held_token
from idp.oauth.introspection_view import View, view_of
from idp.oidc.access_token import KnownToken
from idp.records.client import Client
from idp.records.grant import IssuedRefreshToken
from idp.spec.confirmation import confirmation_of
from idp.spec.errors import InvalidClient

_FROM_TOKEN = (
    *("iss", "sub", "aud", "iat", "exp", "jti", "client_id", "scope", "auth_time", "acr", "amr"),
    *("act", "cnf", "owner"),  # RFC 8693 §4.1, RFC 9449 §6.2, RFC 8705 §3.2; docs/service-accounts.md.
)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server

    def authenticate_token(self, request: Request, client: ClientView) -> HeldToken | None:
        if client.client.is_public:
            # §2.1: the caller has to be authenticated, or anybody could try tokens here.
            raise InvalidClient("introspection needs an authenticated client")
        held = held_token(self.server.facts)
        return held if held is not None and self._view(client.client, held) is not None else None

    def introspect_token(self, held: HeldToken) -> dict[str, Any]:
        settings, client = self.server.settings, self.server.facts.client
        if not isinstance(held.token, KnownToken):
            return _refresh_token(held.token, settings.issuer)
        assert client is not None  # Nobody gets here without authentication,
        view = self._view(client, held)
        assert view is not None  # nor with a token that is none of their business.
        return _access_token(held.token, view, settings, is_own=held.client_id == client.client_id)

    def _view(self, client: Client, held: HeldToken) -> View | None:
        """Its own tokens, and, for a resource server, those for its resources."""
        if held.client_id == client.client_id:
            return View(is_whole=True)
        if not isinstance(held.token, KnownToken):
            return None
        return view_of(client, held.token.claims, self.server.settings)


def _access_token(token: KnownToken, view: View, settings: Settings, *, is_own: bool) -> dict[str, Any]:
    claims = {name: token.claims[name] for name in _FROM_TOKEN if name in token.claims}
    found = token.standing
    username = _username(found.customer_id, found.sub, found.person_sub, is_own=is_own) if found else {}
    token_type = confirmation_of(claims).token_type
    return {"active": True, "token_type": token_type, **view.claims(claims, settings), **username}


def _refresh_token(found: IssuedRefreshToken, issuer: str) -> dict[str, Any]:
    family, person = found.issued.family, found.issued.person
    sub = {"sub": family.sub} if person else {}
    return {
        "active": True,
        "iss": issuer,
        "client_id": family.client_id,
        "scope": family.scope,
        "iat": found.token.created_at,
        "exp": found.token.expires_at,
        **sub,
        **({"act": family.actor.claim()} if family.actor else {}),
        **({"cnf": family.confirmation.claim()} if family.confirmation else {}),
        **(_username(person.customer_id, family.sub, person.sub, is_own=True) if person else {}),
    }


def _username(customer_id: str | None, sub: str, person_sub: str | None, *, is_own: bool) -> dict[str, str]:
    """The customer ID, which is the same everywhere: a client that knows people by a `sub` of its sector alone is not
    told it of its own tokens, or that `sub` would be for nothing (OpenID Connect Core §8.1).
    """
    if customer_id is None or (is_own and sub != person_sub):
        return {}
    return {"username": customer_id}
