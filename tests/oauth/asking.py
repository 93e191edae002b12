"""A client that asks by request objects."""

import hmac
from json import dumps
from typing import Any

import httpx2
from joserfc import jwe
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from idp.clients.registration import register_client
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.world import CHALLENGE, ISSUER, START, World, answer

CALLBACK = "https://jar.example/callback"
JAR = {"client_id": "jar", "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid profile"}
"""What Core wants to be beside an object."""


async def register_asker(world: World, client_id: str = "jar", **metadata: Any) -> None:
    """A web application whose key signs its objects with RS256, unless `metadata` has it otherwise."""
    house = world.house
    usual: dict[str, Any] = {
        "redirect_uris": (CALLBACK, f"{CALLBACK}?second"),
        "grant_types": frozenset({"authorization_code"}),
        "scopes": frozenset({"openid", "profile", "email"}),
        "is_first_party": True,
        "jwks": jwks(public_jwk(client_key())),
    }
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(
        house.database, house.audit, house.entropy, occasion, client, secret=f"{client_id}-secret"
    )


def object_claims(world: World, client_id: str = "jar", **claims: Any) -> dict[str, Any]:
    """Those of a whole request, with others in their place; None leaves one out."""
    now = world.clock.now()
    usual = {
        "iss": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 300,
        **JAR,
        "client_id": client_id,
        "state": "inner state",
        "nonce": "inner nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**usual, **claims}.items() if value is not None}


def request_object(world: World, **claims: Any) -> str:
    return signed(object_claims(world, **claims), client_key())


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    start = {"alg": "none", **header}
    return f"{base64url(dumps(start).encode())}.{base64url(dumps(claims).encode())}."


def hmac_signed(claims: dict[str, Any], secret: bytes) -> str:
    """As who hopes that we take a public key for a secret."""
    start = unsigned(claims, alg="HS256")[:-1]
    return f"{start}.{base64url(hmac.digest(secret, start.encode(), 'sha256'))}"


async def encrypted(
    world: World, content: str, alg: str = "ECDH-ES", enc: str = "A256GCM", **header: Any
) -> str:
    """As a client encrypts, to the key that the JWKS has for it."""
    keys = (await world.browser().get("/jwks")).json()["keys"]
    (jwk,) = [key for key in keys if key["alg"] == alg]
    key = JWKRegistry.import_key(jwk)
    assert isinstance(key, RSAKey | ECKey)
    members = {"alg": alg, "enc": enc, "kid": jwk["kid"], "cty": "JWT", **header}
    members = {name: value for name, value in members.items() if value is not None}
    return jwe.encrypt_compact(members, content.encode(), key, algorithms=[alg, enc, "DEF"])


async def ask(world: World, request: str = "", **beside: str) -> httpx2.Response:
    """The request as somebody who is not signed in sends it; an empty value leaves one out."""
    parameters = {**JAR, "request": request, **beside}
    sent = {name: value for name, value in parameters.items() if value}
    return await world.browser(headers={"accept": "text/html"}).get("/authorize", params=sent)


def is_page(response: httpx2.Response) -> bool:
    """Whether it is an error page that leads nobody away."""
    assert response.status_code == 400, response.text
    assert response.headers["content-type"].startswith("text/html")
    assert "location" not in response.headers
    return True


def is_asking(response: httpx2.Response) -> bool:
    """Whether the request was taken: somebody is asked to sign in."""
    assert response.status_code == 303, response.text
    assert response.headers["location"].startswith("/sign-in/"), response.headers["location"]
    return True


def refusal(response: httpx2.Response) -> dict[str, str]:
    """An error at the client's redirect URI."""
    assert response.headers["location"].startswith(CALLBACK)
    found = answer(response)
    assert found["iss"] == ISSUER
    return found
