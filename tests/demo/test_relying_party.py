"""The manager and the second application: whom they greet, and what they refuse to believe."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.demo.conftest import Running


def code_of(page: httpx2.Response) -> str:
    """The error code that an error page shows."""
    found = re.search(r'id="error-code">([^<]*)<', page.text)
    return found[1] if found else ""


async def sign_in(running: Running, browser: httpx2.AsyncClient) -> httpx2.Response:
    return await browser.get(f"{running.addresses.manager}/login")


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
    assert "November 2, 2026" in page.text
    assert {cookie.name for cookie in browser_like.cookies.jar} == {"manager-session", "second-session"}
    assert [asked["client_id"] for asked in running.issuer.authorizations] == ["manager", "second"]


async def test_a_second_click_on_sign_in_needs_no_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    page = await sign_in(running, browser_like)
    assert "Welcome, Alice Martin" in page.text
    assert len(running.issuer.authorizations) == 1


@pytest.mark.parametrize("iss", [None, "http://localhost:1", "HTTP://LOCALHOST"])
async def test_an_answer_of_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient, iss: str | None
) -> None:
    running.issuer.response["iss"] = iss
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (400, "invalid_issuer")
    assert "Alice" not in page.text


LIES: list[tuple[str, dict[str, Any]]] = [
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": None}),
    ("audience", {"aud": "second"}),
    ("audience", {"aud": ["second"]}),
    ("audience", {"aud": None}),
    ("authorized party", {"aud": ["manager", "second"]}),
    ("authorized party", {"azp": "second"}),
    ("issuer", {"iss": "http://localhost:1"}),
    ("issuer", {"iss": None}),
    ("expiry", {"exp": 1}),
    ("expiry", {"exp": None}),
    ("subject", {"sub": None}),
    ("access token hash", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
]


@pytest.mark.parametrize(("about", "claims"), LIES)
async def test_an_id_token_that_lies_signs_nobody_in(
    running: Running, browser_like: httpx2.AsyncClient, about: str, claims: dict[str, Any]
) -> None:
    running.issuer.claims = claims
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (502, "invalid_token")
    home = await browser_like.get(f"{running.addresses.manager}/")
    assert "Alice" not in home.text


async def test_a_foreign_signature_is_refused(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.signing_key = ECKey.generate_key("P-256")
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (502, "invalid_token")


async def test_a_new_signing_key_is_read_from_the_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    page = await browser_like.get(f"{running.addresses.manager}/login?prompt=login")
    assert "Welcome, Alice Martin" in page.text


async def test_without_an_id_token_nobody_is_signed_in(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.token["id_token"] = None
    assert code_of(await sign_in(running, browser_like)) == "invalid_response"


async def test_userinfo_about_somebody_else_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.userinfo_claims = {"sub": "sub-of-bob", "name": "Bob"}
    page = await sign_in(running, browser_like)
    assert code_of(page) == "invalid_response"


async def test_metadata_of_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.metadata["issuer"] = "http://localhost:1"
    page = await sign_in(running, browser_like)
    assert code_of(page) == "invalid_issuer"
    assert not running.issuer.authorizations


async def test_a_foreign_state_shows_how_to_start_again(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.response["state"] = "planted"
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (400, "mismatching_state")
    assert 'href="/login"' in page.text


async def test_a_callback_works_once(running: Running, browser_like: httpx2.AsyncClient) -> None:
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    issued = await browser_like.get(begun.headers["location"], follow_redirects=False)
    callback = issued.headers["location"]
    assert "Welcome" in (await browser_like.get(callback)).text
    assert code_of(await browser_like.get(callback)) == "mismatching_state"


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


@pytest.mark.parametrize("error", ["login_required", "access_denied", "server_error"])
async def test_a_refusal_is_explained_with_its_code(
    running: Running, browser_like: httpx2.AsyncClient, error: str
) -> None:
    running.issuer.response = {"code": None, "error": error}
    page = await browser_like.get(f"{running.addresses.manager}/silent")
    assert (page.status_code, code_of(page)) == (400, error)
    assert 'href="/login"' in page.text


async def test_invoices_that_cannot_be_had_are_said_to_be_missing(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.token["access_token"] = "opaque"
    running.issuer.claims = {"at_hash": None}
    page = await browser_like.get(f"{running.addresses.second}/login")
    assert "Welcome, Alice Martin" in page.text
    assert "cannot be shown at the moment" in page.text


async def test_a_client_that_may_not_refresh_keeps_its_session(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.expires_in = 5
    running.issuer.token = {"refresh_token": None}
    assert "Welcome, Alice Martin" in (await sign_in(running, browser_like)).text


async def test_a_sign_out_response_is_no_sign_in_response(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    away = await browser_like.post(f"{running.addresses.manager}/logout", follow_redirects=False)
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    query = {"state": state, "iss": running.addresses.issuer, "code": "0"}
    page = await browser_like.get(f"{running.addresses.manager}/callback", params=query)
    assert code_of(page) == "mismatching_state"


async def test_a_silent_check_that_finds_no_session_ends_ours(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.response = {"code": None, "error": "login_required"}
    await browser_like.get(f"{running.addresses.manager}/silent")
    assert "Alice" not in (await browser_like.get(f"{running.addresses.manager}/")).text


async def test_an_error_from_nowhere_is_not_believed(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    query = f"error=access_denied&state=x&iss={running.addresses.issuer}"
    page = await browser_like.get(f"{running.addresses.manager}/callback?{query}")
    assert code_of(page) == "mismatching_state"


async def test_an_error_code_is_shown_as_text(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.response = {"code": None, "error": "<script>alert(1)</script>"}
    page = await sign_in(running, browser_like)
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text


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


async def test_a_login_for_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.get(f"{running.addresses.manager}/login?iss=https://evil.test")
    assert (page.status_code, code_of(page)) == (400, "invalid_issuer")
    assert not running.issuer.authorizations


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "http://localhost:1@evil.test/", "evil", ""],
)
async def test_a_login_never_ends_elsewhere(
    running: Running, browser_like: httpx2.AsyncClient, target: str
) -> None:
    manager = running.addresses.manager
    for full in (target, manager + target):
        page = await browser_like.get(f"{manager}/login", params={"target_link_uri": full})
        assert str(page.url).startswith(f"{manager}/")


async def test_unknown_prompts_and_endless_hints_stay_here(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    query = {"prompt": "create", "login_hint": "x" * 321}
    await browser_like.get(f"{running.addresses.manager}/login", params=query)
    assert not {"prompt", "login_hint"} & running.issuer.authorizations[0].keys()


async def test_signing_out_asks_the_issuer_too(running: Running, browser_like: httpx2.AsyncClient) -> None:
    manager = running.addresses.manager
    await sign_in(running, browser_like)
    key = browser_like.cookies["manager-session"]
    away = await browser_like.post(f"{manager}/logout", follow_redirects=False)
    target = urlsplit(away.headers["location"])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert away.status_code == 303
    assert away.headers["location"].startswith(f"{running.addresses.issuer}/logout?")
    assert query["post_logout_redirect_uri"] == f"{manager}/signed-out"
    assert query["id_token_hint"].count(".") == 2
    assert query["client_id"] == "manager"
    back = await browser_like.get(away.headers["location"])
    assert back.url == f"{manager}/signed-out?state={query['state']}"
    assert "You are signed out" in back.text
    assert "share this computer" in back.text
    assert "Alice" not in (await browser_like.get(f"{manager}/")).text
    async with httpx2.AsyncClient(trust_env=False, cookies={"manager-session": key}) as thief:
        assert "Alice" not in (await thief.get(f"{manager}/")).text


async def test_a_link_to_sign_out_only_asks(running: Running, browser_like: httpx2.AsyncClient) -> None:
    manager = running.addresses.manager
    assert (await browser_like.get(f"{manager}/logout")).url == f"{manager}/"
    await sign_in(running, browser_like)
    assert 'method="post" action="/logout"' in (await browser_like.get(f"{manager}/logout")).text
    assert "Welcome, Alice" in (await browser_like.get(f"{manager}/")).text


async def test_coming_to_signed_out_by_hand_claims_nothing_about_the_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.get(f"{running.addresses.manager}/signed-out?state=planted")
    assert "did not confirm" in page.text


async def test_signing_out_twice_still_reaches_the_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.post(f"{running.addresses.manager}/logout")
    assert "You are signed out" in page.text


async def test_an_old_access_token_is_refreshed_once_for_parallel_pages(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    second = running.addresses.second
    running.issuer.expires_in = 5
    await browser_like.get(f"{second}/login", follow_redirects=True)
    refreshes = running.issuer.refreshes
    running.issuer.expires_in = 600
    pages = await asyncio.gather(*(browser_like.get(f"{second}/") for _ in range(5)))
    assert all("FR-2026-0117" in page.text for page in pages)
    assert running.issuer.refreshes == refreshes + 1


async def test_a_sign_in_that_the_issuer_ended_ends_here(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.expires_in = 5
    await sign_in(running, browser_like)
    running.issuer.token_error = "invalid_grant"
    page = await browser_like.get(f"{running.addresses.manager}/")
    assert 'href="/login"' in page.text
    assert "Alice" not in page.text


async def test_a_refreshed_id_token_about_somebody_else_ends_the_sign_in(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.expires_in = 5
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    issued = await browser_like.get(begun.headers["location"], follow_redirects=False)
    await browser_like.get(issued.headers["location"], follow_redirects=False)
    running.issuer.claims = {"sub": "sub-of-bob"}
    assert "Welcome" not in (await browser_like.get(f"{running.addresses.manager}/")).text


async def test_an_issuer_that_fails_gets_a_page_with_a_way_on(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.metadata["token_endpoint"] = "http://localhost:1/token"
    page = await sign_in(running, browser_like)
    assert page.status_code == 502
    assert "does not answer" in page.text
    assert 'href="/login"' in page.text


async def test_a_signed_in_page_survives_an_issuer_that_does_not_answer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    issued = await browser_like.get(begun.headers["location"], follow_redirects=False)
    running.issuer.expires_in = 5
    await browser_like.get(issued.headers["location"], follow_redirects=False)
    running.issuer.is_failing = True
    page = await browser_like.get(f"{running.addresses.manager}/")
    assert (page.status_code, "Welcome, Alice Martin" in page.text) == (200, True)


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
