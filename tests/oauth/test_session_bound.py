"""What lives with a session ends with it, also when nobody signed out; and using it keeps it from idling out."""

from dataclasses import replace
from pathlib import Path

import pytest

from idp.config.settings import Session
from tests.login.signing_in import sign_in_staff
from tests.support.world import Browser, World, open_world, settings_for

pytestmark = pytest.mark.asyncio

_HOUR = 3_600


async def _refresh(browser: Browser, token: str) -> tuple[int, str]:
    response = await browser.token(grant_type="refresh_token", refresh_token=token)
    return response.status_code, response.json().get("refresh_token", "")


async def test_tokens_of_an_idle_session_end_with_it(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    world.clock.pass_(8 * _HOUR)

    assert (await _refresh(browser, tokens["refresh_token"]))[0] == 400


async def test_staff_who_walk_away_leave_no_living_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await sign_in_staff(world, browser))).json()
    world.clock.pass_(901)

    assert (await _refresh(browser, tokens["refresh_token"]))[0] == 400


async def test_working_in_an_application_keeps_the_session(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    token = tokens["refresh_token"]
    for _ in range(3):
        world.clock.pass_(5 * _HOUR)
        status, token = await _refresh(browser, token)
        assert status == 200

    assert (await browser.get("/account")).status_code == 200


async def test_nothing_outlives_the_absolute_limit(world: World) -> None:
    browser = world.browser()
    token = (await browser.redeem(await browser.sign_in())).json()["refresh_token"]
    for _ in range(4):
        world.clock.pass_(5 * _HOUR)
        token = (await _refresh(browser, token))[1]
    world.clock.pass_(4 * _HOUR)

    assert (await _refresh(browser, token))[0] == 400


async def test_an_access_token_ends_with_its_idle_session(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(settings_for(sqlite_url, tmp_path), session=Session(idle_seconds=300))
    async with open_world(settings) as world:
        browser = world.browser()
        tokens = (await browser.redeem(await browser.sign_in())).json()
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        world.clock.pass_(299)
        assert (await browser.get("/userinfo", headers=bearer)).status_code == 200
        world.clock.pass_(1)
        assert (await browser.get("/userinfo", headers=bearer)).status_code == 401


async def test_offline_access_outlives_the_session(world: World) -> None:
    browser = world.browser()
    redirect = await browser.sign_in(scope="openid offline_access", prompt="consent")
    tokens = (await browser.redeem(redirect)).json()
    world.clock.pass_(48 * _HOUR)

    assert (await _refresh(browser, tokens["refresh_token"]))[0] == 200
