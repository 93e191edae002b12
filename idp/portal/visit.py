"""A visit of somebody signed in to one of their own pages: who, from where, and the frame around every page.

Whoever is not signed in is sent to do so first and comes back to the page; what they had posted is not done.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.account.two_factor import Keeper
from idp.login.demand import Demand
from idp.login.dispatch import Issue, next_step
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import begin_local
from idp.oidc.logout import SIGN_OUT_PATH
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.session import Session, SignedIn
from idp.store.factors import STANDING
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters
from idp.web.headers import Posture


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for the page at `path`. `browser` is the browser cookie, new if there was none."""

    door: FrontDoor
    request: Request
    path: str
    signed_in: SignedIn
    browser: str
    now: int

    @property
    def person(self) -> Person:
        return self.signed_in.person

    @property
    def session(self) -> Session:
        return self.signed_in.session

    @property
    def locale(self) -> str:
        """The language that the page speaks."""
        return self.door.pages.locale(self.request, self._wished)

    @property
    def occasion(self) -> Occasion:
        return Occasion(
            now=self.now,
            actor=f"subject:{self.person.subject_id}",
            circumstances=circumstances_of(self.request),
        )

    @property
    def keeper(self) -> Keeper:
        """For acts on the person's own second factors."""
        return Keeper(
            audit=self.door.audit,
            entropy=self.door.entropy,
            root_keys=self.door.root_keys,
            occasion=self.occasion,
            subject_id=self.person.subject_id,
        )

    async def read_form(self) -> Parameters:
        """The fields of this page's form. Raises FormRejected or MalformedForm."""
        return await self.door.read_form(self.request, self._purpose)

    def form(self) -> dict[str, str]:
        """The variables of this page's forms."""
        return {"form_action": self.path, "csrf_token": self.door.form_token(self.browser, self._purpose)}

    def render(self, template: str, **context: Any) -> Response:
        response = self.door.pages.render(
            self.request,
            template,
            posture=Posture.PORTAL,
            locale=self._wished,
            name=self.person.name,
            email=self.person.primary_email or "",
            customer_id=self.person.customer_id,
            sign_out_url=SIGN_OUT_PATH,
            sign_out_token=self.door.form_token(self.browser, SIGN_OUT_PATH),
            **context,
        )
        return with_browser(self.door, response, self.browser)

    def back(self) -> RedirectResponse:
        """The page again, after its form: 303, so that a reload posts nothing."""
        return RedirectResponse(self.path, 303)

    @property
    def _purpose(self) -> str:
        # Bound to the session too: a page that somebody left open never acts for the next one in the same browser.
        return f"{self.path} {self.session.sid}"

    @property
    def _wished(self) -> str:
        return self.door.locale(self.request, None, self.signed_in)


Page = Callable[[Visit], Awaitable[Response]]


async def is_recent(door: FrontDoor, signed_in: SignedIn, recent_seconds: int, now: int) -> bool:
    """Whether the person proved who they are lately: by a factor, where they are asked for one at every sign-in."""
    standing = await door.database.one(STANDING, of_subject=signed_in.person.subject_id)
    demand = Demand(recent_seconds=recent_seconds)
    step = next_step(demand, signed_in, None, standing=standing, consent=None, rules=door.rules, now=now)
    return isinstance(step, Issue)


def own_page(
    door: FrontDoor, path: str, *, show: Page, submit: Page | None = None, is_sensitive: bool = False
) -> Route:
    """The route of a page for who is signed in. `path` is one of `LOCAL_PATHS`. A sensitive one asks whoever proved
    nothing for a while to do it again, and what they had posted is not done.
    """
    recent_seconds = door.settings.factors.recent_seconds if is_sensitive else None

    async def endpoint(request: Request) -> Response:
        now = door.clock.now()
        signed_in = await door.signed_in(request, now)
        if signed_in is None and request.method == "POST":
            # Another site's post carries no Lax cookie, and must not replace any.
            return RedirectResponse(path, 303)
        if signed_in is None:
            return await begin_local(door, request, path, now)
        if recent_seconds is not None and not await is_recent(door, signed_in, recent_seconds, now):
            return await begin_local(door, request, path, now, recent_seconds=recent_seconds)
        visit = Visit(
            door=door,
            request=request,
            path=path,
            signed_in=signed_in,
            browser=door.browser(request) or door.new_browser(),
            now=now,
        )
        if submit is not None and request.method == "POST":
            return await submit(visit)
        return await show(visit)

    return Route(path, endpoint, methods=["GET", "POST"] if submit else ["GET"])
