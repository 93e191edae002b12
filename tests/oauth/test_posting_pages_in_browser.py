"""The pages that post themselves, in a real browser: with scripts, and without. Form Post Response Mode 1.0 §2,
OpenID Connect Core §3.1.2.1.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx2
import pytest
from playwright.async_api import Browser, Page, Request, Route

from tests.oauth.asking import CALLBACK, JAR, object_claims, register_asker
from tests.support.client_keys import client_key, signed
from tests.support.world import ISSUER, World, asked, open_world, settings_for

STATE = "a b%20c&d=\"e'\\<f>+\N{SNOWMAN}"


@dataclass(kw_only=True)
class Visit:
    """A tab in which we and an application are what the network has. `arrived` is what the application got."""

    world: World
    page: Page
    http: httpx2.AsyncClient
    arrived: asyncio.Future[Request]
    pages: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        request = route.request
        if request.url in self.pages:
            await route.fulfill(body=self.pages[request.url], content_type="text/html")
        elif request.url.startswith(ISSUER):
            found = await self.http.request(
                request.method,
                request.url.removeprefix(ISSUER),
                headers=await request.all_headers(),
                content=request.post_data_buffer,
            )
            await route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)
        else:
            if not self.arrived.done():
                self.arrived.set_result(request)
            await route.fulfill(body="<title>Application</title>", content_type="text/html")


@asynccontextmanager
async def visiting(
    browser: Browser, sqlite_url: str, folder: Path, *, scripts: bool = True
) -> AsyncIterator[Visit]:
    async with open_world(settings_for(sqlite_url, folder)) as world:
        await register_asker(world)
        context = await browser.new_context(java_script_enabled=scripts, locale="fr-FR")
        page = await context.new_page()
        arrived: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        visit = Visit(world=world, page=page, http=world.browser().http, arrived=arrived)
        page.on("console", lambda message: visit.complaints.append(message.text))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        await context.route("**/*", visit.answer)
        yield visit
        await context.close()
    assert visit.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
async def test_an_answer_is_posted_to_the_application_as_it_is(
    browser: Browser, sqlite_url: str, tmp_path: Path, *, scripts: bool
) -> None:
    async with visiting(browser, sqlite_url, tmp_path, scripts=scripts) as visit:
        parameters = asked(**JAR, prompt="none", response_mode="form_post", state=STATE)
        await visit.page.goto(f"{ISSUER}/authorize?{urlencode(parameters)}", wait_until="commit")
        if not scripts:
            assert await visit.page.locator("noscript p").is_visible()
            await visit.page.get_by_role("button", name="Continuer").click()
        async with asyncio.timeout(30):
            request = await visit.arrived
        headers = await request.all_headers()
        assert (request.method, request.url) == ("POST", CALLBACK)
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        # Not `null`, which clients that look at it would refuse; and no path of ours.
        assert headers["origin"] == ISSUER
        assert headers.get("referer", f"{ISSUER}/") == f"{ISSUER}/"
        found = dict(parse_qsl(request.post_data or "", strict_parsing=True))
        assert set(found) == {"error", "error_description", "state", "iss"}
        assert (found["error"], found["state"], found["iss"]) == ("login_required", STATE, ISSUER)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_long_request_that_an_application_posts_arrives(
    browser: Browser, sqlite_url: str, tmp_path: Path, *, scripts: bool
) -> None:
    """The browser says itself that our own page posts the second time."""
    async with visiting(browser, sqlite_url, tmp_path, scripts=scripts) as visit:
        claims = object_claims(visit.world, ui_locales="x" * 7_000, prompt="none", response_mode="form_post")
        sent = {**JAR, "request": signed(claims, client_key())}
        fields = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in sent.items())
        start = "https://jar.example/start"
        visit.pages[start] = (
            f'<form method="post" action="{ISSUER}/authorize">{fields}<button>Go</button></form>'
        )
        await visit.page.goto(start)
        await visit.page.get_by_role("button", name="Go").click()
        if not scripts:
            for _ in range(2):
                await visit.page.get_by_role("button", name="Continuer").click()
        async with asyncio.timeout(30):
            request = await visit.arrived
        found = dict(parse_qsl(request.post_data or "", strict_parsing=True))
        assert (found["error"], found["state"]) == ("login_required", "inner state")
