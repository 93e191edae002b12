"""The page that follows a request: what it shows when something on the way says no. Journeys have the rest."""

import httpx2

from tests.demo.conftest import Running
from tests.demo.steps import sign_in

PATH = "/behind-the-scenes"


async def test_a_refusal_on_the_way_is_shown_with_its_code(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.token_error = "invalid_client"

    page = await browser_like.post(f"{running.addresses.manager}{PATH}")

    assert page.status_code == 200
    assert 'id="refusal">invalid_client<' in page.text
    assert 'id="token-1"' in page.text
    assert 'id="token-2"' not in page.text
    assert "does not say whether it is active" in page.text


async def test_nobody_sees_the_page_of_somebody_else(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.token_error = "invalid_client"
    await browser_like.post(f"{running.addresses.manager}{PATH}")
    running.issuer.token_error = ""
    running.issuer.claims = {"sub": "sub-of-bob"}
    running.issuer.userinfo_claims = {"sub": "sub-of-bob"}
    await browser_like.get(f"{running.addresses.manager}/login?prompt=login")

    page = await browser_like.get(f"{running.addresses.manager}{PATH}")

    assert 'id="token-1"' not in page.text
    assert 'id="follow"' in page.text


async def test_a_stranger_is_sent_to_sign_in(running: Running, browser_like: httpx2.AsyncClient) -> None:
    for method in ("GET", "POST"):
        browser_like.cookies.clear()
        page = await browser_like.request(method, f"{running.addresses.manager}{PATH}")
        assert page.url.path == PATH
        assert 'id="follow"' in page.text
    assert len(running.issuer.authorizations) == 2
    assert (await browser_like.get(f"{running.addresses.second}{PATH}")).status_code == 404
