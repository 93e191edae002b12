"""Applications are told in hidden frames. OpenID Connect Front-Channel Logout 1.0."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from idp.store.clients import UPDATE_METADATA
from tests.oidc.logout.parties import BACK, HTML, claims_of, register, sign_in
from tests.support.world import ISSUER, Browser, World

_URI = "https://{}.example.test/told"


def _frames(page: httpx2.Response) -> list[str]:
    return [unescape(address) for address in re.findall(r'<iframe src="([^"]*)"', page.text)]


async def _sign_out(browser: Browser, token: str, client_id: str = "", state: str = "") -> httpx2.Response:
    back = {"post_logout_redirect_uri": BACK.format(client_id)} if client_id else {}
    parameters = {"id_token_hint": token, **back, **({"state": state} if state else {})}
    return await browser.get("/logout", params=parameters)


async def test_each_application_of_the_session_gets_a_frame(world: World) -> None:
    for name in ("shop", "forum"):
        await register(world, name, frontchannel_logout_uri=_URI.format(name) + "?of=us&x=%20")
    await register(world, "deaf")
    await register(world, "unused", frontchannel_logout_uri=_URI.format("unused"))
    browser = world.browser(headers=HTML)
    tokens = [await sign_in(browser, name) for name in ("shop", "forum", "deaf", "shop")]
    sid = claims_of(world, tokens[0]["id_token"])["sid"]

    page = await _sign_out(browser, tokens[0]["id_token"], "shop", "a b&c")

    assert page.status_code == 200
    for name, address in zip(("forum", "shop"), sorted(_frames(page)), strict=True):
        assert address.startswith(_URI.format(name) + "?of=us&x=%20&")
        assert parse_qs(urlsplit(address).query) == {"of": ["us"], "x": [" "], "iss": [ISSUER], "sid": [sid]}
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[-1] == "frame-src https://forum.example.test https://shop.example.test"
    assert not any(part.startswith("form-action") for part in policy)
    assert "cross-origin-opener-policy" not in page.headers
    onwards = BACK.format("shop") + "?state=a+b%26c"
    assert page.headers["refresh"] == f"5;url={onwards}"
    assert f'id="onwards" href="{onwards.replace("&", "&amp;")}"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["clear-site-data"] == '"cache"'


async def test_whoever_goes_nowhere_stays_on_the_page_that_says_so(world: World) -> None:
    await register(world, "shop", frontchannel_logout_uri=_URI.format("shop"))
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")

    page = await _sign_out(browser, tokens["id_token"])

    assert "<h1>You are signed out</h1>" in page.text
    assert len(_frames(page)) == 1
    assert "refresh" not in page.headers


async def test_nobody_waits_where_nobody_is_told(sqlite_world: World) -> None:
    await register(sqlite_world, "deaf")
    browser = sqlite_world.browser(headers=HTML)
    tokens = await sign_in(browser, "deaf")

    response = await _sign_out(browser, tokens["id_token"], "deaf")

    assert response.headers["location"] == BACK.format("deaf")


async def test_what_had_run_out_is_told_of_when_its_browser_signs_out(world: World) -> None:
    """Its applications may have sessions of their own, which live longer."""
    await register(world, "shop", frontchannel_logout_uri=_URI.format("shop"))
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.clock.pass_(40_000)

    page = await _sign_out(browser, tokens["id_token"], "shop")

    assert len(_frames(page)) == 1
    assert _frames(await _sign_out(browser, tokens["id_token"])) == []


async def test_frames_are_of_this_browsers_session_alone(world: World) -> None:
    await register(world, "shop", frontchannel_logout_uri=_URI.format("shop"))
    await register(world, "forum", frontchannel_logout_uri=_URI.format("forum"))
    others = await sign_in(world.browser(headers=HTML), "forum")
    browser = world.browser(headers=HTML)
    await sign_in(browser, "shop")

    asked = await _sign_out(browser, others["id_token"])
    page = await browser.submit(asked)

    assert 'id="logout"' in asked.text
    assert [urlsplit(address).hostname for address in _frames(page)] == ["shop.example.test"]


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://evil.test;script-src *//x",
        "https://evil.test *",
        "https://*",
        "https://evil.test,frame-ancestors",
        "https://evil.test/x#fragment",
        "https://user:password@evil.test/",
        "//evil.test/x",
        "/logout",
    ],
)
async def test_no_address_widens_the_policy(sqlite_world: World, uri: str) -> None:
    """Registration refuses such addresses; a row that holds one all the same does no harm."""
    world = sqlite_world
    await register(world, "shop", frontchannel_logout_uri=_URI.format("shop"))
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await _rewrite(world, "shop", uri)

    response = await _sign_out(browser, tokens["id_token"], "shop")

    assert response.headers["location"] == BACK.format("shop")


async def _rewrite(world: World, client_id: str, uri: str) -> None:
    ((text,),) = await world.rows(f"SELECT metadata FROM client WHERE client_id = '{client_id}'")
    metadata = json.dumps(json.loads(text) | {"frontchannel_logout_uri": uri})
    effect = UPDATE_METADATA.effect(of_client=client_id, metadata=metadata, now=world.clock.now())
    assert await world.house.database.apply([effect])
    world.house.clients.forget(client_id)


async def test_a_flood_of_applications_becomes_no_flood_of_frames(sqlite_world: World) -> None:
    world = sqlite_world
    names = [f"shop{number}" for number in range(60)]
    browser = world.browser(headers=HTML)
    tokens = []
    for name in names:
        await register(world, name, frontchannel_logout_uri=_URI.format(name))
        tokens.append(await sign_in(browser, name))

    assert len(_frames(await _sign_out(browser, tokens[0]["id_token"]))) == 50
