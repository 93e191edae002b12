"""Keys of clients, made once for a test process, and what clients sign with them."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from idp.signing.compact import REGISTRY

JoseKey = RSAKey | ECKey | OKPKey


@cache
def client_key(name: str = "RS256", number: int = 0) -> JoseKey:
    """A private key for an algorithm; another one for another `number`."""
    if name in ("RS256", "PS256", "RSA"):
        return RSAKey.generate_key(2_048)
    return OKPKey.generate_key("Ed25519") if name == "EdDSA" else ECKey.generate_key("P-256")


def public_jwk(key: JoseKey, **members: str) -> dict[str, Any]:
    """Its public half as a JWK, which joserfc gives no `kid` or `use` unless `members` has them."""
    return {**key.as_dict(private=False), **members}


def jwks(*keys: Mapping[str, Any]) -> dict[str, Any]:
    return {"keys": [dict(key) for key in keys]}


def signed(claims: Mapping[str, Any] | bytes, key: JoseKey, alg: str = "RS256", **header: Any) -> str:
    """A compact JWS whose header may hold anything, and whose payload be any bytes."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    start = f"{base64url(json.dumps({'alg': alg, **header}).encode())}.{base64url(payload)}"
    signature = REGISTRY.algorithms[alg].sign(start.encode(), key)
    return f"{start}.{base64url(signature)}"


def bytes_of(encoded: str) -> bytes:
    """The bytes that `base64url` wrote."""
    return urlsafe_b64decode(encoded.encode())


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
