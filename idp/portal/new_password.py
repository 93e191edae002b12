"""`/new-password/{link}`: whoever holds such a link chooses a new password, once. Nobody is signed in by it."""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.links import OpenLink
from idp.account.new_password import find_password_link, redeem_password_link
from idp.login.front_door import FrontDoor
from idp.login.interaction import cookies_blocked
from idp.login.notices import security_notice
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
        "It works once, for an hour. If you have chosen your password already, sign in. If not, press “This wasn’t me”"
        " in our message again."
    ),
)
_SIGN_IN = Message("Sign in")


async def show(door: FrontDoor, request: Request) -> Response:
    return await _page(door, request, await _open(door, request, door.clock.now()))


async def submit(door: FrontDoor, request: Request, *, hasher: PasswordHasher) -> Response:
    now = door.clock.now()
    found = await _open(door, request, now)
    browser = door.browser(request)
    if browser is None:
        return cookies_blocked(door, request)
    form = await door.read_form(request, _path(request))
    password = form.get("password", "")
    if problem := await refusal(door, found.person, password):
        return await _page(door, request, found, status=422, errors={"password": problem})
    occasion = Occasion(
        now=now, actor=f"subject:{found.person.subject_id}", circumstances=circumstances_of(request)
    )
    try:
        is_redeemed = await redeem_password_link(
            door.database,
            door.audit,
            occasion,
            found,
            password,
            secrets=door.secrets,
            hasher=hasher,
            also=security_notice(door, found.person, "password-changed", door.seen(request), now=now),
        )
    except PoolBusy:
        return await _page(door, request, found, status=503, errors={"form": BUSY})
    if not is_redeemed:
        raise _gone()
    door.outbox.wake()
    return await saved_page(door, request, found.person, browser, now)


async def _open(door: FrontDoor, request: Request, now: int) -> OpenLink:
    """The link of the path. Raises PageError."""
    found = await find_password_link(door.database, request.path_params["link"], now)
    if found is None:
        raise _gone()
    return found


def _gone() -> PageError:
    return PageError(GONE, reason="no open password link", next_url="/account", next_label=_SIGN_IN)


async def _page(
    door: FrontDoor,
    request: Request,
    found: OpenLink,
    *,
    status: int = 200,
    errors: dict[str, Message] | None = None,
) -> Response:
    return await choosing_page(
        door,
        request,
        "new-password.html",
        found.person,
        path=_path(request),
        status=status,
        errors=errors,
    )


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/new-password/{request.path_params['link']}"
