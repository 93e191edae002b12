"""Applications of different sectors learn of one session's end by names that they can't compare. Core §8.1."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.oidc.logout.parties import BACK, HTML, claims_of, deliver, register, sign_in
from tests.support.world import Browser, World

_NAMES = ("shop", "forum", "public")
_FRAME = re.compile(r'<iframe[^>]* src="([^"]+)"')


async def _signed_in(world: World) -> tuple[Browser, dict[str, str]]:
    """A browser that is signed in at two sectors and at an application that knows people by their own `sub`."""
    for name in _NAMES:
        await register(
            world,
            name,
            subject_type="public" if name == "public" else "pairwise",
            backchannel_logout_uri=f"https://{name}.example.test/told",
            frontchannel_logout_uri=f"https://{name}.example.test/frame",
        )
    browser = world.browser(headers=HTML)
    return browser, {name: (await sign_in(browser, name))["id_token"] for name in _NAMES}


@pytest.mark.requirement("S29")
async def test_no_two_sectors_are_told_the_same_session(world: World) -> None:
    """Or whoever compares `sid` knows whose `sub` is whose, for ever."""
    browser, hints = await _signed_in(world)
    sids = {name: claims_of(world, hint)["sid"] for name, hint in hints.items()}
    assert len(set(sids.values())) == 3
    again = await sign_in(browser, "shop", prompt="none")
    assert claims_of(world, again["id_token"])["sid"] == sids["shop"]

    page = await browser.get(
        "/logout", params={"id_token_hint": hints["shop"], "post_logout_redirect_uri": BACK.format("shop")}
    )

    frames = [urlsplit(frame) for frame in _FRAME.findall(unescape(page.text))]
    in_frames = {str(one.hostname).partition(".")[0]: parse_qs(one.query)["sid"][0] for one in frames}
    assert in_frames == sids
    assert {one.claims["aud"]: one.claims["sid"] for one in await deliver(world)} == sids


@pytest.mark.parametrize("name", _NAMES)
async def test_each_name_of_the_session_signs_out_at_once(sqlite_world: World, name: str) -> None:
    browser, hints = await _signed_in(sqlite_world)

    await browser.get("/logout", params={"id_token_hint": hints[name]})

    assert len(await deliver(sqlite_world)) == 3


async def test_a_name_of_another_session_is_confirmed(sqlite_world: World) -> None:
    _, hints = await _signed_in(sqlite_world)
    other = sqlite_world.browser(headers=HTML)
    await sign_in(other, "shop")

    await other.get("/logout", params={"id_token_hint": hints["shop"]})

    assert await deliver(sqlite_world) == []
