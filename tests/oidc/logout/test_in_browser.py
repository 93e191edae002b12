"""Frames in a real browser: the issuer, and applications on sites of their own, with the headers that they send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.oidc.logout.parties import BACK, asking, register
from tests.support.world import PASSWORD, World, open_world, settings_for, with_settings

_ISSUER = "https://login.example.com"
_TOLD = "https://{}.example.test/told"
# A page of an application, which asks the issuer's iframe what it is told to ask.
_PAGE = f"""<!doctype html><title>Shop</title><iframe src="{_ISSUER}/check-session"></iframe><script>
const answers = [];
addEventListener("message", (event) => answers.push([event.origin, event.data]));
function ask(message) {{ frames[0].postMessage(message, "{_ISSUER}"); }}
</script>"""


@dataclass(kw_only=True)
class Web:
    """The issuer of a world, and everybody else's servers, which answer each address with a page or never."""

    world: World
    context: BrowserContext
    silent: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(_ISSUER):
            await self._issuer(route)
            return
        self.asked.append(url)
        if self.silent and url.startswith(self.silent):
            await asyncio.Event().wait()
        await route.fulfill(status=200, content_type="text/html", body=_PAGE)

    async def _issuer(self, route: Route) -> None:
        request = route.request
        transport = httpx2.ASGITransport(app=self.world.app, client=("192.0.2.1", 40_000))
        async with httpx2.AsyncClient(transport=transport, base_url=_ISSUER) as http:
            sent = await http.request(
                request.method,
                request.url,
                headers=await request.all_headers(),
                content=request.post_data_buffer,
            )
        headers = {name: "\n".join(sent.headers.get_list(name)) for name in sent.headers}
        if location := headers.pop("location", ""):
            # Playwright lets what follows a redirect out to the network, so a page goes there instead.
            page = f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(location)}">'
            cookies = {"set-cookie": headers["set-cookie"]} if "set-cookie" in headers else {}
            await route.fulfill(status=200, headers={"content-type": "text/html", **cookies}, body=page)
            return
        await route.fulfill(status=sent.status_code, headers=headers, body=sent.content)

    async def sign_in(self, page: Page, client_id: str, **parameters: str) -> None:
        """Until the application has its answer."""
        await page.goto(f"{_ISSUER}/authorize?{urlencode(asking(client_id, **parameters))}")
        await page.wait_for_url(lambda url: "/sign-in/" in url or url.startswith("https://" + client_id))
        if page.url.startswith(_ISSUER):
            await page.wait_for_url("**/login")
            await page.fill("[autocomplete~=username]", "aa11111-ovh")
            await page.fill("[autocomplete~=current-password]", PASSWORD)
            await page.click("#login [name=action][value=continue]")
        await page.wait_for_url(f"https://{client_id}.example.test/callback?*")

    async def sign_out(self, page: Page, client_id: str) -> None:
        parameters = {
            "client_id": client_id,
            "post_logout_redirect_uri": BACK.format(client_id),
            "state": "s",
        }
        await page.goto(f"{_ISSUER}/logout?{urlencode(parameters)}")
        await page.click("#logout [name=action][value=continue]")


@asynccontextmanager
async def _open_web(browser: Browser, url: str, folder: Path, **options: Any) -> AsyncIterator[Web]:
    """A world and a browser before it."""
    async with open_world(with_settings(settings_for(url, folder), issuer=_ISSUER)) as world:
        for name in ("shop", "forum"):
            await register(world, name, frontchannel_logout_uri=_TOLD.format(name))
        await register(world, "deaf")
        context = await browser.new_context(locale="en-GB", **options)
        web = Web(world=world, context=context)
        await context.route("**/*", web.answer)
        yield web
        await context.unroute_all(behavior="ignoreErrors")
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def web(browser: Browser, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Web]:
    async with _open_web(browser, sqlite_url, tmp_path) as web:
        yield web


def _session_state(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query)["session_state"][0]


async def _ask(page: Page, message: object) -> str:
    """What the iframe answers. Asked again until it is there to answer."""
    await page.evaluate("() => { answers.length = 0; }")
    for _ in range(100):
        await page.evaluate("message => ask(message)", message)
        if await page.evaluate("() => new Promise(done => setTimeout(() => done(answers.length), 50))"):
            break
    origin, word = (await page.evaluate("() => answers"))[0]
    assert origin == _ISSUER
    return str(word)


async def test_an_application_sees_that_somebody_signed_out_elsewhere(browser: Browser, web: Web) -> None:
    shop, other = await web.context.new_page(), await web.context.new_page()
    await web.sign_in(shop, "deaf")
    message = f"deaf {_session_state(shop)}"
    assert await _ask(shop, message) == "unchanged"

    await web.sign_in(other, "forum")
    assert await _ask(shop, message) == "unchanged"
    await web.sign_out(other, "deaf")
    await other.wait_for_url(BACK.format("deaf") + "?state=s")
    assert await _ask(shop, message) == "changed"


async def test_nobody_else_learns_anything(browser: Browser, web: Web) -> None:
    page, evil = await web.context.new_page(), await web.context.new_page()
    await web.sign_in(page, "deaf")
    state = _session_state(page)
    await evil.goto("https://evil.test/")

    assert await _ask(evil, f"deaf {state}") == "changed"
    for message in (
        *("", "deaf", f" {state}", f"deaf {state} more", "deaf nosalt", "deaf .", "x" * 5_000 + " a.b"),
        *(None, 7, {"client_id": "deaf"}, ["deaf", state]),
    ):
        word = await _ask(page, message)
        assert word == "error" or (word == "changed" and message == f" {state}"), message
    assert await _ask(page, f"shop {state}") == "changed"


async def test_where_frames_see_no_cookies_nothing_is_claimed(browser: Browser, web: Web) -> None:
    """Else the application would ask again and again (Session Management §3.1)."""
    page = await web.context.new_page()
    await web.context.add_init_script("Document.prototype.hasStorageAccess = async () => false")
    await page.goto("https://deaf.example.test/callback")

    assert await _ask(page, "deaf 0123.4567") == "error"


async def test_frames_of_every_application_load_before_the_page_goes_on(browser: Browser, web: Web) -> None:
    page = await web.context.new_page()
    for name in ("shop", "forum", "deaf"):
        await web.sign_in(page, name)
    web.asked.clear()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await web.sign_out(page, "deaf")
    await page.wait_for_url(BACK.format("deaf") + "?state=s")

    *told, last = [url for url in web.asked if "/told" in url or "/signed-out" in url]
    assert last == BACK.format("deaf") + "?state=s"
    assert sorted(url.split("?")[0] for url in told) == [_TOLD.format("forum"), _TOLD.format("shop")]
    for url in told:
        query = parse_qs(urlsplit(url).query)
        assert query.keys() == {"iss", "sid"}
        assert query["iss"] == [_ISSUER]
    assert [line for line in complaints if "Security Policy" in line and _ISSUER not in line] == []


async def test_an_application_that_never_answers_holds_nobody_up(browser: Browser, web: Web) -> None:
    page = await web.context.new_page()
    await web.sign_in(page, "shop")
    web.silent = _TOLD.format("shop")
    await web.sign_out(page, "deaf")
    await page.wait_for_url(BACK.format("deaf") + "?state=s")


async def test_without_scripts_the_page_goes_on_as_well(
    browser: Browser, sqlite_url: str, tmp_path: Path
) -> None:
    async with _open_web(browser, sqlite_url, tmp_path, java_script_enabled=False) as web:
        page = await web.context.new_page()
        await web.sign_in(page, "shop")
        await web.sign_out(page, "deaf")
        await expect(page.locator("h1")).to_have_text("Signing you out")
        await page.wait_for_url(BACK.format("deaf") + "?state=s")
    assert any(url.startswith(_TOLD.format("shop")) for url in web.asked)
