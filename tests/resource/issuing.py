"""An issuer of access tokens for tests of resource servers: what it signs, and how often its keys are read."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.resource.jws import REGISTRY
from idp.spec.dpop import access_token_hash, thumbprint

ISSUER = "https://login.example.test"
API = "https://api.example.test"
NOW = 1_800_000_000
Key = ECKey | OKPKey | RSAKey


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def written(header: Mapping[str, Any], claims: Any, key: Any) -> str:
    """A JWT of whatever header and claims. `key` is one of joserfc's, bytes for HMAC, or None for no signature."""
    signed = f"{encoded(json.dumps(dict(header)).encode())}.{encoded(json.dumps(claims).encode())}"
    if key is None:
        return f"{signed}."
    if isinstance(key, bytes):
        return f"{signed}.{encoded(hmac.digest(key, signed.encode(), 'sha256'))}"
    algorithms = {**JWSRegistry.algorithms, **REGISTRY}
    return f"{signed}.{encoded(algorithms[header['alg']].sign(signed.encode(), key))}"


@dataclass(slots=True)
class Moment:
    """A clock that moves by hand."""

    at: float = NOW

    def __call__(self) -> float:
        return self.at


@dataclass(kw_only=True)
class SmallIssuer:
    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"}))
    metadata: dict[str, Any] = field(default_factory=dict)
    published: list[dict[str, Any]] | None = None
    is_down: bool = False
    reads: int = 0
    active: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def http(self) -> httpx2.AsyncClient:
        routes = [
            Route("/.well-known/oauth-authorization-server", self._metadata),
            Route("/jwks", self._jwks),
            Route("/introspect", self._introspect, methods=["POST"]),
        ]
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=Starlette(routes=routes)))

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Those of an ordinary access token; what is None is left out."""
        ordinary = {
            "iss": ISSUER,
            "aud": API,
            "sub": "alice",
            "client_id": "manager",
            "scope": "openid invoices:read",
            "iat": NOW,
            "exp": NOW + 600,
            "jti": "1",
            "auth_time": NOW - 100,
            "acr": "1",
        }
        return {name: value for name, value in {**ordinary, **claims}.items() if value is not None}

    def token(self, *, header: Mapping[str, Any] | None = None, key: Any = ..., **claims: Any) -> str:
        members = {"alg": "ES256", "kid": "one", "typ": "at+jwt", **(header or {})}
        present = {name: value for name, value in members.items() if value is not None}
        return written(present, self.claims(**claims), self.key if key is ... else key)

    async def _metadata(self, request: Request) -> Response:
        document = {
            "issuer": ISSUER,
            "jwks_uri": f"{ISSUER}/jwks",
            "introspection_endpoint": f"{ISSUER}/introspect",
            **self.metadata,
        }
        return JSONResponse(document, status_code=503 if self.is_down else 200)

    async def _jwks(self, request: Request) -> Response:
        self.reads += 1
        published = KeySet([self.key]).as_dict(private=False)["keys"]
        return JSONResponse({"keys": published if self.published is None else self.published})

    async def _introspect(self, request: Request) -> Response:
        form = await request.form()
        self.asked.append({"authorization": request.headers["authorization"], "token": str(form["token"])})
        found = self.active.get(str(form["token"]))
        body = {"active": True, **found} if found is not None else {"active": False}
        return JSONResponse(body, status_code=503 if self.is_down else 200)


@dataclass(kw_only=True)
class Prover:
    """A client that proves a key of its own."""

    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256"))
    count: int = 0

    @property
    def jwk(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    @property
    def jkt(self) -> str:
        return thumbprint(self.jwk)

    def proof(self, token: str, *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        self.count += 1
        members = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk, **(header or {})}
        said = {
            "jti": f"proof-{self.count}",
            "htm": "GET",
            "htu": f"{API}/invoices",
            "iat": NOW,
            "ath": access_token_hash(token),
            **claims,
        }
        present = {name: value for name, value in said.items() if value is not None}
        return written(members, present, self.key)


@cache
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2_048, {"kid": "rsa"})
