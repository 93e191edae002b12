"""The television of the demo, where there is nobody to answer it. A journey connects one."""

from typing import Any

import httpx2

from tests.demo.conftest import Running

CODES: dict[str, Any] = {
    "device_code": "d" * 64,
    "user_code": "WDJB-MJHT",
    "verification_uri": "http://localhost/device",
    "verification_uri_complete": "http://localhost/device?user_code=WDJB-MJHT",
    "expires_in": 600,
    "interval": 5,
}


async def test_it_is_off_until_somebody_turns_it_on(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    television = f"{running.addresses.second}/television"
    for address in (television, f"{television}/0123", f"{television}/x"):
        page = await browser_like.get(address)
        assert (page.status_code, page.url.path) == (200, "/television")
        assert 'id="turn-on"' in page.text
        assert "refresh" not in page.headers


async def test_an_issuer_without_devices_is_told_of(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.post(f"{running.addresses.second}/television")
    assert page.status_code == 200
    assert "unreachable" in page.text
    assert "refresh" not in page.headers


async def test_it_waits_with_a_code_and_a_picture_of_it(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.device_codes = CODES
    endpoint = f"{running.addresses.issuer}/device_authorization"
    running.issuer.metadata = {"device_authorization_endpoint": endpoint}
    page = await browser_like.post(f"{running.addresses.second}/television")
    assert page.url.path.startswith("/television/")
    assert page.headers["refresh"] == "5"
    assert CODES["user_code"] in page.text
    assert "<svg" in page.text
    assert CODES["device_code"] not in page.text
