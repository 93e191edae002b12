"""What our cookies are called, how long they live, and what they survive."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from idp.app import create_app
from tests.login.signing_in import cookies_of, sign_in
from tests.support.world import PASSWORD, World, answer, asked, open_world, settings_for

HTTPS = "https://login.example.test"


@pytest.fixture
async def https_browser(sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of an issuer with TLS."""
    settings = replace(settings_for(sqlite_url, tmp_path), issuer=HTTPS)
    async with open_world(settings) as world:
        transport = httpx2.ASGITransport(app=create_app(world.house))
        async with httpx2.AsyncClient(transport=transport, base_url=HTTPS) as http:
            yield http


async def test_two_values_of_one_cookie_count_as_none(sqlite_world: World) -> None:
    """One of them somebody else set."""
    browser = sqlite_world.browser()
    value = (await sign_in(browser))["idp-session"].value
    for header in (f"idp-session={value}; idp-session=x", f"idp-session=x; idp-session={value}"):
        request = {"cookie": header}
        stranger = sqlite_world.browser(headers=request)
        assert answer(await stranger.get("/authorize", params=asked(prompt="none")))["error"]
    stranger = sqlite_world.browser(headers={"cookie": f"idp-session={value}"})
    assert "code" in answer(await stranger.get("/authorize", params=asked(prompt="none")))


@pytest.mark.requirement("S63")
async def test_cookies_of_a_plain_loopback_issuer(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    first = await browser.get("/authorize", params=asked())
    cookies = cookies_of(first) | await sign_in(browser)
    # The one that applications' pages watch through a script of ours (Session Management 1.0 §4.2).
    shown = cookies.pop("idp-state")
    assert set(cookies) == {"idp-browser", "idp-proof", "idp-session", "idp-device"}
    assert (shown["httponly"], shown["path"], shown["domain"], shown["secure"]) == ("", "/", "", "")
    for morsel in cookies.values():
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert not morsel["domain"]
        assert not morsel["secure"]
    assert not cookies["idp-browser"]["max-age"]
    assert cookies["idp-session"]["max-age"] == "86400"
    assert cookies["idp-device"]["max-age"] == str(180 * 86_400)


@pytest.mark.requirement("S63")
async def test_cookies_of_an_issuer_with_tls(https_browser: httpx2.AsyncClient) -> None:
    responses = [await https_browser.get("/authorize", params=asked())]
    while responses[-1].is_redirect:
        responses.append(await https_browser.get(responses[-1].headers["location"]))
    html = responses[-1].text
    action = re.search(r'<form[^>]*action="([^"]*)"', html)
    token = re.search(r'name="csrf_token" value="([^"]*)"', html)
    assert action
    assert token
    fields = {"csrf_token": token[1], "username": "aa11111-ovh", "password": PASSWORD, "action": "continue"}
    responses.append(await https_browser.post(action[1], data=fields, headers={"origin": HTTPS}))
    while responses[-1].headers.get("location", "").startswith("/"):
        responses.append(await https_browser.get(responses[-1].headers["location"]))
    assert answer(responses[-1])["iss"] == HTTPS
    cookies = cookies_of(*responses)
    shown = cookies.pop("__Host-idp-state")
    assert (shown["httponly"], shown["samesite"], shown["path"]) == ("", "None", "/")
    assert shown["secure"]
    assert set(cookies) == {f"__Host-idp-{name}" for name in ("browser", "proof", "session", "device")}
    for morsel in cookies.values():
        assert morsel["secure"]
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert not morsel["domain"]
    for response in responses:
        assert response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_language_of_the_footer_is_remembered(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers={"accept-language": "en"})
    page = await browser.authorize()
    french = await browser.get(str(page.url), params={"language": "fr"})
    assert cookies_of(french)["idp-language"].value == "fr"
    assert cookies_of(french)["idp-language"]["max-age"] == str(365 * 86_400)
    assert '<html lang="fr"' in french.text
    assert '<html lang="fr"' in (await browser.authorize()).text
    # Also over what the application wishes for.
    assert '<html lang="fr"' in (await browser.authorize(ui_locales="en")).text


async def test_application_is_named_in_the_language_of_the_page(sqlite_world: World) -> None:
    french = sqlite_world.browser(headers={"accept-language": "fr"})
    assert "Espace client" in (await french.authorize()).text
    wished = sqlite_world.browser(headers={"accept-language": "en"})
    assert "Espace client" in (await wished.authorize(ui_locales="fr-CA")).text
    assert "Manager" in (await sqlite_world.browser(headers={"accept-language": "de"}).authorize()).text


@pytest.mark.requirement("S70")
async def test_signing_out_keeps_the_browser_known(world: World) -> None:
    browser = world.browser()
    device = (await sign_in(browser))["idp-device"].value
    response = await browser.submit(await browser.get("/logout"))
    assert response.headers["clear-site-data"] == '"cache"'
    expired = cookies_of(response)
    assert set(expired) == {"idp-session", "idp-state"}
    assert {morsel["max-age"] for morsel in expired.values()} == {"0"}
    # It is the same device, under a new token.
    assert (await sign_in(browser))["idp-device"].value != device
    assert len(await world.rows("SELECT device_id FROM device")) == 1


async def test_browser_is_known_to_each_person_who_uses_it(world: World) -> None:
    """By a token each, so that one's is worthless to another."""
    browser = world.browser()
    alice = (await sign_in(browser))["idp-device"].value
    bob, still_alice = (await sign_in(browser, "bb22222-ovh"))["idp-device"].value.split(".")
    assert still_alice == alice != bob
    again, still_bob = (await sign_in(browser))["idp-device"].value.split(".")
    assert still_bob == bob
    assert again not in (alice, bob)
    rows = await world.rows("SELECT subject_id FROM device ORDER BY subject_id")
    assert rows == sorted((world.people[name].subject_id,) for name in ("alice", "bob"))
