"""The mailbox's pages and JSON: every mail of the demo, and every text to a phone, for people and for checks.

A mail is somebody else's HTML. It is shown in a sandboxed frame from an address whose policy runs nothing and loads
nothing, so it stays harmless when opened by itself too.
"""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from idp.demo.mails import Mail, Mails
from idp.demo.pages import DemoPages

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_MAIL_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_mailbox(mails: Mails) -> ASGIApp:
    """The ASGI application of the mailbox; `smtp.py` fills it."""
    mailbox = Mailbox(mails)
    return Starlette(
        routes=[
            Route("/", mailbox.all),
            Route("/messages/{id}", mailbox.one),
            Route("/messages/{id}/html", mailbox.html),
            Route("/delete", mailbox.delete, methods=["POST"]),
            Route("/api/v1/messages", mailbox.as_json),
            Route("/api/v1/messages", mailbox.delete_by_json, methods=["DELETE"]),
            Route("/api/v1/sms", mailbox.text, methods=["POST"]),
            Route("/demo.css", mailbox.pages.style),
        ]
    )


class Mailbox:
    def __init__(self, mails: Mails) -> None:
        self._mails = mails
        self.pages = DemoPages(accent="#5b3a8c", accent_dark="#c9b0f5")

    async def all(self, request: Request) -> Response:
        """The list, for everybody or for `?to=ADDRESS`."""
        mails = self._mails.all(request.query_params.get("to", ""))
        return self.pages.render(request, "mailbox.html", mails=mails)

    async def one(self, request: Request) -> Response:
        """One mail: its text, and its HTML in a frame."""
        mail = self._mails.find(request.path_params["id"])
        if mail is None:
            return RedirectResponse("/", status_code=303)
        return self.pages.render(request, "mail.html", mail=mail, text=_linked(mail))

    async def html(self, request: Request) -> Response:
        """The HTML part alone, for the frame. Its links open elsewhere."""
        mail = self._mails.find(request.path_params["id"])
        if mail is None:
            return Response(status_code=404)
        return HTMLResponse('<base target="_blank">' + mail.html, headers=_MAIL_HEADERS)

    async def delete(self, request: Request) -> Response:
        """The page's button. Only our own page may press it."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return Response(status_code=403)
        self._mails.empty()
        return RedirectResponse("/", status_code=303)

    async def as_json(self, request: Request) -> Response:
        """`GET /api/v1/messages`, perhaps with `?to=ADDRESS`."""
        mails = self._mails.all(request.query_params.get("to", ""))
        return JSONResponse(
            {"messages": [mail.as_json() for mail in mails]}, headers={"Cache-Control": "no-store"}
        )

    async def delete_by_json(self, request: Request) -> Response:
        """`DELETE /api/v1/messages`. A browser asks before it sends this across origins, and gets no leave."""
        self._mails.empty()
        return Response(status_code=204)

    async def text(self, request: Request) -> Response:
        """`POST /api/v1/sms`: the gateway that the demo's texts go to. No form of another site can send JSON."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return Response(status_code=415)
        try:
            sent = await request.json()
            to, text = sent["to"], sent["text"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return Response(status_code=400)
        if not isinstance(to, str) or not isinstance(text, str) or "," in to:
            return Response(status_code=400)
        self._mails.texted(to, text)
        return Response(status_code=202)


def _linked(mail: Mail) -> Markup:
    """The text part with its web addresses as links."""
    parts, end = [], 0
    for found in _LINK.finditer(mail.text):
        link = escape(found[0])
        anchor = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(link, link)
        parts += [escape(mail.text[end : found.start()]), anchor]
        end = found.end()
    return Markup("").join([*parts, escape(mail.text[end:])])
