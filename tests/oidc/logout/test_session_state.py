"""What an application may know of the browser's session. OpenID Connect Session Management 1.0."""

import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from idp.spec.session_state import origin_of
from tests.oidc.logout.parties import CALLBACK, HTML, asking, register
from tests.support.world import ISSUER, World, answer, asked, open_world, settings_for, with_settings


def _agrees(session_state: str, *, client_id: str, origin: str, state: str) -> bool:
    """What the script of the iframe computes (§3.2)."""
    salt = session_state.split(".")[1]
    digest = hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest()
    return session_state == f"{digest}.{salt}"


async def test_each_answer_says_the_state_of_the_browser(world: World) -> None:
    await register(world, "shop")
    browser = world.browser(headers=HTML)
    first = answer(await browser.sign_in())["session_state"]
    silent = answer(await browser.get("/authorize", params=asked(prompt="none")))["session_state"]
    other = answer(await browser.get("/authorize", params=asking("shop")))["session_state"]

    state = browser.http.cookies["idp-state"]
    for value in (first, silent):
        assert _agrees(value, client_id="manager", origin="http://localhost:8001", state=state)
    assert _agrees(other, client_id="shop", origin="https://shop.example.test", state=state)
    assert first != silent  # Salted anew, so two applications can't compare theirs.
    assert all(" " not in value for value in (first, silent, other))


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
async def test_it_goes_where_the_answer_goes(excepting_world: World, mode: str) -> None:
    await register(
        excepting_world,
        "shop",
        response_types=frozenset({"code", "id_token"}),
        grant_types=frozenset({"authorization_code", "implicit"}),
    )
    browser = excepting_world.browser(headers=HTML)
    await browser.sign_in()
    response = await browser.get(
        "/authorize", params=asking("shop", response_type="id_token", response_mode=mode)
    )

    if mode == "fragment":
        found = parse_qs(urlsplit(response.headers["location"]).fragment)["session_state"][0]
    else:
        found = re.search(r'name="session_state" value="([^"]+)"', response.text)[1]  # type: ignore[index]
    state = browser.http.cookies["idp-state"]
    assert _agrees(found, client_id="shop", origin="https://shop.example.test", state=state)


async def test_the_state_changes_with_the_session(world: World) -> None:
    browser = world.browser(headers=HTML)
    await browser.sign_in()
    alice = browser.http.cookies["idp-state"]
    page = await browser.authorize(prompt="login")
    await browser.follow(await browser.submit(page, username="bb22222-ovh", password="correct horse battery"))
    bob = browser.http.cookies["idp-state"]
    await browser.submit(await browser.get("/logout"))

    assert alice != bob
    assert "idp-state" not in browser.http.cookies


async def test_the_same_person_signing_in_again_changes_nothing(world: World) -> None:
    browser = world.browser(headers=HTML)
    await browser.sign_in()
    before = browser.http.cookies["idp-state"]
    page = await browser.authorize(prompt="login")
    await browser.follow(await browser.submit(page, username="aa11111-ovh", password="correct horse battery"))

    assert browser.http.cookies["idp-state"] == before


async def test_a_browser_from_before_gets_its_state_with_the_next_answer(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=HTML)
    await browser.sign_in()
    state = browser.http.cookies["idp-state"]
    for planted in (None, "x" * 43):
        browser.http.cookies.delete("idp-state")
        if planted:
            browser.http.cookies.set("idp-state", planted)
        response = await browser.get("/authorize", params=asked(prompt="none"))
        assert f"idp-state={state};" in response.headers["set-cookie"]


async def test_what_scripts_can_read_opens_nothing(world: World) -> None:
    browser = world.browser(headers=HTML)
    await browser.sign_in()
    cookies = dict(browser.http.cookies)
    thief = world.browser(headers=HTML)
    for name in ("idp-state", "idp-session", "idp-browser", "idp-device"):
        thief.http.cookies.set(name, cookies["idp-state"])

    assert "error" in answer(await thief.get("/authorize", params=asked(prompt="none")))
    rows = await world.rows("SELECT session_id, sid FROM session")
    assert all(cookies["idp-state"] not in row for row in rows)


@pytest.mark.requirement("S63")
async def test_the_cookie_of_an_https_issuer_reaches_frames_in_other_sites(
    sqlite_url: str, tmp_path: object
) -> None:
    settings = with_settings(settings_for(sqlite_url, tmp_path), issuer="https://login.example.test")  # type: ignore[arg-type]
    async with open_world(settings) as world:
        browser = world.browser(headers=HTML)
        browser.http.base_url = httpx2.URL("https://login.example.test")
        page = await browser.follow(await browser.get("/authorize", params=asked()))
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found
        response = await browser.http.post(
            str(page.url),
            data={
                "csrf_token": found[1],
                "username": "aa11111-ovh",
                "password": "correct horse battery",
                "action": "continue",
            },
            headers={"origin": "https://login.example.test"},
        )
        response = await browser.get(response.headers["location"])
        (cookie,) = (one for one in response.headers.get_list("set-cookie") if "idp-state" in one)
    assert re.fullmatch(
        r"__Host-idp-state=[A-Za-z0-9_-]{43}; Path=/; SameSite=None; Max-Age=[0-9]+; Secure", cookie
    )


async def test_an_application_without_an_origin_is_told_nothing(sqlite_world: World) -> None:
    await register(sqlite_world, "app", redirect_uris=("com.example.app:/callback",))
    browser = sqlite_world.browser(headers=HTML)
    await browser.sign_in()
    response = await browser.get("/authorize", params=asking("app", redirect_uri="com.example.app:/callback"))
    assert "session_state" not in answer(response)


async def test_plain_oauth_is_told_nothing(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=HTML)
    await browser.sign_in()
    response = await browser.get("/authorize", params=asked(scope="invoices:read"))
    assert "session_state" not in answer(response)


async def test_the_iframe_alone_may_be_framed(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers=HTML)
    page = await browser.get("/check-session")

    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'self'" in policy
    assert "x-frame-options" not in page.headers
    assert "set-cookie" not in page.headers
    script = re.search(r'<script src="([^"]+)" data-cookie="idp-state"></script>', page.text)
    assert script
    assert (await browser.get(script[1])).headers["content-type"].startswith("text/javascript")
    for path in ("/logout", "/account", "/authorize", "/"):
        other = await browser.get(path)
        assert "frame-ancestors 'none'" in other.headers["content-security-policy"]


async def test_the_metadata_names_everything(sqlite_world: World) -> None:
    metadata = (await sqlite_world.browser().get("/.well-known/openid-configuration")).json()
    assert metadata["check_session_iframe"] == f"{ISSUER}/check-session"
    assert metadata["end_session_endpoint"] == f"{ISSUER}/logout"
    for name in ("frontchannel", "backchannel"):
        assert metadata[f"{name}_logout_supported"] is True
        assert metadata[f"{name}_logout_session_supported"] is True


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        (CALLBACK.format("shop"), "https://shop.example.test"),
        ("https://SHOP.example.test:443/x", "https://shop.example.test"),
        ("http://localhost:8001/callback", "http://localhost:8001"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://user@shop.example.test/", "https://shop.example.test"),
        ("com.example.app:/callback", ""),
        ("app://host/callback", ""),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(uri: str, origin: str) -> None:
    assert origin_of(uri) == origin
