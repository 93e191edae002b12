"""Whether the session is still the same, asked in an iframe. OpenID Connect Session Management 1.0.

The suite's own browser can't do it, so Chromium does: a page of the client's with the provider's iframe in it.
"""

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, Page, Route

from tests.conformance.client import Suite
from tests.conformance.modules import Run, runs_of
from tests.conformance.party import BASE, POST_LOGOUT_URI, Flow, Party
from tests.conformance.steps import is_back, sign_out, signed_in
from tests.conformance.world import open_suite

_ORIGIN = "https://suite.example"
_STATE_COOKIE = "__Host-idp-state"
_ASK = """([message, origin]) => new Promise((resolve) => {
  addEventListener("message", (event) => resolve([event.origin, event.data]), { once: true });
  document.getElementById("op_iframe").contentWindow.postMessage(message, origin);
})"""


@runs_of("oidcc-session-management-rp-initiated-logout")
async def test_session_state(run: Run, sqlite_url: str, tmp_path: Path, browser: Browser) -> None:
    context = await browser.new_context()
    async with open_suite(run, sqlite_url, tmp_path) as suite:
        party, flow = await signed_in(suite)
        assert _computed_again(suite, party, flow) == flow.answer["session_state"]
        page = await _page_with_iframe(suite, context)
        assert await _answer(suite, page, party, flow) == "unchanged"
        state = {"state": uuid4().hex}
        landing = await sign_out(
            suite, id_token_hint=flow.id_token, post_logout_redirect_uri=POST_LOGOUT_URI, **state
        )
        is_back(landing.url, state)
        page = await _page_with_iframe(suite, context)
        assert await _answer(suite, page, party, flow) == "changed"
    await context.close()


def _computed_again(suite: Suite, party: Party, flow: Flow) -> str:
    """§3.2: client, origin and the browser's state with a salt."""
    salt = flow.answer["session_state"].rpartition(".")[2]
    state = suite.person.http.cookies[_STATE_COOKIE]
    return f"{sha256(f'{party.client_id} {_ORIGIN} {state} {salt}'.encode()).hexdigest()}.{salt}"


async def _page_with_iframe(suite: Suite, context: BrowserContext) -> Page:
    """The client's page, in a browser with the cookies that the person has now."""
    jar = suite.person.http.cookies.jar
    await context.clear_cookies()
    for cookie in jar:
        same_site = cookie.get_nonstandard_attr("SameSite") or "Lax"
        await context.add_cookies(
            [
                {
                    "name": cookie.name,
                    "value": cookie.value or "",
                    "url": suite.issuer,
                    "secure": True,
                    "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
                    "sameSite": same_site.capitalize(),  # type: ignore[typeddict-item]
                }
            ]
        )

    async def answer(route: Route) -> None:
        if route.request.url.startswith(suite.issuer):
            found = await suite.http.get(route.request.url)
            await route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)
        else:
            frame = f'<iframe id="op_iframe" src="{suite.metadata["check_session_iframe"]}"></iframe>'
            await route.fulfill(content_type="text/html", body=f"<!doctype html><title>Client</title>{frame}")

    page = await context.new_page()
    await page.route("**/*", answer)
    await page.goto(f"{BASE}/session_verify")
    return page


async def _answer(suite: Suite, page: Page, party: Party, flow: Flow) -> str:
    message = f"{party.client_id} {flow.answer['session_state']}"
    origin, word = await page.evaluate(_ASK, [message, suite.issuer])
    assert origin == suite.issuer
    return str(word)
