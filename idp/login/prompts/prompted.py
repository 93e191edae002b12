"""What a prompt knows when it is shown or submitted."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse

from idp.login.demand import Demand
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.interaction import path_of
from idp.records.client import Client
from idp.records.factor import Standing
from idp.records.interaction import Interaction
from idp.records.session import SignedIn
from idp.web.forms import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """`client` is None for one of our own pages; `signed_in` is whom the browser's session belongs to, if anybody;
    `scopes` are what the client would get. `standing` is that of whoever has to prove something now, None where nobody
    is known yet; `due` is the prompt whose turn it is, None where none is.
    """

    interaction: Interaction
    client: Client | None
    signed_in: SignedIn | None
    scopes: tuple[str, ...]
    demand: Demand
    standing: Standing | None
    due: Ask | None
    browser: str
    locale: str
    now: int

    def path(self, step: str) -> str:
        return path_of(self.interaction.interaction_id, step)

    def form(self, door: FrontDoor, step: str) -> dict[str, Any]:
        """The variables of every form: where it goes and its token, which is bound to this interaction and step."""
        path = self.path(step)
        return {"form_action": path, "csrf_token": door.form_token(self.browser, path)}

    def names_who_answers(self, form: Parameters) -> bool:
        """Whether the page named the person whose session this is: another tab may have signed in somebody else since,
        and nobody answers for them.
        """
        return self.signed_in is not None and form.get("account") == self.signed_in.person.customer_id

    def application(self) -> dict[str, Any]:
        """The variables that say for whom we ask."""
        return {"application": self.client.name_in(self.locale) if self.client else ""}

    def to_dispatcher(self) -> RedirectResponse:
        """Where every step returns to. 303: the form is not posted again (RFC 9700 §4.12)."""
        return RedirectResponse(self.path(""), 303)


@dataclass(frozen=True, slots=True)
class Denied:
    """The person said no: the application gets its answer, and nothing was recorded."""
