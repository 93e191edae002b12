"""One sign-in by a program of Python's own: no browser, and the cookie jar that everybody's scripts use."""

import json
import re
from html import unescape
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from idp.demo.accounts import PASSWORD
from tests.journeys.worlds import Demo
from tests.support.waiting import wait_until


def _opener(jar: CookieJar) -> OpenerDirector:
    # The worlds are on loopback, whatever proxy the environment names.
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))


def _submit(opener: OpenerDirector, url: str, html: str, fields: dict[str, str]) -> tuple[str, str]:
    """Send the first form of a page; the address and text of where it leads."""
    form = re.search(r'<form[^>]*action="([^"]*)".*?</form>', html, re.DOTALL)
    assert form
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    data = urlencode({**{unescape(name): unescape(value) for name, value in hidden}, **fields}).encode()
    with opener.open(Request(urljoin(url, unescape(form[1])), data=data)) as response:
        return response.url, response.read().decode()


def _mails(opener: OpenerDirector, mailbox: str, to: str) -> list[dict[str, str]]:
    with opener.open(f"{mailbox}/api/v1/messages?to={to}") as response:
        mails: list[dict[str, str]] = json.load(response)["messages"]
        return mails


def test_default_cookie_jar_signs_in(demos: dict[str, Demo]) -> None:
    addresses = demos["sqlite"].addresses
    jar = CookieJar()
    opener = _opener(jar)
    before = _mails(opener, addresses.mailbox, "alice@demo.test")
    with opener.open(f"{addresses.manager}/login") as response:
        url, html = response.url, response.read().decode()
    assert url.startswith(f"{addresses.issuer}/sign-in/")

    fields = {"username": "alice@demo.test", "password": PASSWORD, "action": "continue"}
    url, html = _submit(opener, url, html, fields)
    assert 'id="email-code"' in html
    (mail, *_) = wait_until(
        lambda: _mails(opener, addresses.mailbox, "alice@demo.test")[: -len(before) or None],
        what="a mail to Alice",
    )
    code = re.search(r"\d{4} \d{4}", mail["text"])
    assert code
    url, html = _submit(opener, url, html, {"code": code[0], "action": "continue"})

    assert url == f"{addresses.manager}/"
    assert "Alice Martin" in html
    assert "aa11111-ovh" in html
    names = {cookie.name for cookie in jar}
    assert {"idp-browser", "idp-session", "idp-device"} <= names
    with opener.open(f"{addresses.second}/login") as response:
        assert response.url == f"{addresses.second}/"
