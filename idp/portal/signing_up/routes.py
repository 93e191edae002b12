"""Which address leads to which question."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.interaction import path_of
from idp.login.prompts.create import SIGN_UP_PATH
from idp.portal.signing_up import account_type, code, country, credentials, name, welcome
from idp.portal.signing_up.coming_from import came_from
from idp.portal.signing_up.steps import Step, may_show, next_step
from idp.portal.signing_up.visit import Visit, open_sign_up
from idp.records.ports import PasswordHasher
from idp.web.headers import Posture

_Page = Callable[[Visit], Awaitable[Response]]


def sign_up_routes(door: FrontDoor, *, hasher: PasswordHasher) -> list[BaseRoute]:
    async def take_credentials(visit: Visit) -> Response:
        return await credentials.submit(visit, hasher=hasher)

    pages: Mapping[Step, tuple[_Page, _Page]] = {
        Step.COUNTRY: (country.show, country.submit),
        Step.CREDENTIALS: (credentials.show, take_credentials),
        Step.CODE: (code.show, code.submit),
        Step.TYPE: (account_type.show, account_type.submit),
        Step.NAME: (name.show, name.submit),
        Step.WELCOME: (welcome.show, welcome.show),
    }

    async def start(request: Request) -> Response:
        if not door.settings.sign_up.open:
            return await _closed(door, request)
        return await (country.begin if request.method == "POST" else country.start)(door, request)

    async def question(request: Request) -> Response:
        name_of_step = request.path_params["step"]
        if name_of_step not in tuple(Step):
            raise HTTPException(404)
        visit = await open_sign_up(door, request, Step(name_of_step), door.clock.now())
        if isinstance(visit, Response):
            return visit
        if not door.settings.sign_up.open and visit.sign_up.completed_at is None:
            return await _closed(door, request)
        if not may_show(visit.step, visit.sign_up):
            return visit.to(next_step(visit.sign_up))
        show, submit = pages[visit.step]
        return await (submit if request.method == "POST" else show)(visit)

    return [
        Route(SIGN_UP_PATH, start, methods=["GET", "POST"]),
        Route(SIGN_UP_PATH + "/{sign_up}/{step}", question, methods=["GET", "POST"]),
    ]


async def _closed(door: FrontDoor, request: Request) -> Response:
    """The operator makes the accounts."""
    browser = door.browser(request) or ""
    came = await came_from(door, request.query_params.get("from", ""), browser, door.clock.now())
    return door.pages.render(
        request,
        "sign-up/closed.html",
        status=403,
        posture=Posture.PLAIN,
        locale=door.locale(request, came, None),
        sign_in_url=path_of(came.interaction_id, Ask.LOGIN) if came else "/account",
    )
