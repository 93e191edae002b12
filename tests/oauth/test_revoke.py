"""Revocation. RFC 7009."""

import pytest

from tests.oauth.wire import is_alive, offline_tokens_of, refresh, refused, success, tokens_of
from tests.support.world import World


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", 'x"\N{SNOWMAN}'])
async def test_either_token_ends_the_family(sqlite_world: World, kind: str, hint: str) -> None:
    """Authlib deviation 23: an unknown hint was refused with 401."""
    tokens = await tokens_of(sqlite_world)
    browser = sqlite_world.browser()

    response = await browser.call("/revoke", "manager", token=tokens[kind], token_type_hint=hint)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["cache-control"] == "no-store"
    assert not await is_alive(sqlite_world, tokens)
    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")


async def test_revocation_is_recorded_and_leaves_other_families(world: World) -> None:
    tokens, other = await tokens_of(world), await tokens_of(world)
    browser = world.browser()

    await browser.call("/revoke", "manager", token=tokens["refresh_token"])

    assert await is_alive(world, other)
    found = await world.rows("SELECT actor, subject_id FROM audit_event WHERE type = 'token.revoked'")
    assert found == [("client:manager", world.people["alice"].subject_id)]


async def test_a_used_refresh_token_still_names_its_family(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()
    second = success(await refresh(browser, tokens["refresh_token"]))

    await browser.call("/revoke", "manager", token=tokens["refresh_token"])

    refused(await refresh(browser, second["refresh_token"]), "invalid_grant")


async def test_a_public_client_revokes_its_own(world: World) -> None:
    browser = world.browser()
    tokens = await offline_tokens_of(browser)

    assert (await browser.call("/revoke", "spa", token=tokens["refresh_token"])).status_code == 200

    refused(await refresh(browser, tokens["refresh_token"], "spa"), "invalid_grant")


async def test_unknown_tokens_are_no_error(sqlite_world: World) -> None:
    """RFC 7009 §2.2."""
    tokens = await tokens_of(sqlite_world)
    value = tokens["refresh_token"]
    browser = sqlite_world.browser()

    for token in (
        "x",
        "\N{SNOWMAN}",
        "x" * 64,
        "x" * 20_000,
        "a.b.c",
        value[:-1],
        value[:22] + "A" * 42,
        tokens["id_token"],
        tokens["access_token"][:-5],
    ):
        response = await browser.call("/revoke", "manager", token=token)
        assert (response.status_code, response.content) == (200, b"")
    refused(await browser.call("/revoke", "manager"), "invalid_request")
    refused(await browser.call("/revoke", "manager", token=""), "invalid_request")

    assert await is_alive(sqlite_world, tokens)


async def test_tokens_of_another_client_are_refused(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()

    for kind in ("access_token", "refresh_token"):
        refused(await browser.call("/revoke", "machine", token=tokens[kind]), "invalid_grant")
        refused(await browser.call("/revoke", "native", token=tokens[kind]), "invalid_grant")

    assert await is_alive(world, tokens)


async def test_an_expired_token_is_no_error_and_ends_nothing(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world)
    browser = sqlite_world.browser()
    sqlite_world.clock.pass_(600)

    assert (await browser.call("/revoke", "manager", token=tokens["access_token"])).status_code == 200

    success(await refresh(browser, tokens["refresh_token"]))
