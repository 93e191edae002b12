"""coreos/go-oidc with golang.org/x/oauth2, which most programs in Go sign people in with: in a browser, as a device."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from idp.oauth.grants.device_code import GRANT_TYPE
from tests.interop.packages import build_go
from tests.interop.parties import CODE_AND_REFRESH, credentials, open_, read, register, serving
from tests.interop.person import press, sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import free_port

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def go_oidc() -> list[str | Path]:
    """The command that starts the relying party."""
    return [build_go("go-oidc")]


async def test_a_person_signs_in_approves_and_refreshes(
    demo: Demo, go_oidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "go-oidc"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        scope=_SCOPE,
    )
    with serving(go_oidc, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        await page.goto(f"{origin}/login")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received["claims"]["iss"] == demo.addresses.issuer
        assert received["userinfo"]["email"] == _CAROL
        assert received["refreshable"]

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed.get("rotated"), refreshed
        assert refreshed["claims"]["sub"] == received["claims"]["sub"]


async def test_a_device_waits_until_its_owner_has_allowed_it_in_a_browser(
    demo: Demo, go_oidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "go-device"),
        token_endpoint_auth_method="none",
        grant_types=[GRANT_TYPE, "refresh_token"],
        response_types=[],
        scope=_SCOPE,
    )
    with serving(go_oidc, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        asked = await _fetch(f"{origin}/device")
        assert asked["verification_uri"] == f"{demo.addresses.issuer}/device"
        assert asked["interval"] == 5
        waiting = asyncio.create_task(_fetch(f"{origin}/device/tokens"))

        await page.goto(asked["verification_uri_complete"])
        await sign_in(page, _CAROL, PASSWORD)
        assert await page.input_value("#device-code [name=user_code]") == asked["user_code"]
        await press(page, "#device-code [name=action][value=continue]")
        await press(page, "#device-approve [name=action][value=allow]")

        received = await waiting
        assert received.get("claims", {}).get("aud") == "go-device", received
        assert received["userinfo"]["email"] == _CAROL
        assert received["refreshable"]
        assert (await _fetch(f"{origin}/refresh")).get("rotated")


async def test_a_device_is_told_that_its_owner_declined(
    demo: Demo, go_oidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "go-declined"),
        # oauth2 names the client to the device authorization endpoint, and never authenticates it there.
        token_endpoint_auth_method="none",
        grant_types=[GRANT_TYPE],
        response_types=[],
        scope="openid",
        is_first_party=True,
    )
    with serving(go_oidc, demo, origin, SCOPE="openid", **credentials(client)):
        asked = await _fetch(f"{origin}/device")
        await page.goto(asked["verification_uri"])
        await sign_in(page, _CAROL, PASSWORD)
        await page.fill("#device-code [name=user_code]", asked["user_code"].lower().replace("-", " "))
        await press(page, "#device-code [name=action][value=continue]")
        await press(page, "#device-approve [name=action][value=deny]")

        assert "access_denied" in (await _fetch(f"{origin}/device/tokens"))["error"]


async def _fetch(address: str) -> Any:
    """What the device says: it has no browser."""
    async with httpx2.AsyncClient(timeout=60) as http:
        return json.loads((await http.get(address)).text)
