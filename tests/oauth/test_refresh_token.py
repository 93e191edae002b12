"""Refresh tokens: rotation, reuse, grace, ends. RFC 6749 §6, RFC 9700 §4.14."""

from dataclasses import replace
from pathlib import Path

import pytest

from idp.account.password import set_password
from idp.account.status import disable_account
from idp.records.event import Occasion
from tests.oauth.wire import (
    code_of,
    is_alive,
    offline_tokens_of,
    refresh,
    refused,
    success,
    tokens_of,
    userinfo,
)
from tests.support.clients import API, LEDGER
from tests.support.world import START, World, open_world, settings_for, with_settings

_RIGHT = "openid profile email"


async def test_each_use_rotates_the_token(world: World) -> None:
    tokens = await tokens_of(world)

    second = success(await refresh(world.browser(), tokens["refresh_token"]))

    assert second["refresh_token"] != tokens["refresh_token"]
    assert second["access_token"] != tokens["access_token"]
    assert second["scope"] == _RIGHT
    assert await is_alive(world, second)
    assert await is_alive(world, tokens)


@pytest.mark.requirement("S16")
async def test_a_narrower_scope_holds_for_one_answer_and_never_widens(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()

    narrow = success(await refresh(browser, tokens["refresh_token"], scope="openid"))
    assert narrow["scope"] == "openid"
    assert set((await userinfo(browser, narrow["access_token"])).json()) == {"sub"}
    # RFC 6749 §6: the new refresh token has the scope of the one before, so the grant itself is no narrower.
    again = success(await refresh(browser, narrow["refresh_token"]))
    assert again["scope"] == _RIGHT

    refused(await refresh(browser, again["refresh_token"], scope="openid phone"), "invalid_scope")


async def test_a_refused_request_burns_nothing(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()

    for form, error in (
        ({"scope": "openid invoices:read"}, "invalid_scope"),
        ({"scope": 'open"id'}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"scope": "openid  profile"}, "invalid_scope"),
        ({"resource": LEDGER}, "invalid_target"),
        ({"resource": "not a uri"}, "invalid_target"),
    ):
        refused(await refresh(browser, tokens["refresh_token"], **form), error)

    assert await world.rows("SELECT redeemed_at FROM refresh_token") == [(None,)]
    assert await world.rows("SELECT type FROM audit_event WHERE type = 'token.refreshed'") == []
    world.clock.pass_(60)
    success(await refresh(browser, tokens["refresh_token"]))


async def test_a_repeat_by_another_client_does_not_end_the_family(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()
    second = success(await refresh(browser, tokens["refresh_token"]))
    world.clock.pass_(60)

    refused(await refresh(browser, tokens["refresh_token"], "native"), "invalid_grant")

    success(await refresh(browser, second["refresh_token"]))


@pytest.mark.requirement("S9")
async def test_another_client_can_not_use_it(world: World) -> None:
    tokens = await tokens_of(world)

    refused(await refresh(world.browser(), tokens["refresh_token"], "native"), "invalid_grant")

    success(await refresh(world.browser(), tokens["refresh_token"]))


@pytest.mark.requirement("S13")
async def test_reuse_after_the_grace_ends_the_family(world: World) -> None:
    """Authlib deviation 14: a repeat is refused, but nothing that was issued is revoked."""
    tokens = await tokens_of(world)
    browser = world.browser()
    second = success(await refresh(browser, tokens["refresh_token"]))

    world.clock.pass_(11)
    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")

    refused(await refresh(browser, second["refresh_token"]), "invalid_grant")
    assert not await is_alive(world, second)
    assert await world.rows("SELECT revoked_reason FROM family") == [("refresh_token_replayed",)]
    assert await world.rows("SELECT outcome FROM audit_event WHERE type = 'refresh_token.replayed'") == [
        ("failure",)
    ]


async def test_a_repeat_within_the_grace_gets_the_same_successor(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()
    second = success(await refresh(browser, tokens["refresh_token"]))

    world.clock.pass_(10)
    repeated = success(await refresh(browser, tokens["refresh_token"]))

    assert repeated["refresh_token"] == second["refresh_token"]
    assert repeated["access_token"] != second["access_token"]
    assert await is_alive(world, repeated)
    assert len(await world.rows("SELECT token_id FROM refresh_token")) == 2
    success(await refresh(browser, second["refresh_token"]))


async def test_using_the_successor_ends_the_grace(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()
    second = success(await refresh(browser, tokens["refresh_token"]))
    third = success(await refresh(browser, second["refresh_token"]))

    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")

    refused(await refresh(browser, third["refresh_token"]), "invalid_grant")


async def test_without_grace_a_repeat_ends_the_family_at_once(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    tokens_section = replace(settings.tokens, refresh_grace_seconds=0)
    async with open_world(with_settings(settings, tokens=tokens_section)) as world:
        tokens = await tokens_of(world)
        browser = world.browser()
        second = success(await refresh(browser, tokens["refresh_token"]))
        assert await world.rows("SELECT count(successor_sealed) FROM refresh_token") == [(0,)]

        refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")

        refused(await refresh(browser, second["refresh_token"]), "invalid_grant")


@pytest.mark.requirement("S15")
async def test_a_token_that_is_not_used_ends(world: World) -> None:
    browser = world.browser()
    tokens = await offline_tokens_of(browser)
    idle = world.house.settings.tokens.refresh_idle_seconds

    world.clock.pass_(idle - 1)
    second = success(await refresh(browser, tokens["refresh_token"], "spa"))
    world.clock.pass_(idle)

    refused(await refresh(browser, second["refresh_token"], "spa"), "invalid_grant")


@pytest.mark.requirement("S15")
async def test_a_family_ends_however_much_it_is_used(world: World) -> None:
    browser = world.browser()
    tokens = await offline_tokens_of(browser)
    lifetimes = world.house.settings.tokens

    while world.clock.at < START + lifetimes.refresh_absolute_seconds - lifetimes.refresh_idle_seconds:
        world.clock.pass_(lifetimes.refresh_idle_seconds - 1)
        tokens = success(await refresh(browser, tokens["refresh_token"], "spa"))
    world.clock.at = START + lifetimes.refresh_absolute_seconds - 1
    tokens = success(await refresh(browser, tokens["refresh_token"], "spa"))
    assert tokens["expires_in"] == 1
    world.clock.pass_(1)

    refused(await refresh(browser, tokens["refresh_token"], "spa"), "invalid_grant")
    assert not await is_alive(world, tokens)


async def test_signing_out_ends_session_bound_families_and_leaves_offline_ones(world: World) -> None:
    browser = world.browser()
    offline = await offline_tokens_of(browser)
    bound = success(await browser.redeem(await browser.authorize()))

    await browser.get("/logout", params={"id_token_hint": bound["id_token"]})

    refused(await refresh(browser, bound["refresh_token"]), "invalid_grant")
    success(await refresh(browser, offline["refresh_token"], "spa"))


async def test_a_code_of_an_offline_family_outlives_signing_out(world: World) -> None:
    browser = world.browser()
    bound = success(await browser.redeem(await browser.sign_in()))
    offline = await browser.authorize(scope="openid offline_access")
    other = await browser.authorize()

    await browser.get("/logout", params={"id_token_hint": bound["id_token"]})

    success(await browser.redeem(offline))
    refused(await browser.redeem(other), "invalid_grant")


async def test_a_new_password_ends_offline_families_too(world: World) -> None:
    browser = world.browser()
    offline = await offline_tokens_of(browser)
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="cli:test")

    assert await set_password(
        house.database,
        house.audit,
        occasion,
        world.people["alice"],
        "another horse battery",
        secrets=house.secrets,
        hasher=house.hasher,
    )

    refused(await refresh(browser, offline["refresh_token"], "spa"), "invalid_grant")
    assert not await is_alive(world, offline)


async def test_a_disabled_account_gets_nothing_more(world: World) -> None:
    browser = world.browser()
    offline = await offline_tokens_of(browser)
    house = world.house

    await disable_account(
        house.database, house.audit, Occasion(now=START, actor="cli:test"), world.people["alice"]
    )

    refused(await refresh(browser, offline["refresh_token"], "spa"), "invalid_grant")
    assert not await is_alive(world, offline)


async def test_a_refreshed_id_token_says_when_the_person_signed_in(world: World) -> None:
    """Authlib deviation 22: `auth_time` would be the refresh's. Core §12.2: no new nonce either."""
    tokens = await tokens_of(world)
    world.clock.pass_(3_600)

    refreshed = success(await refresh(world.browser(), tokens["refresh_token"]))

    claims = world.house.keyring.verify(refreshed["id_token"], typ="JWT", now=world.clock.now())
    former = world.house.keyring.verify(tokens["id_token"], typ="JWT")
    assert claims["auth_time"] == START
    assert claims["iat"] == START + 3_600
    assert "nonce" not in claims
    assert {name: claims[name] for name in ("iss", "sub", "aud", "sid", "acr", "amr")} == {
        name: former[name] for name in ("iss", "sub", "aud", "sid", "acr", "amr")
    }


async def test_offline_access_decides_whether_there_is_a_refresh_token(world: World) -> None:
    """Authlib deviation 18: it would look at the client's grant types alone."""
    browser = world.browser()
    with_offline = await offline_tokens_of(browser)
    assert "refresh_token" in with_offline

    code = await code_of(
        browser, client_id="native", redirect_uri="http://127.0.0.1/callback", scope="openid"
    )
    without = success(
        await browser.token(
            "native",
            grant_type="authorization_code",
            code=code,
            redirect_uri="http://127.0.0.1/callback",
            code_verifier="v" * 43,
        )
    )
    assert "refresh_token" not in without


async def test_garbage_is_no_refresh_token(world: World) -> None:
    tokens = await tokens_of(world)
    value = tokens["refresh_token"]
    browser = world.browser()

    for wrong in (
        "x",
        value[:-1],
        value + "A",
        value[:-1] + ("A" if value[-1] != "A" else "B"),
        "\N{SNOWMAN}",
    ):
        refused(await refresh(browser, wrong), "invalid_grant")
    refused(await refresh(browser, tokens["access_token"]), "invalid_grant")
    refused(await refresh(browser, ""), "invalid_request")

    success(await refresh(browser, value, resource=API))
