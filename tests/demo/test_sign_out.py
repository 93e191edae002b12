"""How a sign-in at an application lives on and ends: refreshed, signed out, ended elsewhere."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.demo.conftest import Running
from tests.demo.steps import sign_in


async def test_a_client_that_may_not_refresh_keeps_its_session(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.expires_in = 5
    running.issuer.token = {"refresh_token": None}
    assert "Welcome, Alice Martin" in (await sign_in(running, browser_like)).text


async def test_a_silent_check_that_finds_no_session_ends_ours(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.response = {"code": None, "error": "login_required"}
    await browser_like.get(f"{running.addresses.manager}/silent")
    assert "Alice" not in (await browser_like.get(f"{running.addresses.manager}/")).text


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
