"""`/enrol/{link}`: whoever got an enrolment link chooses their password, once.

Opening the page changes nothing, so mail scanners and prefetching browsers may; only the form redeems the link. A link
that is unknown, used or expired looks the same.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.enrolment import Enrolment, find_enrolment, redeem_enrolment
from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS, cookies_blocked
from idp.portal.chosen_password import BUSY, choosing_page, refusal, saved_page
from idp.records.event import Occasion
from idp.records.ports import PasswordHasher, PoolBusy
from idp.web.circumstances import circumstances_of
from idp.web.errors import PageError, Problem
from idp.web.locale import Message

GONE = Problem(
    status=404,
    code="not_found",
    title=Message("This link doesn’t work any more"),
    explanation=Message(
        "Each link works once, for a limited time. If you have chosen your password already, sign in."
        " If not, ask whoever gave you the link for a new one."
    ),
)
_SIGN_IN = Message("Sign in")


async def show(door: FrontDoor, request: Request) -> Response:
    return await _page(door, request, await _open(door, request, door.clock.now()))


async def submit(door: FrontDoor, request: Request, *, hasher: PasswordHasher) -> Response:
    now = door.clock.now()
    enrolment = await _open(door, request, now)
    browser = door.browser(request)
    if browser is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, _path(request))
    password = form.get("password", "")
    if problem := await refusal(door, enrolment.person, password):
        return await _page(door, request, enrolment, status=422, errors={"password": problem})
    subject = f"subject:{enrolment.person.subject_id}"
    occasion = Occasion(now=now, actor=subject, circumstances=circumstances_of(request))
    try:
        is_redeemed = await redeem_enrolment(
            door.database, door.audit, occasion, enrolment, password, secrets=door.secrets, hasher=hasher
        )
    except PoolBusy:
        return await _page(door, request, enrolment, status=503, errors={"form": BUSY})
    if not is_redeemed:
        raise _gone()
    return await saved_page(door, request, enrolment.person, browser, now)


async def _open(door: FrontDoor, request: Request, now: int) -> Enrolment:
    """The link of the path. Raises PageError."""
    enrolment = await find_enrolment(door.database, request.path_params["link"], now)
    if enrolment is None:
        raise _gone()
    return enrolment


def _gone() -> PageError:
    return PageError(GONE, reason="no open enrolment link", next_url=LOCAL_PATHS[0], next_label=_SIGN_IN)


async def _page(
    door: FrontDoor,
    request: Request,
    enrolment: Enrolment,
    *,
    status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Response:
    return await choosing_page(
        door,
        request,
        "enrol.html",
        enrolment.person,
        path=_path(request),
        status=status,
        errors=errors,
        name=enrolment.person.name,
    )


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/enrol/{request.path_params['link']}"
