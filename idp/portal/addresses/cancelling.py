"""`/address/{link}`: whoever reads one of the account's mailboxes stops a change of its addresses, without signing in.

Opening the page changes nothing, so mail scanners and prefetching browsers may; only its button stops. It works once,
and as long as the change waits; a link that is unknown, used or over looks the same.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.address_change import OpenChange, cancel_change, find_change_link, what_of
from idp.account.address_mails import Whence
from idp.events.masking import masked_email
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import cookies_blocked
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
        "The change was stopped already, or it was made. If somebody else may have asked for it, choose a new password."
    ),
)
_WAYS_BACK, _WAYS_BACK_LABEL = "/forgot", Message("Choose a new password")


async def answer(door: FrontDoor, request: Request) -> Response:
    """GET and POST."""
    now = door.clock.now()
    found = await find_change_link(door.database, request.path_params["link"], now)
    if found is None:
        raise _gone()
    if request.method == "POST":
        return await _submit(door, request, found, now)
    return _show(door, request, found, now)


def _show(door: FrontDoor, request: Request, found: OpenChange, now: int) -> Response:
    browser, path = door.browser(request) or door.new_browser(), _path(request)
    change = found.change
    response = door.pages.render(
        request,
        "address-change.html",
        posture=Posture.PORTAL,
        locale=found.found.person.language,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        customer_id=found.found.person.customer_id,
        what=what_of(change),
        address=masked_email(change.email) if change.email else "",
        asked_at=change.created_at,
        apply_at=change.apply_at,
        now=now,
    )
    return with_browser(door, response, browser)


async def _submit(door: FrontDoor, request: Request, found: OpenChange, now: int) -> Response:
    if door.browser(request) is None:
        return cookies_blocked(door, request)
    await door.read_form(request, _path(request))
    person, seen = found.found.person, door.seen(request)
    occasion = Occasion(
        now=now, actor=f"subject:{person.subject_id}", circumstances=circumstances_of(request)
    )
    language = person.language or door.settings.language.default
    whence = Whence(browser=seen.browser_text, place=seen.place_in(language))
    also = [found.redeeming(now)]
    if not await cancel_change(door, occasion, person, found.change, whence=whence, also=also):
        raise _gone()
    return door.pages.render(
        request,
        "address-change-cancelled.html",
        posture=Posture.PORTAL,
        locale=person.language,
        new_password_url=_WAYS_BACK,
    )


def _gone() -> PageError:
    return PageError(GONE, reason="no change that waits", next_url=_WAYS_BACK, next_label=_WAYS_BACK_LABEL)


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/address/{request.path_params['link']}"
