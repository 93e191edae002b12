"""Our issuer as a relying party sees it: Authlib's Starlette client, with the checks that it leaves to its user.

Authlib does discovery, PKCE, state, nonce, the ID token's signature, exp, nonce and at_hash. Ours are: the issuer
in its own metadata (Discovery §4.3), `iss` in each authorization response (RFC 9207 §2.4), the ID token's audience,
and one subject in ID token, userinfo and refreshed ID tokens (Core §5.3.2, §12.2).
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.starlette_client import OAuthError, StarletteIntegration, StarletteOAuth2App
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import Response

from idp.demo.visits import SignedIn

_MOST_SIGN_INS = 8
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_ALGORITHMS = ["RS256", "PS256", "ES256"]
# Old enough to refresh: the API must not see a token die on its way.
_REFRESH_BEFORE_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What our issuer knows of an application, and the application of itself."""

    client_id: str
    client_secret: str
    issuer: str
    origin: str
    scope: str = "openid profile email invoices:read"


class Tabs(StarletteIntegration):  # type: ignore[misc]  # Authlib has no type information.
    """Remembers several sign-ins under way for one browser, so that a second tab doesn't end the first one's."""

    async def set_state_data(self, session: dict[str, Any] | None, state: str, data: Any) -> None:
        assert session is not None
        prefix = f"_state_{self.name}_"
        under_way = [key for key in session if key.startswith(prefix)]
        for key in under_way[: len(under_way) + 1 - _MOST_SIGN_INS]:
            del session[key]
        session[prefix + state] = {"data": data, "exp": time.time() + self.expires_in}


class Provider:
    """One application's connection to the issuer. Every method raises `OAuthError`, joserfc's `JoseError` or
    `httpx2.HTTPError` when the issuer refuses, answers what it must not, or doesn't answer.
    """

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._client = StarletteOAuth2App(
            Tabs(registration.client_id),
            registration.client_id,
            client_id=registration.client_id,
            client_secret=registration.client_secret,
            server_metadata_url=f"{registration.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": registration.scope,
                "code_challenge_method": "S256",
                "timeout": 10,
                # Authlib would refresh a token for its last minute, also one that was issued for a minute.
                "leeway": 0,
                # A proxy for the rest of the world has no business on loopback, and reading the system's
                # certificates for each request would take longer than the request.
                "trust_env": False,
                "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            },
        )

    async def metadata(self) -> Mapping[str, Any]:
        """The issuer's metadata, read once."""
        metadata: Mapping[str, Any] = await self._client.load_server_metadata()
        if metadata.get("issuer") != self._registration.issuer:
            raise OAuthError("invalid_issuer", "the metadata belongs to another issuer")
        return metadata

    async def begin(self, request: Request, state: str, target: str, hints: Mapping[str, str]) -> Response:
        """Sends the browser to sign in, and remembers `target`, the page of ours to end at.

        `hints` are parameters of Core §3.1.2.1, such as `prompt`.
        """
        await self.metadata()
        callback = f"{self._registration.origin}/callback"
        response: Response = await self._client.authorize_redirect(request, callback, state=state, **hints)
        (await self._client.framework.get_state_data(request.session, state))["target"] = target
        return response

    async def complete(self, request: Request) -> tuple[SignedIn, str]:
        """Redeems the authorization response that `request` carries: who signed in, and the target."""
        target = await self._checked_target(request)
        token = await self._client.authorize_access_token(request, claims_options=self._claims_options())
        if "userinfo" not in token:
            raise OAuthError("invalid_response", "there is no ID token")
        verified = token.pop("userinfo")
        claims = await self._client.userinfo(token=dict(token))
        if claims.get("sub") != verified["sub"]:
            raise OAuthError("invalid_response", "userinfo is about somebody else")
        return SignedIn(claims={**verified, **claims}, token=token), target

    async def refreshed(self, signed_in: SignedIn, now: int) -> SignedIn:
        """`signed_in` with an access token that lives for a while. The one given, if it does."""
        refresh_token = signed_in.token.get("refresh_token")
        if signed_in.token.get("expires_at", 0) - _REFRESH_BEFORE_SECONDS > now or not refresh_token:
            return signed_in
        await self.metadata()
        token = await self._client.fetch_access_token(grant_type="refresh_token", refresh_token=refresh_token)
        if "id_token" in token:
            verified = await self._client.parse_id_token(
                token, nonce=None, claims_options=self._claims_options()
            )
            if verified["sub"] != signed_in.sub:
                raise OAuthError("invalid_response", "the new ID token is about somebody else")
        return SignedIn(claims=signed_in.claims, token={**signed_in.token, **token})

    async def end(self, request: Request, signed_in: SignedIn | None, locale: str) -> Response:
        """Sends the browser to sign out at the issuer (RP-Initiated Logout §2)."""
        await self.metadata()
        response: Response = await self._client.logout_redirect(
            request,
            post_logout_redirect_uri=f"{self._registration.origin}/signed-out",
            id_token_hint=signed_in.token["id_token"] if signed_in else None,
            client_id=self._registration.client_id,
            ui_locales=locale,
        )
        return response

    async def check_ended(self, request: Request) -> None:
        """Raises `OAuthError` unless `request` returns from a sign-out that this browser began."""
        await self._client.validate_logout_response(request)

    async def ended(self, token: str, now: int) -> str:
        """The `sid` of a logout token (Back-Channel Logout §2.6). Also raises ValueError for what is no token."""
        metadata = await self.metadata()
        keys = KeySet.import_key_set(await self._client.fetch_jwk_set(force=True))
        read = jwt.decode(token, keys, algorithms=_LOGOUT_ALGORITHMS)
        claims = read.claims
        is_ours = (
            claims.get("iss") == metadata["issuer"] and claims.get("aud") == self._registration.client_id
        )
        is_fresh = isinstance(claims.get("exp"), int) and now < claims["exp"]
        events = claims.get("events")
        is_logout = read.header.get("typ") == "logout+jwt" and isinstance(events, dict) and _LOGOUT in events
        if not (is_ours and is_fresh and is_logout and claims.get("sid")) or "nonce" in claims:
            raise OAuthError("invalid_request", "that is no logout token for us")
        return str(claims["sid"])

    def is_issuer(self, name: str) -> bool:
        return name == self._registration.issuer

    async def _checked_target(self, request: Request) -> str:
        """RFC 9207 §2.4, and the state of an error too, which Authlib would believe from anybody."""
        metadata = await self.metadata()
        issuers = request.query_params.getlist("iss")
        if issuers != [self._registration.issuer] and (
            issuers or metadata.get("authorization_response_iss_parameter_supported")
        ):
            raise OAuthError("invalid_issuer", "the answer comes from another issuer")
        state = request.query_params.get("state", "")
        began = await self._client.framework.get_state_data(request.session, state)
        if not began or "target" not in began:
            raise OAuthError("mismatching_state", "this browser began no such sign-in")
        if "error" in request.query_params:
            await self._client.framework.clear_state_data(request.session, state)
        return str(began["target"])

    def _claims_options(self) -> dict[str, dict[str, Any]]:
        # Made anew each time: Authlib takes its parts out.
        return {
            "iss": {"essential": True, "value": self._registration.issuer},
            "aud": {"essential": True, "value": self._registration.client_id},
        }
