"""A visit to one page of a sign-up, which is bound to the browser that began it, as a sign-in is."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS
from idp.login.prompts.create import SIGN_UP_PATH
from idp.portal.signing_up.steps import Step, next_step, place
from idp.records.sign_up import SignUp
from idp.spec.token_value import digest_of, is_same
from idp.store.sign_ups import SIGN_UP
from idp.web.forms import Parameters
from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for the page of `step`."""

    door: FrontDoor
    request: Request
    sign_up: SignUp
    step: Step
    browser: str
    now: int

    @property
    def path(self) -> str:
        return path_of(self.sign_up.sign_up_id, self.step)

    @property
    def locale(self) -> str:
        """The language that the page speaks."""
        return self.door.pages.locale(self.request, self.sign_up.language)

    async def read_form(self) -> Parameters:
        """The fields of this page's form. Raises FormRejected or MalformedForm."""
        return await self.door.read_form(self.request, self.path)

    def to(self, step: Step) -> RedirectResponse:
        """Another page. 303: the form is not posted again."""
        return RedirectResponse(path_of(self.sign_up.sign_up_id, step), 303)

    async def reloaded(self) -> SignUp:
        """The sign-up as it is now: another tab may have answered something."""
        return await self.door.database.one(SIGN_UP, of_sign_up=self.sign_up.sign_up_id) or self.sign_up

    async def go_on(self) -> Response:
        """The next question."""
        return self.to(next_step(await self.reloaded()))

    def render(
        self,
        template: str,
        *,
        errors: dict[str, Message] | None = None,
        status: int = 0,
        wait: int = 0,
        **context: Any,
    ) -> Response:
        """The page of a question; with `wait`, seconds, it asks to come again."""
        status = status or (429 if wait else 422 if errors else 200)
        return self.door.pages.render(
            self.request,
            template,
            status=status,
            locale=self.sign_up.language,
            headers={"Retry-After": str(wait)} if wait else None,
            form_action=self.path,
            csrf_token=self.door.form_token(self.browser, self.path),
            errors=errors or {},
            **place(self.step) | context,
        )


def path_of(sign_up_id: str, step: Step) -> str:
    return f"{SIGN_UP_PATH}/{sign_up_id}/{step}"


async def open_sign_up(door: FrontDoor, request: Request, step: Step, now: int) -> Visit | Response:
    """The sign-up of the path, if it is this browser's and still kept; else the way to a new one."""
    browser = door.browser(request)
    found = await door.database.one(SIGN_UP, of_sign_up=request.path_params["sign_up"])
    if browser is None or found is None or not is_same(found.browser_digest, digest_of(browser)):
        return RedirectResponse(SIGN_UP_PATH, 303)
    if now >= found.expires_at and found.completed_at is not None:
        return RedirectResponse(LOCAL_PATHS[0], 303)
    if now >= found.expires_at:
        return RedirectResponse(f"{SIGN_UP_PATH}?{urlencode(_again(found))}", 303)
    return Visit(door=door, request=request, sign_up=found, step=step, browser=browser, now=now)


def _again(sign_up: SignUp) -> dict[str, str]:
    return {"again": "1"} | ({"from": sign_up.interaction_id} if sign_up.interaction_id else {})
