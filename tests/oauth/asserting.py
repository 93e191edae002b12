"""A client that signs who it is: private_key_jwt, or client_secret_jwt."""

import hmac
import itertools
import json
from collections.abc import Mapping
from typing import Any

import httpx2

from idp.clients.registration import register_client
from idp.oauth.client_auth.private_key_jwt import ASSERTION_TYPE
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.world import ISSUER, START, World

PATHS = ("/token", "/revoke", "/introspect")
"""Where clients authenticate."""

_numbers = itertools.count()


async def register_signer(world: World, client_id: str = "signer", **metadata: Any) -> None:
    """A service that signs with RS256 keys that say nothing of themselves, unless `metadata` has it otherwise."""
    house = world.house
    usual: dict[str, Any] = {
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": frozenset({"client_credentials"}),
        "response_types": frozenset(),
        "scopes": frozenset({"invoices:read"}),
        "may_introspect": True,
    }
    if "jwks_uri" not in metadata:
        usual["jwks"] = jwks(public_jwk(client_key()))
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client)


def assertion_claims(world: World, client_id: str = "signer", **claims: Any) -> dict[str, Any]:
    """Those of a right assertion, with others in their place; None leaves one out."""
    now = world.clock.now()
    usual = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": f"jti-{next(_numbers)}",
    }
    return {name: value for name, value in {**usual, **claims}.items() if value is not None}


def assertion(world: World, client_id: str = "signer", **claims: Any) -> str:
    return signed(assertion_claims(world, client_id, **claims), client_key())


async def present(world: World, proof: str, path: str = "/token", **form: str) -> httpx2.Response:
    """A request of a client that proves itself by `proof`."""
    asked = {"grant_type": "client_credentials"} if path == "/token" else {"token": "x" * 64}
    proven = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
    return await world.browser().http.post(path, data={**asked, **proven, **form})


async def register_secret_signer(world: World, client_id: str = "signer", **metadata: Any) -> str:
    """A service that signs with its secret (client_secret_jwt), which is what is returned."""
    house = world.house
    usual: dict[str, Any] = {
        "token_endpoint_auth_method": "client_secret_jwt",
        "grant_types": frozenset({"client_credentials"}),
        "response_types": frozenset(),
        "scopes": frozenset({"invoices:read"}),
        "may_introspect": True,
    }
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    registered = await register_client(
        house.database,
        house.audit,
        house.entropy,
        Occasion(now=START, actor="cli:test"),
        client,
        root_keys=house.root_keys,
    )
    assert registered.secret
    return registered.secret


def signed_with_secret(
    claims: Mapping[str, Any], secret: str | bytes, alg: str = "HS256", **header: Any
) -> str:
    """A compact JWS by HMAC, whose header may hold anything."""
    start = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": alg, **header}, claims))
    key = secret.encode() if isinstance(secret, str) else secret
    return f"{start}.{base64url(hmac.digest(key, start.encode(), alg.replace('HS', 'sha')))}"
