"""The issuer tells an application that somebody signed out elsewhere, behind the scenes or in a frame."""

from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.demo.conftest import Running
from tests.demo.steps import sign_in


async def _signed_in(running: Running, browser: httpx2.AsyncClient) -> None:
    running.issuer.claims = {"sid": "sid-1"}
    await sign_in(running, browser)
    assert await _is_signed_in(running, browser)


async def _is_signed_in(running: Running, browser: httpx2.AsyncClient) -> bool:
    return "Alice" in (await browser.get(f"{running.addresses.manager}/")).text


async def _tell(running: Running, token: str) -> httpx2.Response:
    """By the issuer, which has none of the browser's cookies."""
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as issuer:
        return await issuer.post(
            f"{running.addresses.manager}/back-channel-logout", data={"logout_token": token}
        )


async def test_who_signed_in_with_the_session_is_signed_out(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await _signed_in(running, browser_like)
    told = await _tell(running, running.issuer.logout_token())
    assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
    assert not await _is_signed_in(running, browser_like)


@pytest.mark.parametrize(
    "claims",
    [
        {"sid": "sid-2"},
        {"iss": "https://evil.test"},
        {"aud": "second"},
        {"exp": 1},
        {"exp": None},
        {"events": {}},
        {"events": None},
        {"events": 7},
        {"nonce": "n"},
        {"sid": None},
    ],
)
async def test_a_token_of_another_kind_ends_nothing(
    running: Running, browser_like: httpx2.AsyncClient, claims: dict[str, Any]
) -> None:
    await _signed_in(running, browser_like)
    told = await _tell(running, running.issuer.logout_token(**claims))
    assert told.status_code == (200 if claims == {"sid": "sid-2"} else 400)
    assert await _is_signed_in(running, browser_like)


async def test_what_the_issuer_did_not_sign_ends_nothing(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await _signed_in(running, browser_like)
    tokens = ["", "a.b.c", running.issuer.logout_token(header={"typ": "JWT"}), running.issuer.access_token()]
    running.issuer.signing_key = ECKey.generate_key("P-256")
    for token in [*tokens, running.issuer.logout_token()]:
        assert (await _tell(running, token)).status_code == 400
    assert await _is_signed_in(running, browser_like)


async def test_a_frame_of_the_issuers_page_signs_its_own_browser_out(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await _signed_in(running, browser_like)
    frame = f"{running.addresses.manager}/front-channel-logout"
    issuer = running.addresses.issuer
    for wrong in (
        {},
        {"sid": "sid-1"},
        {"iss": issuer},
        {"iss": issuer, "sid": ""},
        {"iss": "x", "sid": "sid-1"},
    ):
        await browser_like.get(frame, params=wrong)
        assert await _is_signed_in(running, browser_like)
    page = await browser_like.get(frame, params={"iss": issuer, "sid": "sid-1"})
    assert page.headers["content-security-policy"] == f"default-src 'none'; frame-ancestors {issuer}"
    assert not await _is_signed_in(running, browser_like)
