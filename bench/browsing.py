"""People signing in, one step of all of them after the other: each step is a burst of the same request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.installation import CHALLENGE, PASSWORD, PEOPLE, REDIRECT_URI, VERIFIER, basic
from bench.load import Answer, Site, burst

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A fresh browser, somewhere on its way: `path` is where it goes next."""

    customer_id: str
    path: str
    cookies: dict[str, str]

    def headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def after(self, answer: Answer) -> "Browser":
        """With the cookies of `answer`, and where it leads."""
        return replace(self, path=answer.header("location"), cookies={**self.cookies, **answer.cookies()})


def authorize_path(client_id: str) -> str:
    asked = {
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid profile email invoices:read",
        "state": "state-of-the-benchmark",
        "nonce": "nonce-of-the-benchmark",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return "/authorize?" + urlencode(asked)


async def begin(site: Site, count: int, *, connections: int, client_id: str = "es256") -> list[Browser]:
    """Browsers in front of the sign-in form."""
    path = authorize_path(client_id)
    fresh = [
        Browser(customer_id=PEOPLE[number % len(PEOPLE)], path=path, cookies={}) for number in range(count)
    ]
    asked = await follow(site, fresh, connections=connections)
    return await follow(site, asked, connections=connections)


async def follow(site: Site, browsers: Sequence[Browser], *, connections: int) -> list[Browser]:
    """Each browser opens where it goes next, which is a redirect."""
    requests = [site.get(_target(browser), browser.headers()) for browser in browsers]
    answers = await burst(site, requests, connections=connections, expects=303)
    return [browser.after(answer) for browser, answer in zip(browsers, answers, strict=True)]


async def open_forms(site: Site, browsers: Sequence[Browser], *, connections: int) -> list[bytes]:
    """The filled-in sign-in form of each browser, ready to be sent."""
    pages = [site.get(browser.path, browser.headers()) for browser in browsers]
    answers = await burst(site, pages, connections=connections, expects=200)
    return [
        site.post(
            browser.path,
            {**_hidden(answer), "username": browser.customer_id, "password": PASSWORD, "action": "continue"},
            {**browser.headers(), "origin": f"http://{site.host}"},
        )
        for browser, answer in zip(browsers, answers, strict=True)
    ]


async def sign_in(site: Site, count: int, *, connections: int) -> list[Browser]:
    """Browsers that are signed in."""
    browsers = await begin(site, count, connections=connections)
    forms = await open_forms(site, browsers, connections=connections)
    answers = await burst(site, forms, connections=connections, expects=303)
    proven = [browser.after(answer) for browser, answer in zip(browsers, answers, strict=True)]
    return await follow(site, proven, connections=connections)


def redemptions(site: Site, client_id: str, answers: Sequence[Answer]) -> list[bytes]:
    """The code exchange for each answer of the authorization endpoint."""
    return [
        site.post(
            "/token",
            {
                "grant_type": "authorization_code",
                "code": parse_qs(urlsplit(answer.header("location")).query)["code"][0],
                "redirect_uri": REDIRECT_URI,
                "code_verifier": VERIFIER,
            },
            basic(client_id),
        )
        for answer in answers
    ]


def _target(browser: Browser) -> str:
    uri = urlsplit(browser.path)
    return f"{uri.path}?{uri.query}" if uri.query else uri.path


def _hidden(page: Answer) -> dict[str, str]:
    """Those of the sign-in form: there are others on its page."""
    form = page.body.decode().partition('<form id="login"')[2].partition("</form>")[0]
    return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form)}
