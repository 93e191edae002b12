"""oidc-client-ts, a single-page application in Chromium: beside the issuer, on an origin of its own."""

import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import install_npm
from tests.interop.parties import CODE_AND_REFRESH, register
from tests.interop.person import press, sign_in, sign_out_elsewhere
from tests.journeys.worlds import Demo
from tests.support.processes import free_port, running
from tests.support.waiting import until

_ALICE = "alice@demo.test"
_SCOPE = "openid profile email"
Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def application(demo: Demo, tmp_path: Path) -> Serving:
    """Registers the application and serves its files, until the end of the block; answers its address."""
    source = install_npm("oidc-client-ts")
    shutil.copytree(
        source, tmp_path / "site", ignore=shutil.ignore_patterns("node_modules", "package*", ".*")
    )
    shutil.copy(source / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js", tmp_path / "site")

    @contextmanager
    def serving(client_id: str, *, is_watching: bool = False, **metadata: Any) -> Iterator[str]:
        # The issuer is on localhost too: to a browser both are one site, as an application and its login are at home.
        port = free_port()
        page = f"http://localhost:{port}/callback.html"
        register(
            *(demo, client_id),
            token_endpoint_auth_method="none",
            redirect_uris=[page],
            post_logout_redirect_uris=[page],
            scope=_SCOPE,
            is_first_party=True,
            **metadata,
        )
        known = {
            "authority": demo.addresses.issuer,
            "client_id": client_id,
            "scope": _SCOPE,
            "monitorSession": is_watching,
        }
        (tmp_path / "site" / "settings.json").write_text(json.dumps(known))
        command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory"]
        with running([*command, tmp_path / "site", str(port)], ready=(port, "/index.html")):
            yield f"http://localhost:{port}/index.html"

    return serving


async def test_signs_in_by_redirect_renews_in_a_frame_and_signs_out(application: Serving, page: Page) -> None:
    with application("spa-frame") as address:
        await page.goto(address)
        await page.click("#sign-in")
        await page.wait_for_selector("#login")
        await sign_in(page, _ALICE, PASSWORD)
        await page.wait_for_url(address)
        signed_in = await state(page, "profile")
        assert signed_in["profile"]["email"] == _ALICE
        assert not signed_in["refreshable"]

        await page.click("#renew")
        renewed = await state(page, "access_token", former=signed_in["access_token"])
        assert renewed["profile"]["sub"] == signed_in["profile"]["sub"]

        await page.click("#sign-out")
        await page.wait_for_url(address)
        assert (await state(page))["profile"] is None

        # The frame finds out that nobody is signed in; no page appears in it.
        await page.click("#renew")
        assert (await state(page, "error"))["error"]["code"] == "login_required"


async def test_signs_in_and_out_in_a_window_and_renews_with_a_refresh_token(
    application: Serving, page: Page
) -> None:
    options = {"grant_types": CODE_AND_REFRESH, "refresh": "session"}
    with application("spa-window", **options) as address:
        await page.goto(address)
        async with opened(page, "#sign-in-popup") as window:
            await window.wait_for_selector("#login")
            await window.fill("#login [autocomplete~=username]", _ALICE)
            await window.fill("#login [autocomplete~=current-password]", PASSWORD)
            await window.click("#login [name=action][value=continue]")
        signed_in = await state(page, "profile")
        assert signed_in["profile"]["email"] == _ALICE
        assert signed_in["refreshable"]

        await page.click("#renew")
        renewed = await state(page, "access_token", former=signed_in["access_token"])
        assert renewed["refreshable"]

        await page.click("#revoke")
        await state(page, "refreshable", former=True)
        async with opened(page, "#sign-out-popup"):
            pass
        await state(page, "profile", former=signed_in["profile"])
        await press(page, "#sign-in")
        assert await page.locator("#login").count() == 1


async def test_notices_that_the_session_has_ended(application: Serving, demo: Demo, page: Page) -> None:
    """Its page sees that through the issuer's frame, where a cookie says that somebody else, or nobody, is there."""
    with application("spa-watching", is_watching=True) as address:
        await page.goto(address)
        await page.click("#sign-in")
        await sign_in(page, _ALICE, PASSWORD)
        await page.wait_for_url(address)
        assert (await state(page, "session_state"))["events"] == []

        await sign_out_elsewhere(await page.context.new_page(), demo)
        assert (await state(page, "events", former=[]))["events"] == ["signed out"]


@asynccontextmanager
async def opened(page: Page, button: str) -> AsyncIterator[Page]:
    """A window that a button opens, and that has closed itself after the block."""
    async with page.expect_popup() as opening:
        await page.click(button)
    window = await opening.value
    yield window
    if not window.is_closed():
        await window.wait_for_event("close")


async def state(page: Page, changed: str = "", former: Any = None) -> dict[str, Any]:
    """What the application knows, as soon as a part of it is no longer what it was."""

    async def known() -> dict[str, Any] | None:
        text = await page.locator("#state").text_content() or "{}"
        found: dict[str, Any] = json.loads(text)
        return found if found and (not changed or found[changed] != former) else None

    found = await until(known, what=f"another {changed or 'state'}", within_seconds=30)
    assert found is not None
    assert changed == "error" or found["error"] is None, found["error"]
    return found
