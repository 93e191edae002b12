"""An issuer that lies on demand: what relying parties must refuse can't be had from a correct one."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.demo.addresses import Addresses

ALICE = {
    "sub": "sub-of-alice",
    "name": "Alice Martin",
    "email": "alice@demo.test",
    "customer_id": "aa11111-ovh",
}
ACCESS_TOKEN_SECONDS = 600


def hash_of(value: str) -> str:
    """`at_hash` and S256 challenges are halves and wholes of this."""
    return urlsafe_b64encode(sha256(value.encode()).digest()).rstrip(b"=").decode()


@dataclass(slots=True, kw_only=True)
class LyingIssuer:
    """Signs Alice in without asking, unless a field says otherwise."""

    addresses: Addresses
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    metadata: dict[str, Any] = field(default_factory=dict)
    response: dict[str, str | None] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signing_key: ECKey | None = None
    userinfo_claims: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    token_error: str = ""
    device_codes: dict[str, Any] = field(default_factory=dict)
    is_failing: bool = False
    expires_in: int = ACCESS_TOKEN_SECONDS
    authorizations: list[dict[str, str]] = field(default_factory=list)
    refreshes: int = 0
    key_reads: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/.well-known/oauth-authorization-server", self._metadata),
                Route("/jwks", self._jwks),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/device_authorization", self._device, methods=["POST"]),
                Route("/userinfo", self._userinfo),
                Route("/logout", self._logout),
            ]
        )

    def access_token(self, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A JWT access token of RFC 9068. What is None is left out."""
        now = int(time.time())
        payload = {
            "iss": self.addresses.issuer,
            "aud": self.addresses.api,
            "sub": ALICE["sub"],
            "client_id": "second",
            "scope": "openid invoices:read",
            "iat": now,
            "exp": now + ACCESS_TOKEN_SECONDS,
            **claims,
        }
        return self._signed({"typ": "at+jwt", **(header or {})}, payload)

    def logout_token(self, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """For the manager, about the session `sid-1`. What is None is left out."""
        now = int(time.time())
        payload = {
            "iss": self.addresses.issuer,
            "aud": "manager",
            "sub": ALICE["sub"],
            "sid": "sid-1",
            "iat": now,
            "exp": now + 120,
            "jti": "1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }
        return self._signed({"typ": "logout+jwt", **(header or {})}, payload)

    def _signed(self, header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
        key = self.signing_key or self.key
        full = {"alg": "ES256", "kid": self.key.kid, **header}
        full = {name: value for name, value in full.items() if value is not None}
        present = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(full, present, key, algorithms=["ES256"])

    async def _metadata(self, request: Request) -> Response:
        issuer = self.addresses.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "end_session_endpoint": f"{issuer}/logout",
                "jwks_uri": f"{issuer}/jwks",
                "id_token_signing_alg_values_supported": ["ES256"],
                "authorization_response_iss_parameter_supported": True,
                **self.metadata,
            }
        )

    async def _device(self, request: Request) -> Response:
        return JSONResponse(self.device_codes)

    async def _jwks(self, request: Request) -> Response:
        self.key_reads += 1
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.authorizations.append(asked)
        answer: dict[str, str | None] = {
            "code": str(len(self.authorizations) - 1),
            "state": asked["state"],
            "iss": self.addresses.issuer,
            **self.response,
        }
        present = {name: value for name, value in answer.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(present)}", status_code=303)

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if self.is_failing:
            return JSONResponse({}, status_code=503)
        if self.token_error:
            return JSONResponse({"error": self.token_error}, status_code=400)
        asked = self.authorizations[-1]
        nonce: str | None = None
        if form["grant_type"] == "refresh_token":
            self.refreshes += 1
        else:
            asked = self.authorizations[int(form["code"])]
            nonce = asked["nonce"]
            if hash_of(form["code_verifier"]) != asked["code_challenge"]:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access_token = self.access_token(jti=f"{self.refreshes}")
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": f"refresh-{self.refreshes}",
            "id_token": self._id_token(access_token, asked["client_id"], nonce),
            **self.token,
        }
        return JSONResponse({name: value for name, value in answer.items() if value is not None})

    def _id_token(self, access_token: str, client_id: str, nonce: str | None) -> str:
        now = int(time.time())
        half = sha256(access_token.encode()).digest()[:16]
        return self._signed(
            self.header,
            {
                "iss": self.addresses.issuer,
                "aud": client_id,
                "sub": ALICE["sub"],
                "iat": now,
                "exp": now + 600,
                "auth_time": now,
                "nonce": nonce,
                "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
                **self.claims,
            },
        )

    async def _userinfo(self, request: Request) -> Response:
        return JSONResponse({**ALICE, **self.userinfo_claims})

    async def _logout(self, request: Request) -> Response:
        query = request.query_params
        return RedirectResponse(
            f"{query['post_logout_redirect_uri']}?state={query['state']}", status_code=303
        )
