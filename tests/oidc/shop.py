"""An application whose registration a test chooses, with keys of its own, and what it gets for Alice."""

from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from idp.clients.registration import register_client
from idp.records.client import Client, ClientId, RefreshPolicy
from idp.records.event import Occasion
from tests.oauth.wire import Tokens, success
from tests.oidc.by_hand import PrivateKey, encoded
from tests.support.world import START, Browser, World

CALLBACK = "https://shop.example/callback"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One for the whole run: making one takes a moment."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def small_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=1_024)


@cache
def ec_key(curve: str = "P-256") -> ec.EllipticCurvePrivateKey:
    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(),
        "P-521": ec.SECP521R1(),
        "secp256k1": ec.SECP256K1(),
    }
    return ec.generate_private_key(curves[curve])


@cache
def okp_key() -> x25519.X25519PrivateKey:
    return x25519.X25519PrivateKey.generate()


def key_for(encryption: str) -> PrivateKey:
    return rsa_key() if encryption.startswith("RSA") else ec_key()


def jwks_of(*keys: Any, **members: str) -> dict[str, Any]:
    """The public halves as a JWK set; `members` are added to each."""
    return {"keys": [_jwk(key, **members) for key in keys]}


def _jwk(key: Any, **members: str) -> dict[str, str]:
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), **members}
    if isinstance(key, x25519.X25519PrivateKey):
        return {"kty": "OKP", "crv": "X25519", "x": encoded(public.public_bytes_raw()), **members}
    numbers, size = public.public_numbers(), (key.key_size + 7) // 8
    x, y = (encoded(number.to_bytes(size)) for number in (numbers.x, numbers.y))
    curve = {"secp256r1": "P-256", "secp521r1": "P-521"}.get(key.curve.name, key.curve.name)
    return {"kty": "EC", "crv": curve, "x": x, "y": y, **members}


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


async def open_shop(world: World, client_id: str = "shop", **metadata: Any) -> None:
    """Register it. `metadata` are fields of `Client`."""
    ordinary: dict[str, Any] = {
        "client_name": "Shop",
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "redirect_uris": (CALLBACK,),
        "scopes": frozenset({"openid", "profile", "email", "address", "phone", "offline_access"}),
        "is_first_party": True,
        "refresh": RefreshPolicy.SESSION,
        "require_pkce": False,
    }
    house = world.house
    await register_client(
        house.database,
        house.audit,
        house.entropy,
        Occasion(now=START, actor="operator"),
        Client(client_id=ClientId(client_id), **{**ordinary, **metadata}),
        secret=f"{client_id}-secret",
    )


async def visit_shop(
    browser: Browser, client_id: str = "shop", redirect_uri: str = CALLBACK, **parameters: str
) -> httpx2.Response:
    """The authorization response; Alice signs in if nobody is."""
    asked = {"client_id": client_id, "redirect_uri": redirect_uri, **parameters}
    response = await browser.authorize(**asked)
    if response.status_code == 200 and 'id="login"' in response.text:
        response = await browser.sign_in(**asked)
    return response


async def shop_tokens(browser: Browser, client_id: str = "shop", **parameters: str) -> Tokens:
    response = await visit_shop(browser, client_id, **parameters)
    return success(await browser.redeem(response, client_id))


def answered(response: httpx2.Response) -> dict[str, str]:
    """The parameters of an authorization response in a query or a fragment."""
    location = urlsplit(response.headers["location"])
    return dict(parse_qsl(location.query or location.fragment, keep_blank_values=True))


async def our_keys(browser: Browser) -> dict[str, Any]:
    jwks: dict[str, Any] = (await browser.get("/jwks")).json()
    return jwks
