"""Signing in to the manager and the second application."""

import re

import httpx2

from tests.demo.conftest import Running
from tests.demo.steps import code_of, sign_in


async def test_who_is_not_signed_in_is_invited(running: Running, browser_like: httpx2.AsyncClient) -> None:
    page = await browser_like.get(f"{running.addresses.manager}/")
    assert page.status_code == 200
    assert 'href="/login"' in page.text
    assert "set-cookie" not in page.headers


async def test_a_sign_in_ends_with_a_greeting_and_a_menu(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await sign_in(running, browser_like)
    assert page.url == f"{running.addresses.manager}/"
    assert "Welcome, Alice Martin" in page.text
    assert page.text.index("alice@demo.test") < page.text.index("aa11111-ovh") < page.text.index("Sign out")


async def test_a_sign_in_asks_for_everything_that_protects_it(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    (asked,) = running.issuer.authorizations
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "manager"
    assert asked["redirect_uri"] == f"{running.addresses.manager}/callback"
    assert asked["code_challenge_method"] == "S256"
    assert {"openid", "profile", "email"} <= set(asked["scope"].split())
    assert min(len(asked["state"]), len(asked["nonce"])) >= 20
    assert asked["ui_locales"] == "en"


async def test_the_browser_gets_a_key_and_no_token(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    cookies = {cookie.name: cookie.value or "" for cookie in browser_like.cookies.jar}
    assert cookies.keys() == {"manager-session"}
    assert re.fullmatch(r"[0-9a-f]{64}", cookies["manager-session"])


async def test_the_session_key_changes_at_sign_in_and_the_old_one_is_dead(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    planted = browser_like.cookies["manager-session"]
    assert "httponly" in begun.headers["set-cookie"].lower()
    assert "samesite=lax" in begun.headers["set-cookie"].lower()
    await browser_like.get(begun.headers["location"])
    assert browser_like.cookies["manager-session"] != planted
    async with httpx2.AsyncClient(trust_env=False, cookies={"manager-session": planted}) as thief:
        assert "Alice" not in (await thief.get(f"{running.addresses.manager}/")).text


async def test_the_second_application_has_a_cookie_of_its_own_and_shows_invoices(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    page = await browser_like.get(f"{running.addresses.second}/login")
    assert page.url == f"{running.addresses.second}/"
    assert "FR-2026-0117" in page.text
    assert "€35.88" in page.text
    assert "2 November 2026" in page.text
    assert {cookie.name for cookie in browser_like.cookies.jar} == {"manager-session", "second-session"}
    assert [asked["client_id"] for asked in running.issuer.authorizations] == ["manager", "second"]


async def test_a_second_click_on_sign_in_needs_no_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    page = await sign_in(running, browser_like)
    assert "Welcome, Alice Martin" in page.text
    assert len(running.issuer.authorizations) == 1


async def test_two_tabs_can_sign_in_at_once(running: Running, browser_like: httpx2.AsyncClient) -> None:
    tabs = [
        await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False) for _ in range(2)
    ]
    pages = [await browser_like.get(tab.headers["location"]) for tab in tabs]
    assert ["Welcome, Alice Martin" in page.text for page in pages] == [True, True]


async def test_a_browser_that_begins_without_end_keeps_the_newest_sign_ins(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    tabs = [
        await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False) for _ in range(9)
    ]
    assert code_of(await browser_like.get(tabs[0].headers["location"])) == "mismatching_state"
    assert "Welcome" in (await browser_like.get(tabs[8].headers["location"])).text


async def test_invoices_that_cannot_be_had_are_said_to_be_missing(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.token["access_token"] = "opaque"
    running.issuer.claims = {"at_hash": None}
    page = await browser_like.get(f"{running.addresses.second}/login")
    assert "Welcome, Alice Martin" in page.text
    assert "cannot be shown at the moment" in page.text


async def test_silent_sign_in_asks_for_no_page(running: Running, browser_like: httpx2.AsyncClient) -> None:
    await browser_like.get(f"{running.addresses.manager}/silent")
    assert running.issuer.authorizations[0]["prompt"] == "none"


async def test_a_login_may_be_begun_by_the_issuer(running: Running, browser_like: httpx2.AsyncClient) -> None:
    manager = running.addresses.manager
    query = {
        "iss": running.addresses.issuer,
        "login_hint": "aa11111-ovh",
        "target_link_uri": f"{manager}/?a=b",
    }
    page = await browser_like.get(f"{manager}/login", params=query)
    assert page.url == f"{manager}/?a=b"
    assert running.issuer.authorizations[0]["login_hint"] == "aa11111-ovh"


async def test_an_issuer_that_fails_gets_a_page_with_a_way_on(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.metadata["token_endpoint"] = "http://localhost:1/token"
    page = await sign_in(running, browser_like)
    assert page.status_code == 502
    assert "does not answer" in page.text
    assert 'href="/login"' in page.text


async def test_french_browsers_are_greeted_in_french(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    browser_like.headers["accept-language"] = "fr-CH, fr;q=0.9, en;q=0.8"
    page = await sign_in(running, browser_like)
    assert "Bienvenue, Alice Martin" in page.text
    assert '<html lang="fr">' in page.text
    assert running.issuer.authorizations[0]["ui_locales"] == "fr"


async def test_a_missing_page_and_a_foreign_host_are_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    manager = running.addresses.manager
    missing = await browser_like.get(f"{manager}/nothing")
    assert (missing.status_code, "There is no such page" in missing.text) == (404, True)
    foreign = await browser_like.get(f"{manager}/", headers={"Host": "evil.test"})
    assert foreign.status_code == 400


async def test_pages_run_no_script_and_load_nothing_foreign(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.get(f"{running.addresses.manager}/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert f"form-action 'self' {running.addresses.issuer};" in policy
    style = await browser_like.get(f"{running.addresses.manager}/demo.css")
    assert "--accent: #1b3fa0" in style.text
