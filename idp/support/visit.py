"""A visit of an agent to the support desk: who may come in at all, and what each look at somebody's data costs.

For everybody else the desk does not exist: they get the page of an address that leads nowhere.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.account.agent import Agent, agent_of
from idp.login.front_door import FrontDoor
from idp.login.interaction import begin_local
from idp.login.visit import Visit, browser_of
from idp.records.account import Person, SubjectId
from idp.records.event import Event, EventType
from idp.records.session import SignedIn
from idp.spec.assurance import Acr, reaches
from idp.store import allowance
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.locale import Message

HOME = "/support"
CASES = "/support/cases"
Details = Mapping[str, str | int]
_IDENTIFIER = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffVisit(Visit):
    """One request of an agent. `path` is the address itself, so forms of one account are none of another."""

    @property
    def agent(self) -> Agent:
        return agent_of(self.person)

    def event(
        self,
        kind: EventType,
        about: SubjectId | None = None,
        *,
        reason: str = "",
        outcome: Literal["success", "failure"] = "success",
        details: Details | None = None,
    ) -> Effect:
        """The record of what the agent does to whom, for the transaction of what it records."""
        event = Event(
            type=kind,
            actor=self.occasion.actor,
            outcome=outcome,
            reason=reason,
            subject_id=about,
            session_id=self.session.session_id,
            details=details or {},
        )
        return self.door.audit.effect(event, self.occasion.circumstances, now=self.now)

    async def spend_view(
        self, kind: EventType, about: SubjectId | None, *, reason: str = "", details: Details | None = None
    ) -> Response | None:
        """Spend one of the agent's views and record it, together, before anything is shown. None if it may be shown,
        else the page that says when to come back.
        """
        limit = self.door.settings.support.views_per_hour
        return await self._spend("view", limit, self.event(kind, about, reason=reason, details=details))

    async def spend_search(self, *, details: Details) -> Response | None:
        """The same of a search."""
        limit = self.door.settings.support.searches_per_hour
        record = self.event(EventType.SUPPORT_SEARCHED, details=details)
        return await self._spend("search", limit, record)

    async def refuse(self, reason: str, about: SubjectId | None = None) -> None:
        """Record what the agent was not let do."""
        refused = self.event(EventType.SUPPORT_REFUSED, about, reason=reason, outcome="failure")
        await self.door.database.apply([refused])

    async def _spend(self, what: str, limit: int, record: Effect) -> Response | None:
        spending = (f"support-{what}:{self.person.subject_id}", limit, self.now)
        if await self.door.database.apply([allowance.spend(*spending), record]):
            return None
        await self.refuse(f"{what}_limit")
        wait = await allowance.wait_seconds(self.door.database, *spending) or 1
        return self.render(
            "support/used-up.html",
            status=429,
            headers={"Retry-After": str(wait)},
            message=_USED_UP[what],
            minutes=-(-wait // 60),
            limit=limit,
        )


_USED_UP: Mapping[str, Message] = {
    "view": Message("You have opened as many accounts and cases as one agent may in an hour."),
    "search": Message("You have searched as often as one agent may in an hour."),
}

StaffPage = Callable[[StaffVisit], Awaitable[Response]]


def staff_page(door: FrontDoor, path: str, *, show: StaffPage, submit: StaffPage | None = None) -> Route:
    """The route of a page for agents who are signed in with two factors. `path` may hold parameters; each is an
    identifier of ours, and anything else leads nowhere.
    """

    async def endpoint(request: Request) -> Response:
        now = door.clock.now()
        signed_in = await door.signed_in(request, now)
        if signed_in is None:
            return await _sign_in_first(door, request, now)
        if not signed_in.person.role.is_staff:
            await _record_stranger(door, request, signed_in.person, now)
            raise HTTPException(404, "the support desk is for staff")
        if not _is_strong(signed_in):
            return await _sign_in_first(door, request, now, acr=Acr.TWO_FACTORS)
        if not all(_IDENTIFIER.fullmatch(value) for value in request.path_params.values()):
            raise HTTPException(404, "not an identifier")
        visit = StaffVisit(
            door=door,
            request=request,
            path=request.url.path,
            signed_in=signed_in,
            browser=browser_of(door, request),
            now=now,
        )
        if request.method != "POST":
            return await show(visit)
        if submit is None:
            raise HTTPException(405, "a page without a form")
        return await submit(visit)

    # Both methods everywhere: "not allowed" would tell a customer that there is something.
    return Route(path, endpoint, methods=["GET", "POST"])


def _is_strong(signed_in: SignedIn) -> bool:
    return reaches(signed_in.session.acr, Acr.TWO_FACTORS)


async def _sign_in_first(door: FrontDoor, request: Request, now: int, *, acr: str = "") -> Response:
    """What was posted is not done. Whoever turns out to be no agent is asked for no second factor on the way."""
    return_to = CASES if request.url.path.startswith(CASES) else HOME
    if request.method == "POST":
        return RedirectResponse(return_to, 303)
    return await begin_local(door, request, return_to, now, acr=acr)


async def _record_stranger(door: FrontDoor, request: Request, person: Person, now: int) -> None:
    event = Event(
        type=EventType.SUPPORT_REFUSED,
        actor=f"subject:{person.subject_id}",
        outcome="failure",
        reason="not_staff",
        subject_id=person.subject_id,
    )
    await door.database.apply([door.audit.effect(event, circumstances_of(request), now=now)])
