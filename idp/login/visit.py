"""A visit of somebody signed in to one of our own pages: who, from where, and the frame around every page."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.two_factor import Keeper
from idp.login.demand import Demand
from idp.login.dispatch import Issue, next_step
from idp.login.front_door import FrontDoor, with_browser
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.session import Session, SignedIn
from idp.store.factors import STANDING
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters
from idp.web.headers import Posture
from idp.web.pages import SIGN_OUT_PATH


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


async def is_recent(door: FrontDoor, signed_in: SignedIn, recent_seconds: int, now: int) -> bool:
    """Whether the person proved who they are lately: by a factor, where they are asked for one at every sign-in."""
    standing = await door.database.one(STANDING, of_subject=signed_in.person.subject_id)
    demand = Demand(recent_seconds=recent_seconds)
    step = next_step(demand, signed_in, None, standing=standing, consent=None, rules=door.rules, now=now)
    return isinstance(step, Issue)


def browser_of(door: FrontDoor, request: Request) -> str:
    """The browser cookie that a visit's forms are bound to, new if there was none."""
    return door.browser(request) or door.new_browser()
