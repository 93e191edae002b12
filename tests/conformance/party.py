"""A client of the suite, its keys, and a sign-in that came back to it."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from joserfc.jwk import RSAKey

BASE = "https://suite.example/test/a/idp"
REDIRECT_URI = f"{BASE}/callback"
POST_LOGOUT_URI = f"{BASE}/post_logout_redirect"


@cache
def client_key(name: str = "first") -> RSAKey:
    """A client's own key; the same for the whole run, as a key takes long to make."""
    return RSAKey.generate_key(2048)


def public_jwk(key: RSAKey, **members: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), "alg": "RS256", "use": "sig", **members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A registered client: what it asked for, and what came back."""

    asked: Mapping[str, Any]
    registered: Mapping[str, Any]
    scope: str = "openid"

    @property
    def client_id(self) -> str:
        return str(self.registered["client_id"])

    @property
    def redirect_uri(self) -> str:
        return str(self.asked["redirect_uris"][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sign-in that came back. `front` and `back` are the claims of the ID tokens of the two channels."""

    request: Mapping[str, str]
    answer: Mapping[str, str]
    front: Mapping[str, Any] = field(default_factory=dict)
    tokens: Mapping[str, Any] = field(default_factory=dict)
    back: Mapping[str, Any] = field(default_factory=dict)

    @property
    def claims(self) -> Mapping[str, Any]:
        """Of the newest ID token."""
        return self.back or self.front

    @property
    def id_token(self) -> str:
        return str(self.tokens.get("id_token") or self.answer["id_token"])

    @property
    def access_token(self) -> str:
        return str(self.tokens.get("access_token") or self.answer["access_token"])


def unsigned(claims: Mapping[str, Any]) -> str:
    """A JWT with alg none (RFC 7519 §6.1)."""
    parts = [{"alg": "none"}, claims]
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])
