"""Opening the customer's own pages, and pressing a button of one of several forms on a page."""

import re
from html import unescape

import httpx2

from tests.support.world import ISSUER, PASSWORD, Browser

_INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
_FORM = re.compile(r'<form id="([^"]*)" method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)


def forms_of(page: httpx2.Response) -> dict[str, tuple[str, dict[str, str]]]:
    """The forms by their id: where each goes, and its hidden fields."""
    return {
        name: (unescape(action), {unescape(key): unescape(value) for key, value in _INPUT.findall(body)})
        for name, action, body in _FORM.findall(page.text)
    }


async def press(
    browser: Browser, page: httpx2.Response, form: str, action: str, /, **fields: str
) -> httpx2.Response:
    """Press the button `action` of the form `form`; redirects are not followed."""
    path, hidden = forms_of(page)[form]
    return await browser.http.post(
        path, data={**hidden, "action": action, **fields}, headers={"origin": ISSUER}
    )


async def open_account(
    browser: Browser, path: str = "/account", *, identifier: str = "aa11111-ovh", password: str = PASSWORD
) -> httpx2.Response:
    """Open one of the customer's own pages, signing in on the way."""
    page = await browser.follow(await browser.get(path))
    assert 'id="login"' in page.text
    return await browser.follow(await browser.submit(page, username=identifier, password=password))
