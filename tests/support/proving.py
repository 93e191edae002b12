"""Proofs of possession as clients send them: DPoP, RFC 9449."""

import itertools
from typing import Any

import httpx2

from idp.signing.nonces import Nonces
from idp.spec.dpop import access_token_hash, thumbprint
from tests.support.client_keys import JoseKey, client_key, public_jwk, signed
from tests.support.world import ISSUER, World, basic

SCHEMES_NAMED = 'Bearer realm="idp", DPoP realm="idp", algs="PS256 ES256 EdDSA"'
"""What our resources say to a request without a token."""

_numbers = itertools.count()


def dpop_key(number: int = 0) -> JoseKey:
    """A key that a client proves; another one for another `number`."""
    return client_key("ES256", 1_000 + number)


def jkt_of(key: JoseKey) -> str:
    return thumbprint(public_jwk(key))


def nonce_of(world: World) -> str:
    """The nonce that the server gives at this moment."""
    house = world.house
    nonces = Nonces(secrets=house.secrets, step_seconds=house.settings.dpop.nonce_seconds)
    return nonces.current(world.clock.now())


def proof(
    world: World,
    key: JoseKey | None = None,
    *,
    path: str = "/token",
    method: str = "POST",
    access_token: str = "",
    header: dict[str, Any] | None = None,
    alg: str = "ES256",
    **claims: Any,
) -> str:
    """A right proof with the nonce of the moment, or with other claims or members of the header; None leaves
    one out. At a resource `access_token` is the one that goes with it.
    """
    key = key or dpop_key()
    usual = {
        "jti": f"proof-{next(_numbers)}",
        "htm": method,
        "htu": f"{ISSUER}{path}",
        "iat": world.clock.now(),
        "nonce": nonce_of(world),
        "ath": access_token_hash(access_token) if access_token else None,
    }
    said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    shown = {"typ": "dpop+jwt", "jwk": public_jwk(key), **(header or {})}
    return signed(said, key, alg, **{name: value for name, value in shown.items() if value is not None})


async def post(world: World, path: str, client: str, dpop: str, **form: str) -> httpx2.Response:
    """A request with a proof, authenticated as `client` is: public ones of the worlds by their name alone."""
    http = world.browser().http
    if client in ("spa", "native"):
        return await http.post(path, data={"client_id": client, **form}, headers={"dpop": dpop})
    return await http.post(path, data=form, headers={"dpop": dpop, "authorization": basic(client)})


async def machine_tokens(world: World, key: JoseKey | None = None, **form: str) -> dict[str, Any]:
    """What the machine of the worlds gets for itself, bound to `key`."""
    response = await post(
        world, "/token", "machine", proof(world, key), grant_type="client_credentials", **form
    )
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def get_userinfo(
    world: World, access_token: str, dpop: str | None, *, scheme: str = "DPoP"
) -> httpx2.Response:
    headers = {"authorization": f"{scheme} {access_token}", **({"dpop": dpop} if dpop else {})}
    return await world.browser().get("/userinfo", headers=headers)
