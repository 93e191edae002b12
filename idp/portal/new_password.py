"""`/new-password/{link}`: whoever holds such a link chooses a new password, once. Nobody is signed in by it.

It ends with the way on to the application, which is open in whatever browser the link was; and with a cookie for this
one, by which it owes no mailed code for a while (`account/new_password.py`).
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.links import OpenLink, is_blocked_by_owner
from idp.account.new_password import find_password_link, redeem_password_link
from idp.account.still_acting import still_acting
from idp.login.front_door import FrontDoor
from idp.login.interaction import cookies_blocked
from idp.login.notices import notice_mails, security_notice
from idp.portal.addresses.stopped import stopped_notice
from idp.portal.chosen_password import BUSY, choosing_page, refusal
from idp.portal.delegations import PATH as DELEGATIONS_PATH
from idp.portal.going_on import going_on
from idp.portal.service_accounts.acting import LIST_PATH
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.ports import PasswordHasher, PoolBusy
from idp.risk.seen import Seen
from idp.spec.token_value import SECRET_BYTES
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie
from idp.web.errors import PageError, Problem
from idp.web.headers import Posture
from idp.web.locale import Message

GONE = Problem(
    status=404,
    code="not_found",
    title=Message("This link doesn’t work any more"),
    explanation=Message(
        "It works once, for a short time, and only the newest one does. If you have chosen your password already, sign"
        " in. If not, ask for a new link."
    ),
)
_WAYS_BACK, _WAYS_BACK_LABEL = "/forgot", Message("Find your way back in")


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
    cookie, seen = door.entropy.token_bytes(SECRET_BYTES).hex(), door.seen(request)
    told = [
        *await _notice(door, found.person, seen, now),
        *await stopped_notice(door, found.person, seen, now=now),
    ]
    try:
        is_redeemed = await redeem_password_link(
            door.database,
            door.audit,
            occasion,
            found,
            password,
            cookie=cookie,
            secrets=door.secrets,
            hasher=hasher,
            also=told,
        )
    except PoolBusy:
        return await _page(door, request, found, status=503, errors={"form": BUSY})
    if not is_redeemed:
        raise _gone()
    door.outbox.wake()
    response = await _saved_page(door, request, found, browser, now)
    door.cookies.set(response, Cookie.PROOF, cookie)
    return response


async def _notice(door: FrontDoor, person: Person, seen: Seen, now: int) -> list[Effect]:
    """The mail about it, which says what goes on without the password, if anything does."""
    acting = await still_acting(door.database, door.settings, person, now)
    if not acting:
        return security_notice(door, person, "password-changed", seen, now=now)
    issuer = door.settings.issuer
    return notice_mails(
        door,
        person,
        "password-changed",
        {
            "programs": acting.programs,
            "accounts": acting.accounts,
            "applications_url": f"{issuer}{LIST_PATH}",
            "delegations_url": f"{issuer}{DELEGATIONS_PATH}",
        },
        seen,
        now=now,
    )


async def _saved_page(door: FrontDoor, request: Request, found: OpenLink, browser: str, now: int) -> Response:
    person = found.person
    locale = door.pages.locale(request, person.language)
    on = await going_on(door, person, found.about, browser=browser, locale=locale, now=now)
    acting = await still_acting(door.database, door.settings, person, now)
    return door.pages.render(
        request,
        "password-saved.html",
        posture=Posture.PLAIN,
        locale=person.language,
        customer_id=person.customer_id,
        is_blocked=is_blocked_by_owner(person),
        application=on.application,
        continue_url=on.url,
        account_url=on.account_url,
        programs=acting.programs,
        accounts=acting.accounts,
    )


async def _open(door: FrontDoor, request: Request, now: int) -> OpenLink:
    """The link of the path. Raises PageError."""
    found = await find_password_link(door.database, request.path_params["link"], now)
    if found is None:
        raise _gone()
    return found


def _gone() -> PageError:
    return PageError(GONE, reason="no open password link", next_url=_WAYS_BACK, next_label=_WAYS_BACK_LABEL)


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
        is_reported="reported_by" in found.about,
    )


def _path(request: Request) -> str:
    """Where the form goes, and its purpose. Nothing but a link's own characters: it was found."""
    return f"/new-password/{request.path_params['link']}"
