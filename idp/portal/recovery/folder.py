"""A person's hold on their case: by the browser in which they fill in the form, or by the link that was mailed to them.

Both lead to the same pages for documents, an address and a domain.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.cases.links import find_case_link
from idp.login.front_door import FrontDoor, with_browser
from idp.login.recovery_form import RECOVERY_PATH
from idp.portal.recovery.steps import Step, place
from idp.records.case import Case, CaseDocument, CaseStatus, LinkPurpose
from idp.records.event import Occasion
from idp.spec.token_value import digest_of, is_same
from idp.store.cases import CASE, DOCUMENTS_OF_CASE
from idp.web.circumstances import circumstances_of
from idp.web.errors import PageError, Problem
from idp.web.forms import Parameters
from idp.web.headers import Posture
from idp.web.locale import Message

LINK_PATH = "/case"
GONE = Problem(
    status=404,
    code="not_found",
    title=Message("This link doesn’t work any more"),
    explanation=Message("The request that it was about is closed, or a part of the address is missing."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One request for the page of `step`; "" for the page of a link that says how the case stands. `base` is the
    address that all of the case's pages begin with.
    """

    door: FrontDoor
    request: Request
    case: Case
    documents: tuple[CaseDocument, ...]
    base: str
    step: Step | None
    browser: str
    now: int

    @property
    def is_draft(self) -> bool:
        return self.case.status is CaseStatus.DRAFT

    @property
    def locale(self) -> str:
        """The language that the page speaks."""
        return self.door.pages.locale(self.request, self.case.language)

    @property
    def occasion(self) -> Occasion:
        return Occasion(now=self.now, actor="anonymous", circumstances=circumstances_of(self.request))

    def path(self, step: Step) -> str:
        return f"{self.base}/{step}"

    async def read_form(self) -> Parameters:
        """The fields of this page's form. Raises FormRejected or MalformedForm."""
        assert self.step is not None
        return await self.door.read_form(self.request, self.path(self.step))

    def form_token(self, step: Step) -> str:
        return self.door.form_token(self.browser, self.path(step))

    def to(self, step: Step | None) -> RedirectResponse:
        """Another page; None for that of the link. 303: the form is not posted again."""
        return RedirectResponse(self.base if step is None else self.path(step), 303)

    def render(
        self,
        template: str,
        *,
        step: Step,
        errors: dict[str, Message] | None = None,
        status: int = 0,
        headers: dict[str, str] | None = None,
        **context: Any,
    ) -> Response:
        """The page of a question, with its form."""
        response = self.door.pages.render(
            self.request,
            template,
            status=status or (422 if errors else 200),
            posture=Posture.PORTAL,
            locale=self.case.language,
            headers=headers,
            is_draft=self.is_draft,
            form_action=self.path(step),
            csrf_token=self.form_token(step),
            back_url="" if self.is_draft else self.base,
            errors=errors or {},
            **(place(step) if self.is_draft else {"step": 0, "steps": 0}),
            **context,
        )
        return with_browser(self.door, response, self.browser)


async def open_draft(door: FrontDoor, request: Request, step: Step, now: int) -> Folder | Response:
    """The form of the path, if it is this browser's and still open; else the way to a new one."""
    case, browser = await door.database.one(CASE, of_case=request.path_params["case"]), door.browser(request)
    if browser is None or case is None or case.browser_digest is None:
        return RedirectResponse(RECOVERY_PATH, 303)
    if case.status is not CaseStatus.DRAFT or not is_same(case.browser_digest, digest_of(browser)):
        return RedirectResponse(RECOVERY_PATH, 303)
    return Folder(
        door=door,
        request=request,
        case=case,
        documents=await _papers(door, case),
        base=f"{RECOVERY_PATH}/{case.case_id}",
        step=step,
        browser=browser,
        now=now,
    )


async def open_link(door: FrontDoor, request: Request, step: Step | None, now: int) -> Folder:
    """The case of a mailed link, whatever its status. Raises PageError."""
    value = request.path_params["link"]
    found = await find_case_link(door.database, value, LinkPurpose.STATUS, now)
    if found is None:
        raise PageError(
            GONE,
            reason="no open case link",
            next_url=RECOVERY_PATH,
            next_label=Message("Find your way back in"),
        )
    return Folder(
        door=door,
        request=request,
        case=found.case,
        documents=await _papers(door, found.case),
        base=f"{LINK_PATH}/{value}",
        step=step,
        browser=door.browser(request) or door.new_browser(),
        now=now,
    )


async def _papers(door: FrontDoor, case: Case) -> tuple[CaseDocument, ...]:
    """What was uploaded and is still here."""
    documents = await door.database.all(DOCUMENTS_OF_CASE, of_case=case.case_id)
    return tuple(one for one in documents if one.deleted_at is None)
