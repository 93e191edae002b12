"""`/account/delete`: the owner plans the deletion of the account, or keeps it; `/deletion/{link}`: whoever got the mail
about it keeps it, without signing in.

Planning wants a fresh proof and the customer ID, typed; keeping wants neither, since it takes nothing from anybody.
Opening the link's page changes nothing, so mail scanners and prefetching browsers may.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.address_mails import Whence
from idp.account.deletion import cancel_deletion, find_deletion, obstacle, plan_deletion
from idp.account.links import OpenLink
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import begin_local, cookies_blocked
from idp.portal.visit import Visit, is_recent
from idp.records.account import Person
from idp.records.event import Occasion
from idp.spec.identifier import canonical_customer_id
from idp.web.circumstances import circumstances_of
from idp.web.errors import PageError, Problem
from idp.web.headers import Posture
from idp.web.locale import Message

PATH = "/account/delete"
LINK_PATH = "/deletion/{link}"
_WRONG_ID = Message("Type your customer ID as it stands above")
GONE = Problem(
    status=404,
    code="not_found",
    title=Message("This link doesn’t work any more"),
    explanation=Message(
        "The deletion was cancelled already, or the account has been deleted. Sign in to see which."
    ),
)
_SIGN_IN = Message("Sign in")


async def show(
    visit: Visit, *, status: int = 200, typed: str = "", errors: dict[str, Message] | None = None
) -> Response:
    if (await _owes_proof(visit)) and visit.person.delete_at is None:
        return await _prove(visit)
    return visit.render(
        "account/delete.html",
        status=status,
        **visit.form(),
        delete_at=visit.person.delete_at,
        obstacle=await obstacle(visit.door.database, visit.person),
        days=visit.door.settings.recovery.deletion_days,
        typed=typed,
        errors=errors or {},
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    match form.get("action"):
        case "keep":
            await cancel_deletion(visit.door, visit.occasion, visit.person, _whence(visit))
            return visit.back()
        case "delete":
            return await _plan(visit, form.get("customer_id", ""))
        case _:
            return visit.back()


async def _plan(visit: Visit, typed: str) -> Response:
    if await _owes_proof(visit):
        return await _prove(visit)
    suffix = visit.door.settings.customer_id.suffix
    if canonical_customer_id(typed, suffix=suffix) != visit.person.customer_id:
        return await show(visit, status=422, typed=typed[:64], errors={"customer_id": _WRONG_ID})
    # Not planned means that it is already, or that something stands in the way by now: the page says which.
    await plan_deletion(visit.door, visit.occasion, visit.person, _whence(visit))
    return visit.back()


async def _owes_proof(visit: Visit) -> bool:
    recent_seconds = visit.door.settings.factors.recent_seconds
    return not await is_recent(visit.door, visit.signed_in, recent_seconds, visit.now)


async def _prove(visit: Visit) -> Response:
    recent_seconds = visit.door.settings.factors.recent_seconds
    return await begin_local(visit.door, visit.request, PATH, visit.now, recent_seconds=recent_seconds)


def _whence(visit: Visit) -> Whence:
    return _seen(visit.door, visit.request, visit.person)


def _seen(door: FrontDoor, request: Request, person: Person) -> Whence:
    seen = door.seen(request)
    language = person.language or door.settings.language.default
    return Whence(browser=seen.browser_text, place=seen.place_in(language))


async def answer_link(door: FrontDoor, request: Request) -> Response:
    """GET and POST `/deletion/{link}`."""
    now = door.clock.now()
    found = await _open(door, request, now)
    if request.method == "POST":
        return await _keep(door, request, found, now)
    browser, path = door.browser(request) or door.new_browser(), request.url.path
    response = door.pages.render(
        request,
        "keep-account.html",
        posture=Posture.PORTAL,
        locale=found.person.language,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        customer_id=found.person.customer_id,
        delete_at=found.person.delete_at,
    )
    return with_browser(door, response, browser)


async def _keep(door: FrontDoor, request: Request, found: OpenLink, now: int) -> Response:
    if door.browser(request) is None:
        return cookies_blocked(door, request)
    await door.read_form(request, request.url.path)
    occasion = Occasion(now=now, actor="anonymous", circumstances=circumstances_of(request))
    await cancel_deletion(door, occasion, found.person, _seen(door, request, found.person))
    return door.pages.render(
        request,
        "account-kept.html",
        posture=Posture.PLAIN,
        locale=found.person.language,
        customer_id=found.person.customer_id,
        sign_in_url="/account",
        forgot_url="/forgot",
    )


async def _open(door: FrontDoor, request: Request, now: int) -> OpenLink:
    """The link of the path. Raises PageError."""
    found = await find_deletion(door.database, request.path_params["link"], now)
    if found is None:
        raise PageError(GONE, reason="no open deletion link", next_url="/account", next_label=_SIGN_IN)
    return found
