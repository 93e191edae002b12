"""`/case-cancel/{link}`: somebody who reads a mailbox of the account cancels what support is about to change. Nobody
signs in for it: they may have lost the way in.

Opening the page changes nothing, so mail scanners and prefetching browsers may; only its button cancels, once. The page
says how the case stands, also after that.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.account.cases.cancelling import cancel, consider
from idp.account.cases.links import OpenCaseLink, find_case_link
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import cookies_blocked
from idp.records.case import LinkPurpose
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
        "It works until a week after the change that it cancels. If somebody else may be in your account, call support."
    ),
)
_WAYS_BACK, _WAYS_BACK_LABEL = "/forgot", Message("Find your way back in")


def case_cancel_routes(door: FrontDoor) -> list[Route]:
    async def cancelling(request: Request) -> Response:
        return await (submit if request.method == "POST" else show)(door, request)

    return [Route("/case-cancel/{link}", cancelling, methods=["GET", "POST"])]


async def show(door: FrontDoor, request: Request) -> Response:
    now = door.clock.now()
    found = await _open(door, request, now)
    browser, path = door.browser(request) or door.new_browser(), _path(request)
    considered = consider(found)
    response = door.pages.render(
        request,
        "case-cancel.html",
        posture=Posture.PORTAL,
        locale=found.case.language,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        reference=found.case.reference,
        outcome=considered.outcome.value,
        is_used=considered.is_used,
        kind=found.case.kind.value,
        apply_at=found.case.apply_at,
    )
    return with_browser(door, response, browser)


async def submit(door: FrontDoor, request: Request) -> Response:
    now = door.clock.now()
    found = await _open(door, request, now)
    if door.browser(request) is None:
        return cookies_blocked(door, request)
    await door.read_form(request, _path(request))
    # Whoever holds the link reads a mailbox of the account, and is taken for nobody more than its owner.
    actor = f"subject:{found.case.subject_id}"
    occasion = Occasion(now=now, actor=actor, circumstances=circumstances_of(request))
    await cancel(door, occasion, found)
    return RedirectResponse(_path(request), 303)


async def _open(door: FrontDoor, request: Request, now: int) -> OpenCaseLink:
    """The link of the path. Raises PageError."""
    value = request.path_params["link"]
    found = await find_case_link(door.database, value, LinkPurpose.CANCEL, now)
    if found is None:
        raise PageError(GONE, reason="no open cancel link", next_url=_WAYS_BACK, next_label=_WAYS_BACK_LABEL)
    return found


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/case-cancel/{request.path_params['link']}"
