"""Signing out at an application's request. OpenID Connect RP-Initiated Logout 1.0."""

from urllib.parse import urlencode

import httpx2
import pytest

from tests.oauth.wire import Tokens, success, tokens_of
from tests.support.world import ISSUER, Browser, World, answer, asked

_BACK = "http://localhost:8001/signed-out"
_HTML = {"accept": "text/html"}


async def _signed_in(world: World) -> tuple[Browser, Tokens]:
    browser = world.browser(headers=_HTML)
    return browser, success(await browser.redeem(await browser.sign_in()))


async def _is_signed_in(browser: Browser) -> bool:
    return "code" in answer(await browser.get("/authorize", params=asked(prompt="none")))


def _is_refused(response: httpx2.Response) -> bool:
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    return "location" not in response.headers


@pytest.mark.requirement("S32")
async def test_a_hint_of_this_session_signs_out_at_once(world: World) -> None:
    browser, tokens = await _signed_in(world)
    state = 'a b"%é'
    world.clock.pass_(7_200)  # An expired ID token is as good (§2).

    response = await browser.get(
        "/logout",
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK, "state": state},
    )

    assert response.status_code == 303
    assert response.headers["location"] == _BACK + "?" + urlencode({"state": state})
    assert response.headers["clear-site-data"] == '"cache"'
    assert not await _is_signed_in(browser)
    assert await world.rows("SELECT type FROM audit_event WHERE type = 'session.ended'") == [
        ("session.ended",)
    ]


@pytest.mark.requirement("S32")
async def test_without_a_hint_the_person_confirms(world: World) -> None:
    browser, _ = await _signed_in(world)

    page = await browser.get(
        "/logout", params={"client_id": "manager", "post_logout_redirect_uri": _BACK, "state": "x y"}
    )
    assert 'id="logout"' in page.text
    assert await _is_signed_in(browser)

    response = await browser.submit(page)
    assert response.headers["location"] == f"{_BACK}?state=x+y"
    assert not await _is_signed_in(browser)


async def test_the_person_may_stay(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)

    response = await browser.submit(await browser.get("/logout"), action="stay")

    assert response.status_code == 303
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S65")
async def test_nobody_else_can_confirm(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    await browser.get("/logout")

    for form, headers in (
        ({"action": "continue"}, {"origin": ISSUER}),
        ({"action": "continue", "csrf_token": "x"}, {"origin": ISSUER}),
        ({"action": "continue"}, {"origin": "https://evil.example"}),
    ):
        response = await browser.http.post("/sign-out", data=form, headers=headers)
        assert response.status_code in (400, 403)
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S32")
async def test_a_hint_of_another_session_is_confirmed(world: World) -> None:
    browser, _ = await _signed_in(world)
    others = await tokens_of(world)

    page = await browser.get("/logout", params={"id_token_hint": others["id_token"]})

    assert 'id="logout"' in page.text
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S2", "S32")
async def test_what_is_not_what_it_claims_to_be_gets_a_page(world: World, subtests: pytest.Subtests) -> None:
    """Authlib deviation 24: `iss` and `typ` were unchecked, so an access token passed as a hint."""
    browser, tokens = await _signed_in(world)
    keyring = world.house.keyring
    claims = keyring.verify(tokens["id_token"], typ="JWT")
    foreign = keyring.sign({**claims, "iss": "https://elsewhere.example"}, algorithm="RS256", typ="JWT")

    for parameters in (
        {"id_token_hint": tokens["access_token"]},
        {"id_token_hint": tokens["refresh_token"]},
        {"id_token_hint": tokens["id_token"][:-8]},
        {"id_token_hint": foreign},
        {"id_token_hint": "\N{SNOWMAN}"},
        {"id_token_hint": tokens["id_token"], "client_id": "native"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK + "/"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "http://localhost:8001/callback"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "javascript:alert(1)"},
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "\N{SNOWMAN}"},
        {"post_logout_redirect_uri": _BACK},
        {"client_id": "nobody", "post_logout_redirect_uri": _BACK},
        {"client_id": "native", "post_logout_redirect_uri": _BACK},
        {"client_id": "x" * 5_000, "post_logout_redirect_uri": _BACK},
    ):
        with subtests.test(parameters={name: value[-30:] for name, value in parameters.items()}):
            assert _is_refused(await browser.get("/logout", params=parameters))
    for query in ("client_id=manager&client_id=manager", "state=%ff", "state=%00"):
        assert _is_refused(await browser.get(f"/logout?{query}"))
    assert await _is_signed_in(browser)


async def test_nobody_signed_in_goes_back_at_once(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=_HTML)

    back = await browser.get("/logout", params={"client_id": "manager", "post_logout_redirect_uri": _BACK})
    assert back.headers["location"] == _BACK
    page = await browser.get("/logout", params={"client_id": "manager"})
    assert page.status_code == 200


async def test_a_posted_request_is_asked_again_by_get(world: World) -> None:
    """Another site's post carries no Lax cookies. §2: both methods are supported."""
    browser, tokens = await _signed_in(world)

    response = await browser.http.post(
        "/logout",
        data={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": _BACK, "state": "s"},
    )

    assert response.status_code == 303
    response = await browser.get(response.headers["location"])
    assert response.headers["location"] == f"{_BACK}?state=s"
    assert not await _is_signed_in(browser)


async def test_a_posted_request_may_not_repeat_a_parameter(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)

    response = await browser.http.post(
        "/logout",
        content="client_id=manager&client_id=native",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert _is_refused(await browser.follow(response))


async def test_signing_out_leaves_other_sessions(world: World) -> None:
    browser, tokens = await _signed_in(world)
    other, _ = await _signed_in(world)

    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    assert await _is_signed_in(other)


async def test_the_back_button_signs_nobody_in(world: World) -> None:
    """CVE-2025-12390: after a logout without cookies the next user inherited the session."""
    browser, tokens = await _signed_in(world)
    cookie = dict(browser.http.cookies)
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    thief = world.browser()
    for name, value in cookie.items():
        thief.http.cookies.set(name, value)
    assert not await _is_signed_in(thief)
    first = success(await thief.redeem(await thief.sign_in("bb22222-ovh")))
    sid = world.house.keyring.verify(first["id_token"], typ="JWT")["sid"]
    assert sid != world.house.keyring.verify(tokens["id_token"], typ="JWT")["sid"]
