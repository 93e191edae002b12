"""`/enrol/{link}`: whoever got an enrolment link chooses their password, once.

Opening the page changes nothing, so mail scanners and prefetching browsers may; only the form redeems the link. A link
that is unknown, used or expired looks the same.
"""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from idp.account.enrolment import Enrolment, find_enrolment, redeem_enrolment
from idp.account.password import LONGEST_PASSWORD, PasswordProblem, context_of, password_problem
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import LOCAL_PATHS, begin, cookies_blocked
from idp.records.event import Occasion
from idp.records.interaction import InteractionKind
from idp.records.ports import PasswordHasher, PoolBusy
from idp.web.circumstances import circumstances_of
from idp.web.errors import RETRY_SECONDS, PageError, Problem
from idp.web.headers import Posture
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
_BUSY = Message(
    "We are very busy and have not saved your password yet. Wait %(wait)s, then enter it again.",
    {"wait": timedelta(seconds=RETRY_SECONDS)},
)


async def show(door: FrontDoor, request: Request) -> Response:
    return _page(door, request, await _open(door, request, door.clock.now()))


async def submit(door: FrontDoor, request: Request, *, hasher: PasswordHasher) -> Response:
    now = door.clock.now()
    enrolment = await _open(door, request, now)
    browser = door.browser(request)
    if browser is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, _path(request))
    password = form.get("password", "")
    problem = password_problem(
        password,
        minimum_length=door.settings.password.minimum_length,
        context=context_of(enrolment.person, brand=door.settings.brand.name),
    )
    if problem is not None:
        return _page(door, request, enrolment, status=422, errors={"password": _said(door, problem)})
    subject = f"subject:{enrolment.person.subject_id}"
    occasion = Occasion(now=now, actor=subject, circumstances=circumstances_of(request))
    try:
        is_redeemed = await redeem_enrolment(
            door.database, door.audit, occasion, enrolment, password, secrets=door.secrets, hasher=hasher
        )
    except PoolBusy:
        return _page(door, request, enrolment, status=503, errors={"form": _BUSY})
    if not is_redeemed:
        raise _gone()
    return await _enrolled(door, request, enrolment, browser, now)


async def _open(door: FrontDoor, request: Request, now: int) -> Enrolment:
    """The link of the path. Raises PageError."""
    enrolment = await find_enrolment(door.database, request.path_params["link"], now)
    if enrolment is None:
        raise _gone()
    return enrolment


def _gone() -> PageError:
    return PageError(GONE, reason="no open enrolment link", next_url=LOCAL_PATHS[0], next_label=_SIGN_IN)


def _page(
    door: FrontDoor,
    request: Request,
    enrolment: Enrolment,
    *,
    status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Response:
    browser, path = door.browser(request) or door.new_browser(), _path(request)
    response = door.pages.render(
        request,
        "enrol.html",
        status=status,
        posture=Posture.PORTAL,
        locale=enrolment.person.language,
        headers={"Retry-After": str(RETRY_SECONDS)} if status == 503 else None,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        name=enrolment.person.name,
        customer_id=enrolment.person.customer_id,
        minimum_length=door.settings.password.minimum_length,
        errors=errors or {},
    )
    return with_browser(door, response, browser)


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/enrol/{request.path_params['link']}"


async def _enrolled(
    door: FrontDoor, request: Request, enrolment: Enrolment, browser: str, now: int
) -> Response:
    """The sign-in page is for this person, even if the browser is somebody else's until then."""
    customer_id = enrolment.person.customer_id
    path = await begin(
        door,
        browser=browser,
        kind=InteractionKind.LOCAL,
        parameters={"return_to": LOCAL_PATHS[0], "login_hint": customer_id},
        now=now,
    )
    return door.pages.render(
        request,
        "enrolled.html",
        posture=Posture.PLAIN,
        locale=enrolment.person.language,
        customer_id=customer_id,
        sign_in_url=f"{path}/{Ask.LOGIN}",
    )


def _said(door: FrontDoor, problem: PasswordProblem) -> Message:
    match problem:
        case PasswordProblem.EMPTY:
            return Message("Enter a new password")
        case PasswordProblem.TOO_SHORT:
            minimum = door.settings.password.minimum_length
            return Message(
                "The password is too short. Use at least %(minimum)s characters.", {"minimum": minimum}
            )
        case PasswordProblem.TOO_LONG:
            return Message(
                "The password is too long. Use at most %(maximum)s characters.", {"maximum": LONGEST_PASSWORD}
            )
        case PasswordProblem.ABOUT_YOU:
            return Message(
                "The password is easy to guess: it is little more than your name, your address or your"
                " customer ID. Add words that nobody connects with you."
            )
