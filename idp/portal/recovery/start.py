"""`/recovery`: whoever can't get in and can't help themselves says what they have lost. Open to everybody."""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import cookies_blocked, path_of
from idp.login.new_address import said
from idp.login.prompts.lost_mailbox import phones_for
from idp.login.recovery_form import RECOVERY_PATH, begin_form
from idp.records.case import CaseKind
from idp.records.interaction import Interaction
from idp.store.interactions import INTERACTION
from idp.web.headers import Posture
from idp.web.locale import Message

KINDS = {
    "mailbox": CaseKind.MAILBOX_DOCUMENTS,
    "factor": CaseKind.FACTOR,
    "blocked": CaseKind.UNBLOCK,
}
RECEIVED_PATH = f"{RECOVERY_PATH}/received"
_REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
_INTERACTION_ID = re.compile(r"[0-9a-f]{32}")
_MISSING = Message("Choose what you have lost")


async def show(door: FrontDoor, request: Request) -> Response:
    """`for` is what was lost, as the page that led here knows; `from` the sign-in to go back to."""
    return await _page(door, request, lost=request.query_params.get("for", ""))


async def submit(door: FrontDoor, request: Request) -> Response:
    now = door.clock.now()
    browser = door.browser(request)
    if browser is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, RECOVERY_PATH)
    kind = KINDS.get(form.get("lost", ""))
    if kind is None:
        return await _page(door, request, errors={"lost": _MISSING}, came_from=form.get("from", ""))
    came = await _came_from(door, form.get("from", ""))
    begun = await begin_form(
        door, request, browser=browser, kind=kind, locale=door.locale(request, came, None), now=now
    )
    if isinstance(begun, int):
        return await _page(door, request, lost=form["lost"], wait=begun, came_from=form.get("from", ""))
    return RedirectResponse(begun, 303)


async def received(door: FrontDoor, request: Request) -> Response:
    """The form is in. What to quote is in the address, so that a reload sends nothing again."""
    reference = request.query_params.get("reference", "")
    if not _REFERENCE.fullmatch(reference):
        return RedirectResponse(RECOVERY_PATH, 303)
    return door.pages.render(
        request,
        "recovery/received.html",
        posture=Posture.PLAIN,
        reference=reference,
        days=door.settings.recovery.usual_days,
        cooling_hours=door.settings.recovery.cooling_hours,
        sign_in_url="/account",
    )


async def _page(
    door: FrontDoor,
    request: Request,
    *,
    lost: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
    came_from: str = "",
) -> Response:
    came = await _came_from(door, came_from or request.query_params.get("from", ""))
    browser = door.browser(request) or door.new_browser()
    errors = said(wait) if wait else errors or {}
    country = door.seen(request).place.country
    response = door.pages.render(
        request,
        "recovery/start.html",
        status=429 if wait else 422 if errors else 200,
        posture=Posture.PORTAL,
        locale=door.locale(request, came, None),
        headers={"Retry-After": str(wait)} if wait else None,
        form_action=RECOVERY_PATH,
        csrf_token=door.form_token(browser, RECOVERY_PATH),
        came_from=came.interaction_id if came else "",
        lost=lost if lost in KINDS else "",
        support_phones=phones_for(door.pages.brand(request).support_phones, country),
        forgot_url="/forgot" + (f"?from={came.interaction_id}" if came else ""),
        sign_in_url=path_of(came.interaction_id, Ask.LOGIN) if came else "/account",
        errors=errors,
    )
    return with_browser(door, response, browser)


async def _came_from(door: FrontDoor, value: str) -> Interaction | None:
    is_interaction = _INTERACTION_ID.fullmatch(value) is not None
    return await door.database.one(INTERACTION, of_interaction=value) if is_interaction else None
