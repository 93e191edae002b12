"""Forms that another page sent, and what pages tell browsers to allow."""

import re
from collections.abc import Mapping

import httpx2
import pytest

from tests.login.guessing import OURS, form_of
from tests.support.world import ISSUER, PASSWORD, Browser, World, answer, asked

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}
RIGHT = {"username": "aa11111-ovh", "password": PASSWORD}


def _path(page: httpx2.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    assert found
    return found[1]


async def _at(browser: Browser, step: str) -> httpx2.Response:
    """The page of a step, as the browser comes to it."""
    match step:
        case "login":
            return await browser.authorize(**SPA)
        case "consent":
            return await browser.sign_in(**SPA)
        case "select-account":
            await browser.sign_in()
            return await browser.authorize(prompt="select_account")
        case _:
            await browser.sign_in()
            return await browser.get("/logout")


STEPS = ("login", "consent", "select-account", "logout")
SUBMITTED: Mapping[str, dict[str, str]] = {
    "login": RIGHT,
    "consent": {"action": "allow", "account": "aa11111-ovh"},
    "select-account": {"action": "continue", "account": "aa11111-ovh"},
    "logout": {"action": "continue"},
}


@pytest.mark.requirement("S65")
@pytest.mark.parametrize("step", STEPS)
async def test_forged_form_changes_nothing(sqlite_world: World, step: str) -> None:
    browser, stranger = sqlite_world.browser(), sqlite_world.browser()
    page = await _at(browser, step)
    assert f'<form id="{step}"' in page.text
    foreign = form_of(await _at(stranger, step), **SUBMITTED[step])
    ours = form_of(page, **SUBMITTED[step])
    before = await _state(sqlite_world)
    for what, data, headers in (
        ("no token", {**ours, "csrf_token": ""}, OURS),
        ("another token", {**ours, "csrf_token": "A" * 43}, OURS),
        ("a token in other letters", {**ours, "csrf_token": "é" * 43}, OURS),
        ("another browser's token", foreign, OURS),
        ("another site", ours, {"origin": "https://evil.test"}),
        ("another scheme", ours, {"origin": ISSUER.replace("http:", "https:")}),
        ("another port", ours, {"origin": "http://localhost:8001"}),
        ("no origin to speak of", ours, {"origin": "null"}),
        ("cross-site", ours, {"sec-fetch-site": "cross-site"}),
        ("same-site", ours, {"sec-fetch-site": "same-site"}),
        ("our origin, cross-site", ours, {"origin": ISSUER, "sec-fetch-site": "cross-site"}),
        (
            "a foreign origin, same-origin",
            ours,
            {"origin": "https://evil.test", "sec-fetch-site": "same-origin"},
        ),
    ):
        response = await browser.http.post(_path(page), data=data, headers=headers)
        assert response.status_code == 403, what
        assert "set-cookie" not in response.headers
        assert await _state(sqlite_world) == before, what


@pytest.mark.requirement("S65")
@pytest.mark.parametrize("headers", [{}, OURS, {"origin": ISSUER}, {"sec-fetch-site": "none"}])
@pytest.mark.parametrize("step", STEPS)
async def test_form_of_our_page_is_taken_from_any_program(
    sqlite_world: World, step: str, headers: dict[str, str]
) -> None:
    browser = sqlite_world.browser()
    page = await _at(browser, step)
    response = await browser.http.post(_path(page), data=form_of(page, **SUBMITTED[step]), headers=headers)
    assert response.status_code == (200 if step == "logout" else 303)


@pytest.mark.requirement("S65")
async def test_signing_in_and_out_is_never_a_get(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    response = await browser.get(_path(page), params=form_of(page, **RIGHT))
    assert response.status_code == 200
    assert await sqlite_world.rows("SELECT key FROM throttle") == []
    await browser.sign_in()
    for path in ("/sign-out", "/logout"):
        await browser.get(path, params={"action": "continue"})
    assert "code" in answer(await browser.authorize(prompt="none"))


async def _state(world: World) -> list[object]:
    """Everything that signing in changes."""
    return [
        await world.rows("SELECT session_id, digest, ended_at FROM session ORDER BY session_id"),
        await world.rows("SELECT subject_id, client_id FROM consent"),
        await world.rows("SELECT key, failures FROM throttle ORDER BY key"),
        await world.rows(
            "SELECT interaction_id, subject_id, selected_by, consented_by, completed_at FROM interaction"
            " ORDER BY interaction_id"
        ),
    ]


def _policy(response: httpx2.Response) -> dict[str, str]:
    """The Content Security Policy, by directive."""
    directives = response.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in directives)}


def _check_page(response: httpx2.Response, *, referrer: str) -> None:
    policy = _policy(response)
    assert policy["default-src"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    [nonce] = re.findall(r"'nonce-([A-Za-z0-9_-]{22})'", policy["script-src"])
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.text.count(f'nonce="{nonce}"') == response.text.count("<script")
    # Chromium applies form-action to the redirect that follows a post, and would stop the one to the application.
    assert "form-action" not in policy
    assert "cross-origin-opener-policy" not in response.headers
    assert response.headers["referrer-policy"] == referrer
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"
    assert "geolocation=()" in response.headers["permissions-policy"]
    assert "access-control-allow-origin" not in response.headers
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"])


@pytest.mark.requirement("S66", "S67", "S69", "S70")
@pytest.mark.parametrize("step", STEPS)
async def test_headers_of_prompts(sqlite_world: World, step: str) -> None:
    page = await _at(sqlite_world.browser(), step)
    _check_page(page, referrer="same-origin")


@pytest.mark.requirement("S66", "S67", "S69", "S70")
async def test_headers_of_failed_and_throttled_forms(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    failed = [await browser.submit(page, username="aa11111-ovh", password="wrong") for _ in range(6)]
    assert [response.status_code for response in failed] == [422] * 5 + [429]
    for response in failed:
        _check_page(response, referrer="same-origin")


@pytest.mark.requirement("S66", "S67", "S69", "S70")
async def test_headers_of_pages_that_post_nothing(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers={"accept": "text/html"})
    expired = await browser.follow(await browser.get("/sign-in/" + "0" * 32))
    untrusted = await browser.get("/authorize", params=asked(client_id="nobody"))
    blocked = await browser.sign_in("dd44444-ovh")
    signed_out = await browser.get("/logout")
    for response, status in ((expired, 410), (untrusted, 400), (blocked, 403), (signed_out, 200)):
        assert response.status_code == status
        _check_page(response, referrer="no-referrer")


@pytest.mark.requirement("S67", "S69")
async def test_headers_of_everything_else(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    redirect = await browser.get("/authorize", params=asked())
    responses = [
        redirect,
        await browser.get(redirect.headers["location"]),
        await browser.sign_in(),
        await browser.get("/.well-known/openid-configuration"),
        await browser.get("/jwks"),
        await browser.token(grant_type="nonsense"),
        await browser.get("/userinfo"),
        await browser.get("/nowhere"),
        await browser.get("/healthz"),
    ]
    for response in responses:
        policy = _policy(response)
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
    assert responses[2].headers["cache-control"] == "no-store"


@pytest.mark.requirement("S66")
async def test_nonce_is_another_on_each_page(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    seen = {_policy(await browser.get(str(page.url)))["script-src"] for _ in range(3)}
    assert len(seen) == 3


@pytest.mark.requirement("S72")
async def test_pages_load_nothing_from_elsewhere(sqlite_world: World) -> None:
    for step in STEPS:
        page = await _at(sqlite_world.browser(), step)
        loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', page.text)
        assert loaded
        assert all(url.startswith("/static/") for url in loaded)
        assert "style=" not in page.text
        assert not re.search(r"\son\w+=", page.text)


@pytest.mark.requirement("S71")
@pytest.mark.parametrize("name", ["next", "return_to", "from", "redirect", "target_link_uri", "cookie-check"])
async def test_no_parameter_sends_anybody_elsewhere(sqlite_world: World, name: str) -> None:
    browser = sqlite_world.browser()
    for target in ("https://evil.test/", "//evil.test/", "/\\evil.test", "/%2F%2Fevil.test"):
        page = await browser.authorize(**{name: target})
        base = _path(page).rpartition("/")[0]
        for path in (base, _path(page), "/forgot", "/logout", "/"):
            response = await browser.get(path, params={name: target})
            assert "evil" not in response.headers.get("location", "")
            assert 'href="https://evil' not in response.text
            assert 'href="//evil' not in response.text


@pytest.mark.requirement("S73")
async def test_hint_is_shown_as_text_and_may_be_changed(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    hostile = '"><script>alert(1)</script>'
    page = await browser.authorize(login_hint=hostile)
    assert "<script>alert" not in page.text
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page.text
    [field] = re.findall(r'<input[^>]*name="username"[^>]*>', page.text)
    assert "readonly" not in field
    assert "code" in answer(await browser.follow(await browser.submit(page, **RIGHT)))


async def test_who_is_signed_in_is_filled_in_unless_somebody_else_is_wanted(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    assert 'value="aa11111-ovh"' in (await browser.authorize(prompt="login")).text
    hinted = await browser.authorize(prompt="login", login_hint="bob@example.test")
    assert 'value="bob@example.test"' in hinted.text
    choice = await browser.authorize(prompt="select_account")
    other = await browser.follow(await browser.submit(choice, action="other"))
    assert '<form id="login"' in other.text
    assert 'value="aa11111-ovh"' not in other.text
