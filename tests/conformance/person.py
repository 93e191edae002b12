"""The person at the browser, as the suite's own browser plays them: signs in, allows, and sends forms that send
themselves.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin

import httpx2

from tests.support.world import PASSWORD, form_of, is_asking

CUSTOMER_ID = "cc33333-ovh"
_MOST_PAGES = 20
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_ACTION = re.compile(r'<form[^>]*action="([^"]*)"')
# What is filled in on each page that a sign-in may show.
_ANSWERS = {
    "login": {"username": CUSTOMER_ID, "password": PASSWORD, "action": "continue"},
    "consent": {"action": "allow"},
}
_CONFIRMATION = {"logout": {"action": "continue"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where a browser ended: sent off to an application's `url`, with what a form `posted` there, or on our `page`."""

    page: httpx2.Response
    url: str = ""
    posted: tuple[tuple[str, str], ...] | None = None


@dataclass(kw_only=True)
class Person:
    """A browser with the cookies of one person. `shown` are the prompts that they answered since it was emptied, and
    `pages` all that they saw of them.
    """

    http: httpx2.AsyncClient
    issuer: str
    shown: list[str] = field(default_factory=list)
    pages: list[httpx2.Response] = field(default_factory=list)

    async def visit(self, url: str, *, confirms: bool = True) -> Landing:
        """Open an address and go through what is asked. The question whether to sign out is answered too, unless
        `confirms` is false.
        """
        return await self.land(
            await self.http.get(url), answers=_ANSWERS | (_CONFIRMATION if confirms else {})
        )

    async def post(self, url: str, form: dict[str, str]) -> Landing:
        """Send a form of another site, and go through what is asked."""
        headers = {"origin": "https://suite.example"}
        return await self.land(await self.http.post(url, data=form, headers=headers), answers=_ANSWERS)

    async def land(self, page: httpx2.Response, *, answers: dict[str, dict[str, str]]) -> Landing:
        for _ in range(_MOST_PAGES):
            if page.is_redirect:
                location = urljoin(str(page.url), page.headers["location"])
                if not location.startswith(f"{self.issuer}/"):
                    return Landing(page=page, url=location)
                page = await self.http.get(location)
            elif 'id="form-post"' in page.text:
                return _sent_by_itself(page)
            elif step := next((step for step in answers if is_asking(page, step)), ""):
                self.shown.append(step)
                self.pages.append(page)
                page = await self._fill_in(page, step, answers[step])
            else:
                return Landing(page=page)
        raise AssertionError(f"pages without an end: {page.url}")

    async def _fill_in(self, page: httpx2.Response, step: str, answer: dict[str, str]) -> httpx2.Response:
        action, hidden = _form(page, step)
        return await self.http.post(
            urljoin(str(page.url), action), data={**dict(hidden), **answer}, headers={"origin": self.issuer}
        )


def _form(page: httpx2.Response, form_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    html = form_of(page, form_id)
    action = _ACTION.search(html)
    assert action, html
    found = _HIDDEN.findall(html)
    return unescape(action[1]), tuple((unescape(name), unescape(value)) for name, value in found)


def _sent_by_itself(page: httpx2.Response) -> Landing:
    """Form Post Response Mode §2: posted as application/x-www-form-urlencoded, by a script that the page allows."""
    html = form_of(page, "form-post")
    assert 'method="post"' in html
    assert "enctype" not in html
    nonce = re.search(r'<script src="[^"]*form-post[^"]*" nonce="([^"]+)"', page.text)
    assert nonce, page.text
    policy = page.headers["content-security-policy"]
    assert f"'nonce-{nonce[1]}'" in policy
    assert "form-action" not in policy
    assert page.headers["cache-control"] == "no-store"
    action, posted = _form(page, "form-post")
    return Landing(page=page, url=action, posted=posted)
