"""Introspection for each caller: signed and encrypted where it wants that (RFC 9701), and no more than concerns it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.config.settings import Resource
from idp.oauth.introspection_jwt import MEDIA_TYPE
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from idp.records.key import ALGORITHMS
from idp.signing.encryption import KEY_ALGORITHMS
from tests.oauth.wire import Tokens, refused, success, tokens_of
from tests.oidc.by_hand import decrypted, header_of, verified
from tests.oidc.shop import jwks_of, key_for, our_keys
from tests.support.clients import API, CLIENTS, LEDGER
from tests.support.world import ISSUER, START, World, basic, open_world, settings_for

_GATEWAY = CLIENTS[4][0]
_MEMBERS = {"iss", "aud", "iat", "token_introspection"}


@pytest.fixture
async def views_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A token for both APIs is of one form; `robot` is the API's own service account."""
    settings = replace(
        settings_for(database_url, tmp_path),
        resources=(
            Resource(identifier=API, scopes=("invoices:read",), default=True, client="robot"),
            Resource(identifier=LEDGER, scopes=("ledger:read",)),
        ),
    )
    async with open_world(settings) as world:
        both = frozenset({API, LEDGER})
        await _registered(world, replace(CLIENTS[0][0], client_id=ClientId("panel"), resources=both))
        await _registered(world, replace(CLIENTS[3][0], client_id=ClientId("robot")))
        await _registered(
            world, replace(_GATEWAY, client_id=ClientId("ledger"), resources=frozenset({LEDGER}))
        )
        yield world


async def _registered(world: World, client: Client) -> None:
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    secret = f"{client.client_id}-secret"
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


async def _ask(world: World, token: str, client: str = "introspector") -> Tokens:
    return success(await world.browser().call("/introspect", client, token=token))


async def _ask_for_jwt(
    world: World, token: str, client: str = "introspector", accept: str = MEDIA_TYPE
) -> httpx2.Response:
    headers = {"authorization": basic(client), "accept": accept}
    return await world.browser().http.post("/introspect", data={"token": token}, headers=headers)


async def _token_for_both(world: World) -> Tokens:
    form = {"grant_type": "client_credentials", "resource": [API, LEDGER]}
    return success(await world.browser().token("machine", **form))  # type: ignore[arg-type]


async def test_a_resource_server_learns_what_concerns_it(views_world: World) -> None:
    token = (await _token_for_both(views_world))["access_token"]

    for_ledger, for_robot = await _ask(views_world, token, "ledger"), await _ask(views_world, token, "robot")
    assert (for_ledger["aud"], for_ledger["scope"]) == (LEDGER, "ledger:read")
    assert (for_robot["aud"], for_robot["scope"]) == (API, "invoices:read")
    for whole in (await _ask(views_world, token), await _ask(views_world, token, "machine")):
        assert (whole["aud"], whole["scope"]) == ([API, LEDGER], "invoices:read ledger:read")


async def test_a_resource_server_learns_nothing_of_what_opens_userinfo(views_world: World) -> None:
    """Standard scopes concern us. Whose token it is it learns all the same: an invoice belongs to somebody."""
    token = (await tokens_of(views_world, scope="openid email invoices:read"))["access_token"]

    seen = await _ask(views_world, token, "robot")
    assert (seen["scope"], seen["aud"]) == ("invoices:read", API)
    assert seen["sub"] == views_world.people["alice"].sub
    assert seen["username"] == "aa11111-ovh"
    assert {"acr", "auth_time", "amr"} <= set(seen)
    for_us_alone = (await tokens_of(views_world, scope="openid profile"))["access_token"]
    assert "scope" not in await _ask(views_world, for_us_alone, "robot")


async def test_it_learns_nothing_of_tokens_for_others(views_world: World) -> None:
    tokens = await tokens_of(views_world)
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert await _ask(views_world, token, "ledger") == {"active": False}


@pytest.mark.parametrize("algorithm", ["", *ALGORITHMS])
async def test_the_answer_is_signed_for_whoever_wants_that(world: World, algorithm: str) -> None:
    """RFC 9701 §4 and §5; RS256 where nothing is registered (§6)."""
    if algorithm:
        client = replace(_GATEWAY, client_id=ClientId("signed"), introspection_signed_response_alg=algorithm)
        await _registered(world, client)
    name = "signed" if algorithm else "introspector"
    token = (await tokens_of(world))["access_token"]

    response = await _ask_for_jwt(world, token, name)

    assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPE)
    assert response.headers["cache-control"] == "no-store"
    header = header_of(response.text)
    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", algorithm or "RS256")
    claims = verified(response.text, await our_keys(world.browser()))
    assert set(claims) == _MEMBERS
    assert (claims["iss"], claims["aud"], claims["iat"]) == (ISSUER, name, START)
    assert claims["token_introspection"] == await _ask(world, token, name)


async def test_an_inactive_token_is_inactive_in_a_jwt_too(world: World) -> None:
    response = await _ask_for_jwt(world, "x")
    claims = verified(response.text, await our_keys(world.browser()))
    assert claims["token_introspection"] == {"active": False}


@pytest.mark.requirement("S28")
async def test_the_answer_is_no_token(world: World) -> None:
    """RFC 9701 §8.1: it opens nothing, and introspecting it finds nothing."""
    token = (await tokens_of(world))["access_token"]
    answer = (await _ask_for_jwt(world, token)).text
    assert await _ask(world, answer) == {"active": False}
    headers = {"authorization": f"Bearer {answer}"}
    assert (await world.browser().get("/userinfo", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("accept", "is_jwt"),
    [
        (f"application/json;q=0.5, {MEDIA_TYPE}", True),
        (MEDIA_TYPE.upper(), True),
        (f"{MEDIA_TYPE};q=0.1", True),
        (f"{MEDIA_TYPE}; q=0", False),
        ("*/*", False),
        ("application/*", False),
        ("application/jwt", False),
        ("", False),
        (",;,", False),
    ],
)
async def test_everybody_else_gets_json(sqlite_world: World, accept: str, is_jwt: bool) -> None:
    response = await _ask_for_jwt(sqlite_world, "x", accept=accept)
    assert response.headers["content-type"] == (MEDIA_TYPE if is_jwt else "application/json")


async def test_refusals_are_json(sqlite_world: World) -> None:
    headers = {"authorization": basic("introspector", "wrong"), "accept": MEDIA_TYPE}
    http = sqlite_world.browser().http
    refused(await http.post("/introspect", data={"token": "x"}, headers=headers), "invalid_client", 401)
    refused(await _ask_for_jwt(sqlite_world, ""), "invalid_request")


@pytest.mark.parametrize("encryption", KEY_ALGORITHMS)
async def test_the_answer_is_encrypted_to_a_key_of_the_client(sqlite_world: World, encryption: str) -> None:
    key = key_for(encryption)
    members: dict[str, Any] = {"introspection_encrypted_response_alg": encryption, "jwks": jwks_of(key)}
    await _registered(sqlite_world, replace(_GATEWAY, client_id=ClientId("sealed"), **members))
    token = (await tokens_of(sqlite_world))["access_token"]

    response = await _ask_for_jwt(sqlite_world, token, "sealed")

    assert response.headers["content-type"] == MEDIA_TYPE
    inner = decrypted(response.text, key)
    claims = verified(inner, await our_keys(sqlite_world.browser()))
    assert claims["token_introspection"]["active"] is True


async def test_a_client_without_a_key_to_encrypt_to_is_told(sqlite_world: World) -> None:
    members: dict[str, Any] = {"introspection_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": []}}
    await _registered(sqlite_world, replace(_GATEWAY, client_id=ClientId("sealed"), **members))
    refused(await _ask_for_jwt(sqlite_world, "x", "sealed"), "invalid_client_metadata")


async def test_our_own_api_describes_itself(sqlite_world: World) -> None:
    """RFC 9728 §3."""
    response = await sqlite_world.browser().get("/.well-known/oauth-protected-resource/api/v1")
    document = json.loads(response.text)
    assert document["resource"] == f"{ISSUER}/api/v1"
    assert document["authorization_servers"] == [ISSUER]
    assert "customers:read" in document["scopes_supported"]
