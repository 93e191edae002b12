"""Keys change, the process restarts: nobody is signed out."""

from pathlib import Path

import pytest

from idp.adapters.key_files import add_root_key
from idp.records.key import ALGORITHMS
from idp.signing.compact import read_header
from idp.signing.reseal import reseal, unused_root_keys
from idp.signing.succession import TooEarly
from tests.oauth.wire import Tokens, is_alive, refresh, reopened, success
from tests.support.world import HandClock, World, answer, asked, open_world, settings_for

_Left = tuple[dict[str, str], Tokens, Tokens]


async def _sign_in(world: World) -> _Left:
    """A browser's cookies; tokens; and others whose refresh token was used a moment ago."""
    browser = world.browser()
    tokens = success(await browser.redeem(await browser.sign_in()))
    former = success(await browser.redeem(await browser.authorize()))
    success(await refresh(world.browser(), former["refresh_token"]))
    return dict(browser.http.cookies), tokens, former


async def _still_works(world: World, left: _Left) -> Tokens:
    """What was signed in, issued and sealed before still counts. The tokens that a refresh gives."""
    cookies, tokens, former = left
    browser = world.browser()
    browser.http.cookies.update(cookies)
    assert "code" in answer(await browser.get("/authorize", params=asked(prompt="none")))
    hinted = asked(prompt="none", id_token_hint=tokens["id_token"])
    assert "code" in answer(await browser.get("/authorize", params=hinted))
    assert await is_alive(world, tokens)
    success(await refresh(browser, former["refresh_token"]))
    assert "code" in answer(await world.browser().sign_in("bb22222-ovh"))
    return success(await refresh(browser, tokens["refresh_token"]))


async def test_a_restart_signs_nobody_out(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with open_world(settings) as world:
        left = await _sign_in(world)

    async with reopened(settings, HandClock()) as world:
        await _still_works(world, left)


@pytest.mark.requirement("S77", "S78")
async def test_rotating_every_signing_key_signs_nobody_out(world: World) -> None:
    house, ready_at = world.house, 0
    for algorithm in ALGORITHMS:
        with pytest.raises(TooEarly) as published:
            await house.succession.rotate(algorithm, world.clock.now())
        ready_at = published.value.ready_at
    world.clock.at = ready_at
    left = await _sign_in(world)
    known = {key["kid"] for key in (await world.browser().get("/jwks")).json()["keys"]}

    for algorithm in ALGORITHMS:
        await house.succession.rotate(algorithm, world.clock.now())
    await house.keyring.refresh(world.clock.now() + house.settings.keys.cache_seconds)

    refreshed = await _still_works(world, left)
    for kind in ("id_token", "access_token"):
        former, kid = _kid(left[1][kind]), _kid(refreshed[kind])
        assert kid != former
        # Others knew the new key before it signed, and still find the one before.
        assert {former, kid} <= known
        published_now = (await world.browser().get("/jwks")).json()["keys"]
        assert {former, kid} <= {key["kid"] for key in published_now}


def _kid(token: str) -> str:
    return read_header(token).kid


@pytest.mark.requirement("S78")
async def test_replacing_the_root_key_signs_nobody_out(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    folder = Path(settings.keys.directory)
    async with open_world(settings) as world:
        former = {path.name for path in folder.iterdir()}
        left = await _sign_in(world)
        add_root_key(folder, entropy=world.house.entropy, now=world.clock.now())
    async with reopened(settings, HandClock()) as world:
        assert (await reseal(world.house.database, world.house.root_keys)).unreadable == ()
        unused = await unused_root_keys(world.house.database, world.house.root_keys)
        assert {f"root-{name}.key" for name in unused} == former

    for name in former:
        (folder / name).unlink()

    async with reopened(settings, HandClock()) as world:
        await _still_works(world, left)
