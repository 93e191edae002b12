"""An authorization request by POST. OpenID Connect Core §3.1.2.1; oidcc-ensure-post-request-succeeds.

Another site's post carries no cookie of ours, since they are Lax, and must not replace one either.
"""

import re
from html import unescape
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest

from tests.oauth.asking import JAR, object_claims, register_asker
from tests.support.client_keys import client_key, signed
from tests.support.world import ISSUER, Browser, World, answer, asked

ELSEWHERE = {"origin": "https://jar.example", "sec-fetch-site": "cross-site"}
OURS = {"origin": ISSUER, "sec-fetch-site": "same-origin"}


async def post(browser: Browser, parameters: dict[str, str], headers: dict[str, str]) -> httpx2.Response:
    return await browser.http.post("/authorize", data=parameters, headers=headers)


@pytest.fixture
async def jar_world(world: World) -> World:
    await register_asker(world)
    return world


async def test_a_post_is_asked_again_by_get(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    for headers in (ELSEWHERE, OURS, {}):
        response = await post(browser, asked(state="a b%&\N{SNOWMAN}"), headers)
        assert response.status_code == 303
        assert "set-cookie" not in response.headers
        assert answer(await browser.follow(response))["state"] == "a b%&\N{SNOWMAN}"


async def test_a_post_that_is_too_long_for_an_address_is_posted_again_by_ourselves(jar_world: World) -> None:
    """So whoever is signed in is found, and no other tab loses its cookie."""
    browser = jar_world.browser()
    await browser.sign_in()
    request = signed(object_claims(jar_world, ui_locales="x" * 7_000), client_key())
    sent = {**JAR, "request": request, "extra": "ignored", "submit": "would hide the form's own"}
    assert len(request) > 8_192

    page = await post(browser, sent, ELSEWHERE)

    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    assert {unescape(name): unescape(value) for name, value in found} == {**JAR, "request": request}
    assert '<form id="authorize" method="post" action="/authorize" data-submit>' in page.text
    again = await browser.http.post("/authorize", data=dict(found), headers=OURS)
    assert answer(again)["state"] == "inner state"
    assert "code" in answer(again)


async def test_a_stranger_signs_in_after_a_long_post(jar_world: World) -> None:
    request = signed(object_claims(jar_world, ui_locales="x" * 7_000), client_key())
    for headers in (OURS, {"origin": ISSUER}, {}):
        browser = jar_world.browser()
        response = await post(browser, {**JAR, "request": request}, headers)
        assert response.headers["location"].startswith("/sign-in/")
        page = await browser.follow(response)
        page = await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
        assert answer(await browser.follow(page))["state"] == "inner state"


@pytest.mark.parametrize(
    "headers",
    [
        ELSEWHERE,
        {"origin": "https://jar.example"},
        {"origin": "null"},
        {"sec-fetch-site": "same-site", "origin": ISSUER},
        {"sec-fetch-site": "none"},
    ],
)
async def test_only_our_own_page_is_ours(jar_world: World, headers: dict[str, str]) -> None:
    long = {**JAR, "request": "x" * 9_000}
    page = await post(jar_world.browser(), long, headers)
    assert (page.status_code, 'id="authorize"' in page.text) == (200, True)


async def test_what_is_wrong_is_told_as_after_a_get(jar_world: World) -> None:
    long = {**JAR, "request": "x" * 9_000, "state": "some state"}
    response = await post(jar_world.browser(), long, OURS)
    assert (answer(response)["error"], answer(response)["state"]) == ("invalid_request_object", "some state")
    evil = {**long, "redirect_uri": "https://evil.example/"}
    assert (await post(jar_world.browser(), evil, OURS)).status_code == 400


async def test_repeats_and_scripts_survive_the_page_as_they_are(sqlite_world: World) -> None:
    pairs = [*asked(state="<script>\"'&").items(), ("nonce", "x" * 9_000), ("scope", "")]
    headers = {**ELSEWHERE, "content-type": "application/x-www-form-urlencoded"}
    page = await sqlite_world.browser().http.post("/authorize", content=urlencode(pairs), headers=headers)
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    assert [(unescape(name), unescape(value)) for name, value in found] == pairs
    assert "<script>" not in page.text
    again = urlencode([(unescape(name), unescape(value)) for name, value in found])
    response = await sqlite_world.browser().http.post(
        "/authorize", content=again, headers={**headers, **OURS}
    )
    assert urlsplit(response.headers["location"]).path == "/callback"
    assert answer(response)["error"] == "invalid_request"


async def test_a_body_of_another_kind_is_refused(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        response = await browser.http.post("/authorize", content=b"{}", headers={"content-type": kind})
        assert response.status_code == 415
    large = await browser.http.post("/authorize", data={"state": "x" * 2_000_000})
    assert large.status_code == 413
    assert (await browser.http.post("/authorize")).status_code == 303
