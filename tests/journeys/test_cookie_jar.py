"""One sign-in by a program of Python's own: no browser, and the cookie jar that everybody's scripts use."""

import re
from html import unescape
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from tests.journeys.conftest import PASSWORD, Demo


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


def test_default_cookie_jar_signs_in(demos: dict[str, Demo]) -> None:
    addresses = demos["sqlite"].addresses
    jar = CookieJar()
    opener = _opener(jar)
    with opener.open(f"{addresses.manager}/login") as response:
        url, html = response.url, response.read().decode()
    assert url.startswith(f"{addresses.issuer}/sign-in/")

    fields = {"username": "alice@demo.test", "password": PASSWORD, "action": "continue"}
    url, html = _submit(opener, url, html, fields)

    assert url == f"{addresses.manager}/"
    assert "Alice Martin" in html
    assert "aa11111-ovh" in html
    names = {cookie.name for cookie in jar}
    assert {"idp-browser", "idp-session", "idp-device"} <= names
    with opener.open(f"{addresses.second}/login") as response:
        assert response.url == f"{addresses.second}/"
