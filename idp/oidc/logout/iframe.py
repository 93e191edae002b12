"""The iframe that tells an application's page whether the session is still the same: Session Management 1.0 §3.3.

The only page of ours that others may frame. It is the same for everybody, so it may be kept; its script, a file of
ours, reads the one cookie that scripts may read, and answers whoever asks with one word.
"""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.web.cookies import Cookie, Cookies
from idp.web.pages import Pages

PATH = "/check-session"
_SCRIPT = "js/check-session.js"
_POLICY = "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
_SECONDS = 3_600


class CheckSession:
    """GET `/check-session`."""

    def __init__(self, pages: Pages, cookies: Cookies) -> None:
        script, cookie = escape(pages.static.url(_SCRIPT)), escape(cookies.name(Cookie.STATE))
        self._body = (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Session</title>\n'
            f'<script src="{script}" data-cookie="{cookie}"></script>\n'
        )

    async def endpoint(self, _: Request) -> Response:
        return HTMLResponse(
            self._body,
            headers={
                "content-security-policy": _POLICY,
                "cache-control": f"public, max-age={_SECONDS}",
                "cross-origin-resource-policy": "cross-origin",
            },
        )
