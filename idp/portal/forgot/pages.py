"""`/forgot` and `/forgot/sent`: what somebody forgot, and that a mail may be on its way. Open to everybody.

Whatever is typed, the answer is the same: status, headers, body. It is given before anybody is looked up, so its time
says nothing either; the mails are written right after it (`replies.py`). Only a network that asked very often is told
to wait, and that depends on nothing else.
"""

import re
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import cookies_blocked, path_of
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.portal.forgot.counts import spend_network
from idp.portal.forgot.replies import Asking, reply
from idp.records.interaction import Interaction
from idp.store.interactions import INTERACTION
from idp.web.headers import Posture
from idp.web.locale import Message

PATH = "/forgot"
SENT_PATH = "/forgot/sent"
_INTERACTION_ID = re.compile(r"[0-9a-f]{32}")


class Forgotten(StrEnum):
    """What somebody forgot; also the suffix of its form's id."""

    PASSWORD = "password"
    CUSTOMER_ID = "id"


_MISSING = {
    Forgotten.PASSWORD: Message("Enter your customer ID or e-mail address"),
    Forgotten.CUSTOMER_ID: Message("Enter your e-mail address"),
}


async def show(door: FrontDoor, request: Request) -> Response:
    """`from` is the interaction to go back to; it gives the page its language too."""
    return _page(door, request, await _interaction(door, request))


async def submit(door: FrontDoor, request: Request) -> Response:
    if door.browser(request) is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, PATH)
    interaction, now = await _interaction(door, request), door.clock.now()
    forgotten = (
        Forgotten.CUSTOMER_ID if form.get("forgotten") == Forgotten.CUSTOMER_ID else Forgotten.PASSWORD
    )
    typed = form.get("username", "").strip()
    if not typed:
        errors = {f"username-{forgotten}": _MISSING[forgotten]}
        return _page(door, request, interaction, status=422, errors=errors)
    if wait := await spend_network(door, request, now):
        words = Message(
            "Many mails were asked for from your network. Wait %(wait)s, then try again.",
            {"wait": timedelta(seconds=wait)},
        )
        return _page(door, request, interaction, status=429, typed=typed, errors={"form": words}, wait=wait)
    asking = Asking(
        door=door,
        request=request,
        typed=typed,
        wants_link=forgotten is Forgotten.PASSWORD,
        interaction=interaction,
        locale=_locale(door, request, interaction),
        now=now,
    )
    about = {"about": forgotten.value, **({"from": _came_from(request)} if _came_from(request) else {})}
    background = BackgroundTask(reply, asking)
    return RedirectResponse(f"{SENT_PATH}?{urlencode(about)}", 303, background=background)


async def sent(door: FrontDoor, request: Request) -> Response:
    """The answer to everybody. A reload sends nothing."""
    interaction = await _interaction(door, request)
    return door.pages.render(
        request,
        "forgot-sent.html",
        posture=Posture.PLAIN,
        locale=_wished(door, request, interaction),
        is_link=request.query_params.get("about") != Forgotten.CUSTOMER_ID,
        minutes=door.settings.recovery.link_seconds // 60,
        again_url=_with_origin(request, PATH),
        lost_url=_with_origin(request, LOST_MAILBOX_PATH),
        sign_in_url=_sign_in_url(request),
    )


def _page(
    door: FrontDoor,
    request: Request,
    interaction: Interaction | None,
    *,
    status: int = 200,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    browser = door.browser(request) or door.new_browser()
    response = door.pages.render(
        request,
        "forgot.html",
        status=status,
        posture=Posture.PORTAL,
        locale=_wished(door, request, interaction),
        headers={"Retry-After": str(wait)} if wait else None,
        form_action=_with_origin(request, PATH),
        csrf_token=door.form_token(browser, PATH),
        typed=typed,
        errors=errors or {},
        lost_url=_with_origin(request, LOST_MAILBOX_PATH),
        sign_in_url=_sign_in_url(request),
    )
    return with_browser(door, response, browser)


async def _interaction(door: FrontDoor, request: Request) -> Interaction | None:
    came_from = _came_from(request)
    return await door.database.one(INTERACTION, of_interaction=came_from) if came_from else None


def _came_from(request: Request) -> str:
    came_from = request.query_params.get("from", "")
    return came_from if _INTERACTION_ID.fullmatch(came_from) else ""


def _with_origin(request: Request, path: str) -> str:
    came_from = _came_from(request)
    if not came_from:
        return path
    return f"{path}{'&' if '?' in path else '?'}from={came_from}"


def _sign_in_url(request: Request) -> str:
    came_from = _came_from(request)
    return path_of(came_from, Ask.LOGIN) if came_from else "/account"


def _wished(door: FrontDoor, request: Request, interaction: Interaction | None) -> str:
    return door.locale(request, interaction, None)


def _locale(door: FrontDoor, request: Request, interaction: Interaction | None) -> str:
    """The language that the page speaks, which is that of a mail to somebody whose account has none."""
    return door.pages.locale(request, _wished(door, request, interaction))
