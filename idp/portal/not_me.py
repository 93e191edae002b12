"""`/not-me/{link}`: the owner of an account says that a sign-in was not theirs, and chooses a new password.

Opening the page changes nothing, so mail scanners and prefetching browsers may; only its button reports. The link works
until a new password was chosen by it, and one that is unknown, used or expired looks the same. Its other button blocks
the account (`blocking.py`).
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.links import OpenLink
from idp.account.problem import ChangedMeanwhile
from idp.account.reporting import find_not_me, report
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import cookies_blocked
from idp.portal.addresses.stopped import stopped_notice
from idp.portal.blocking import block, blocked_now_page
from idp.records.event import Occasion
from idp.web.circumstances import circumstances_of
from idp.web.errors import PageError, Problem
from idp.web.headers import Posture
from idp.web.locale import Message

GONE = Problem(
    status=404,
    code="not_found",
    title=Message("This link doesn’t work any more"),
    explanation=Message(
        "It works for seven days, and until you have chosen a new password by it. If somebody else may know your"
        " password, go on to the ways back."
    ),
)
_WAYS_BACK, _WAYS_BACK_LABEL = "/forgot", Message("Find your way back in")


async def show(door: FrontDoor, request: Request) -> Response:
    now = door.clock.now()
    found = await _open(door, request, now)
    browser, path = door.browser(request) or door.new_browser(), _path(request)
    response = door.pages.render(
        request,
        "not-me.html",
        posture=Posture.PORTAL,
        locale=found.person.language,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        customer_id=found.person.customer_id,
        sent_at=found.link.created_at,
        now=now,
    )
    return with_browser(door, response, browser)


async def submit(door: FrontDoor, request: Request) -> Response:
    now = door.clock.now()
    found = await _open(door, request, now)
    if door.browser(request) is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, _path(request))
    occasion = Occasion(
        now=now, actor=f"subject:{found.person.subject_id}", circumstances=circumstances_of(request)
    )
    if form.get("action") == "block":
        return await _block(door, request, occasion, found)
    told = await stopped_notice(door, found.person, door.seen(request), now=now)
    path = await report(door.database, door.audit, door.entropy, occasion, found, also=told)
    door.outbox.wake()
    return RedirectResponse(path, 303)


async def _block(door: FrontDoor, request: Request, occasion: Occasion, found: OpenLink) -> Response:
    try:
        await block(door, occasion, found.person)
    except ChangedMeanwhile:
        return RedirectResponse(_path(request), 303)
    return blocked_now_page(door, request, found.person)


async def _open(door: FrontDoor, request: Request, now: int) -> OpenLink:
    """The link of the path. Raises PageError."""
    found = await find_not_me(door.database, request.path_params["link"], now)
    if found is None:
        raise PageError(GONE, reason="no open not-me link", next_url=_WAYS_BACK, next_label=_WAYS_BACK_LABEL)
    return found


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/not-me/{request.path_params['link']}"
