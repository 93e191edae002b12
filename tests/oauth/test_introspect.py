"""Introspection. RFC 7662."""

from dataclasses import replace

import pytest

from idp.account.status import disable_account
from idp.clients.registration import register_client
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.oauth.wire import Tokens, refresh, refused, success, tokens_of
from tests.support.clients import CLIENTS, LEDGER
from tests.support.world import ISSUER, START, World

_INACTIVE = {"active": False}


async def _ask(world: World, token: str, client: str = "introspector", **form: str) -> Tokens:
    response = await world.browser().call("/introspect", client, token=token, **form)
    assert response.headers["cache-control"] == "no-store"
    return success(response)


async def test_a_resource_server_learns_what_a_token_is_for(world: World) -> None:
    tokens = await tokens_of(world)

    for hint in ("", "access_token", "refresh_token", 'x"\N{SNOWMAN}'):
        found = await _ask(world, tokens["access_token"], token_type_hint=hint)
        assert found["active"] is True
        assert found["token_type"] == "Bearer"
        assert found["username"] == "aa11111-ovh"
        assert (found["iss"], found["client_id"]) == (ISSUER, "manager")
        assert found["scope"] == "openid profile email"
        assert (found["iat"], found["exp"]) == (START, START + 600)
        assert "fid" not in found


async def test_a_client_learns_about_its_own_refresh_token(world: World) -> None:
    tokens = await tokens_of(world)

    found = await _ask(world, tokens["refresh_token"], "manager")
    assert found["active"] is True
    assert found["sub"] == world.people["alice"].sub
    assert "token_type" not in found
    # Nobody else does: no resource server ever gets to see one.
    assert await _ask(world, tokens["refresh_token"]) == _INACTIVE
    assert await _ask(world, tokens["refresh_token"], "machine") == _INACTIVE

    await refresh(world.browser(), tokens["refresh_token"])
    assert await _ask(world, tokens["refresh_token"], "manager") == _INACTIVE


@pytest.mark.requirement("S28", "S74")
async def test_whatever_is_wrong_with_a_token_it_is_inactive(world: World) -> None:
    """CVE-2026-27840: a truncated token was valid. GHSA-7fpj-9hr8-28vh: another kind of JWT was.
    Authlib deviation 23: 401, or nothing at all.
    """
    tokens = await tokens_of(world)
    header, claims, signature = tokens["access_token"].split(".")
    id_header = tokens["id_token"].split(".")[0]

    for token in (
        "x",
        "\N{SNOWMAN}",
        "x" * 64,
        "x" * 30_000,
        "..",
        "a.b.c",
        tokens["id_token"],
        tokens["access_token"][:-1],
        tokens["access_token"][:-10],
        tokens["access_token"] + "A",
        tokens["access_token"] + ".A",
        " " + tokens["access_token"],
        f"{header}.{claims}.",
        f"{header}.{claims}",
        f"{header}.{claims[:-4]}AAAA.{signature}",
        f"{id_header}.{claims}.{signature}",
        f"eyJhbGciOiJub25lIiwia2lkIjoiIiwidHlwIjoiYXQrand0In0.{claims}.",
        tokens["refresh_token"][:-1],
        tokens["refresh_token"][:22] + "A" * 42,
    ):
        assert await _ask(world, token) == _INACTIVE
        assert await _ask(world, token, "manager") == _INACTIVE
    refused(await world.browser().call("/introspect", "introspector"), "invalid_request")


@pytest.mark.requirement("S76")
async def test_an_expired_token_is_inactive(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world)

    sqlite_world.clock.pass_(599)
    assert (await _ask(sqlite_world, tokens["access_token"]))["active"] is True
    sqlite_world.clock.pass_(1)

    assert await _ask(sqlite_world, tokens["access_token"]) == _INACTIVE


async def test_an_unused_refresh_token_becomes_inactive(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world, scope="openid offline_access")

    sqlite_world.clock.pass_(sqlite_world.house.settings.tokens.refresh_idle_seconds)

    assert await _ask(sqlite_world, tokens["refresh_token"], "manager") == _INACTIVE


async def test_tokens_of_a_disabled_person_are_inactive(world: World) -> None:
    """CVE-2026-8922: introspection ignored what had happened since."""
    tokens = await tokens_of(world)
    house = world.house

    await disable_account(
        house.database, house.audit, Occasion(now=START, actor="cli:test"), world.people["alice"]
    )

    assert await _ask(world, tokens["access_token"]) == _INACTIVE
    assert await _ask(world, tokens["refresh_token"], "manager") == _INACTIVE


async def test_a_resource_server_learns_about_tokens_for_it_alone(world: World) -> None:
    house = world.house
    ledger = replace(CLIENTS[4][0], client_id=ClientId("ledger"), resources=frozenset({LEDGER}))
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(
        house.database, house.audit, house.entropy, occasion, ledger, secret="ledger-secret"
    )
    browser = world.browser()
    for_api = success(await browser.token("machine", grant_type="client_credentials"))
    for_ledger = success(await browser.token("machine", grant_type="client_credentials", resource=LEDGER))

    assert await _ask(world, for_api["access_token"], "ledger") == _INACTIVE
    assert (await _ask(world, for_ledger["access_token"], "ledger"))["aud"] == LEDGER
    # A client that is no resource server learns about its own alone.
    assert (await _ask(world, for_api["access_token"], "machine"))["active"] is True
    assert await _ask(world, for_api["access_token"], "manager") == _INACTIVE


@pytest.mark.requirement("S17")
async def test_nobody_asks_without_authentication(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world)
    browser = sqlite_world.browser()

    for client in ("spa", "native"):
        response = await browser.call("/introspect", client, token=tokens["access_token"])
        refused(response, "invalid_client", 401)
    response = await browser.http.post("/introspect", data={"token": tokens["access_token"]})
    refused(response, "invalid_client", 401)
