"""The person at the browser: opens what the suite asks for, signs in, allows, confirms, and takes pictures."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.conformance.runner.suite import Visit
from tests.support.waiting import until

OnStep = Callable[[str, Page], Awaitable[bool]]

_SETTLE_SECONDS = 45
_MOST_STEPS = 12

# Runs in the page, if that is still ours: which of the steps that we know it shows. A form that sends itself is none,
# nor is the page that tells applications of a sign-out.
_STEP = """issuer => {
    if (location.origin !== issuer || document.readyState !== 'complete') return '';
    if (document.querySelector('#form-post, #onwards')) return '';
    const form = ['login', 'consent', 'logout', 'select-account']
        .find(id => document.querySelector(`form#${id}`));
    return form || 'page';
}"""
# Runs in a page of the suite: whether it has sent on what its address holds.
_RECEIVED = """() => document.readyState === 'complete' && !document.querySelector('#op_iframe')
    && (!document.querySelector('#complete.collapse') || !!document.querySelector('#submission_complete'))"""
_POST = """([action, fields]) => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = action;
    for (const [name, value] of fields) {
        const input = document.createElement('input');
        input.type = 'hidden';
        input.name = name;
        input.value = value;
        form.append(input);
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, in a browser of their own whose cookies are theirs alone."""

    context: BrowserContext
    issuer: str
    suite: str
    identifier: str
    password: str

    async def open_(self, visit: Visit, on_step: OnStep) -> None:
        """Open an address in a new tab and go through what is asked, until the suite has its answer or nothing is left
        to do. `on_step` hears of each step of ours before it is done; it answers whether to go on.
        """
        page = await self.context.new_page()
        try:
            await self._go(page, visit)
            for _ in range(_MOST_STEPS):
                step = await until(
                    lambda: self._step(page), within_seconds=_SETTLE_SECONDS, what=f"a page: {page.url}"
                )
                if step == "suite" or not await on_step(step, page) or step == "page":
                    return
                await self._do(step, page)
        finally:
            await page.close()

    async def _go(self, page: Page, visit: Visit) -> None:
        if visit.method == "GET":
            await page.goto(visit.url, wait_until="commit")
            return
        # A page of the suite's own origin, as its log page is that people press the button on.
        await page.route(f"{self.suite}/", lambda route: route.fulfill(body="<html><body></body></html>"))
        await page.goto(f"{self.suite}/")
        address = urlsplit(visit.url)
        fields = [[name, value] for name, value in parse_qsl(address.query, keep_blank_values=True)]
        async with page.expect_navigation(wait_until="commit"):
            await page.evaluate(_POST, [address._replace(query="").geturl(), fields])

    async def _step(self, page: Page) -> str:
        """Which step it shows; empty while it is on its way to the next one."""
        if page.url.startswith(f"{self.suite}/"):
            return "suite" if await self._is_received(page) else ""
        if not page.url.startswith(f"{self.issuer}/"):
            return "page" if page.url.startswith("http") else ""
        try:
            step: str = await page.evaluate(_STEP, self.issuer)
        except Error:  # It navigated meanwhile, which is what is waited for.
            return ""
        return step

    async def _is_received(self, page: Page) -> bool:
        """Whether the suite's page has sent on what its address holds."""
        try:
            return bool(await page.evaluate(_RECEIVED))
        except Error:
            return False

    async def _do(self, step: str, page: Page) -> None:
        if step == "login":
            await page.fill("#login [autocomplete~=username]", self.identifier)
            await page.fill("#login [autocomplete~=current-password]", self.password)
        action = "allow" if step == "consent" else "continue"
        former = await page.evaluate("() => performance.timeOrigin")
        await page.click(f"#{step} [name=action][value={action}]", no_wait_after=True)
        await until(lambda: _left(page, former), within_seconds=_SETTLE_SECONDS, what=f"the answer to {step}")


async def _left(page: Page, former: float) -> bool:
    """Whether another document is there."""
    try:
        return bool(await page.evaluate("() => performance.timeOrigin") != former)
    except Error:
        return False


async def picture_of(page: Page) -> str:
    """What the tab shows, as the suite takes pictures."""
    png = await page.screenshot(type="png")
    return "data:image/png;base64," + base64.b64encode(png).decode()


async def new_person(browser: Browser, issuer: str, suite: str, *, identifier: str, password: str) -> Person:
    context = await browser.new_context(locale="en-GB", viewport={"width": 900, "height": 900})
    return Person(context=context, issuer=issuer, suite=suite, identifier=identifier, password=password)
