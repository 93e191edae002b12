"""What the steps share: where they stand, whose factor it is, and how a step is left.

The customer's own pages and a sign-in that demands a factor show the same steps. Each step reads what its row says, so
that the back button, a bookmark, a second submission or another tab never loses anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account import setting_up
from idp.account.backup_codes import new_codes
from idp.account.setting_up import Limits, Scope
from idp.account.two_factor import Keeper
from idp.login.front_door import FrontDoor
from idp.login.notices import device_notice
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.factor import Enrolment, Kind, Standing
from idp.spec.assurance import Proof
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters

STEPS = 4
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")
FIELD = "enrolment"
"""The query parameter and the hidden field that name the row."""


class Frame(Protocol):
    """The page that the steps stand in."""

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response: ...

    def form(self) -> dict[str, str]:
        """The variables of every form."""

    async def read_form(self) -> Parameters: ...

    async def complete(self, effects: Sequence[Effect], proof: Proof, to: str) -> Response | None:
        """Apply the last effects, which prove a factor. None, with nothing applied, if an expectation failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """One request for a step. `kinds` are what may be set up here; `path` is the page's, `cancel_url` the way out."""

    door: FrontDoor
    request: Request
    frame: Frame
    path: str
    cancel_url: str
    person: Person
    standing: Standing
    scope: Scope
    kinds: tuple[Kind, ...]
    locale: str
    now: int

    @property
    def keeper(self) -> Keeper:
        return Keeper(
            audit=self.door.audit,
            entropy=self.door.entropy,
            root_keys=self.door.root_keys,
            occasion=Occasion(
                now=self.now,
                actor=f"subject:{self.person.subject_id}",
                circumstances=circumstances_of(self.request),
            ),
            subject_id=self.person.subject_id,
        )

    async def find(self, enrolment_id: str | None) -> Enrolment | None:
        """The row that a query or a form names, if it is of this very session or sign-in."""
        # A query may hold anything, and PostgreSQL refuses some of it.
        if enrolment_id is None or not _IDENTIFIER.fullmatch(enrolment_id):
            return None
        return await setting_up.find_own(self.door.database, self.scope, enrolment_id, self.now)

    def begin(
        self, limits: Limits, *, kind: Kind = Kind.UNCHOSEN, secret: str = ""
    ) -> tuple[Effect, Response]:
        """A new row, and the way to its step."""
        enrolment_id, effect = setting_up.begin(
            self.door.entropy, self.door.root_keys, self.scope, limits, kind=kind, secret=secret, now=self.now
        )
        return effect, RedirectResponse(f"{self.path}?{FIELD}={enrolment_id}", 303)

    def fresh_limits(self, *, turns_on: bool) -> Limits:
        settings = self.door.settings
        return Limits(
            expires_at=self.now + settings.factors.setup_seconds, tries=settings.code.tries, turns_on=turns_on
        )

    def to(self, enrolment: Enrolment) -> str:
        return f"{self.path}?{FIELD}={enrolment.enrolment_id}"

    def step(self, enrolment: Enrolment) -> RedirectResponse:
        """The step that the row is at: whatever was just sent is not sent again by a reload."""
        return RedirectResponse(self.to(enrolment), 303)

    def render(
        self, template: str, enrolment: Enrolment, *, number: int, status: int = 200, **context: Any
    ) -> Response:
        """A step's page. `number` is the step's place among the four, as people count."""
        return self.frame.render(
            template,
            status=status,
            **self.frame.form(),
            **context,
            enrolment=enrolment.enrolment_id,
            step=number,
            steps=STEPS if enrolment.turns_on else STEPS - 1,
            choose_url=f"{self.to(enrolment)}&choose=1" if len(self.kinds) > 1 else "",
            cancel_url=self.cancel_url,
            owner=self.person.customer_id,
        )

    def notice(self, what: str, name: str = "") -> list[Effect]:
        """The mail that tells the owner."""
        return device_notice(self.door, self.person, what, self.door.seen(self.request), name, now=self.now)

    async def verified(
        self, enrolment: Enrolment, effects: Sequence[Effect], *, what: str, name: str, proof: Proof
    ) -> Response | None:
        """Keep a device that was just shown to work. The way to what comes next, or None if nothing was kept."""
        codes = new_codes(self.door.entropy) if enrolment.turns_on else ()
        kept = setting_up.verified(
            self.door.root_keys, enrolment, name=name, backup_codes=codes, now=self.now
        )
        everything = [kept, *effects, *self.notice(what, name)]
        if not codes:
            answer = await self.frame.complete(everything, proof, self.to(enrolment))
        else:
            answer = self.step(enrolment) if await self.door.database.apply(everything) else None
        if answer is not None:
            self.door.outbox.wake()
        return answer
