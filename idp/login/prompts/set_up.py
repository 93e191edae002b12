"""The set-up prompt: whoever has to have two factors and lacks one sets one up, inside the sign-in.

No path skips it: what is proven here counts for this sign-in alone, and without it nothing is issued.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.account.setting_up import Scope
from idp.account.two_factor import is_required
from idp.login.demand import usable_ways
from idp.login.dispatch import Ask, is_proving
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject, record_proof
from idp.login.setting_up import steps
from idp.login.setting_up.choosing import KINDS
from idp.login.setting_up.wizard import Wizard
from idp.records.factor import Enrolment, Kind, Way
from idp.spec.assurance import Proof, amr_of
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.statement import Effect
from idp.web.forms import Parameters

PATH = Ask.SET_UP.value
# With a first device there is something to ask for, and the backup codes are still to come.
TURNS: frozenset[Ask] | None = frozenset({Ask.SET_UP, Ask.SECOND_FACTOR})

_WAYS = {
    Kind.PASSKEY: Way.SECURITY_KEY,
    Kind.SECURITY_KEY: Way.SECURITY_KEY,
    Kind.TOTP: Way.TOTP,
    Kind.SMS: Way.SMS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InSignIn:
    """The steps inside a sign-in."""

    door: FrontDoor
    request: Request
    prompted: Prompted

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        return self.door.pages.render(
            self.request,
            template,
            status=status,
            locale=self.prompted.locale,
            frame="layout.html",
            **self.prompted.application(),
            **context,
        )

    def form(self) -> dict[str, str]:
        return self.prompted.form(self.door, PATH)

    async def read_form(self) -> Parameters:
        return await self.door.read_form(self.request, self.prompted.path(PATH))

    async def complete(self, effects: Sequence[Effect], proof: Proof, to: str) -> Response | None:
        return await record_proof(self.door, self.prompted, proof, effects)


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    wizard = await _wizard(door, request, prompted)
    enrolment = await _find(wizard, prompted)
    if prompted.due is Ask.SECOND_FACTOR and (enrolment is None or enrolment.verified_at is None):
        return prompted.to_dispatcher()
    if enrolment is None:
        turns_on = not wizard.standing.has_two_factor and is_required(
            wizard.standing, door.rules.required_groups
        )
        effect, answer = wizard.begin(wizard.fresh_limits(turns_on=turns_on))
        await door.database.apply([effect])
        return answer
    return await steps.show(wizard, enrolment)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(PATH))
    wizard = await _wizard(door, request, prompted)
    enrolment = await _find(wizard, prompted, form)
    if enrolment is None or (prompted.due is Ask.SECOND_FACTOR and enrolment.verified_at is None):
        return prompted.to_dispatcher()
    return await steps.submit(wizard, enrolment, form)


async def _find(wizard: Wizard, prompted: Prompted, form: Parameters | None = None) -> Enrolment | None:
    """The row that is named, unless somebody signed in here anew since: what they proved before counts no more."""
    found = await steps.find(wizard, form)
    began_at = prompted.interaction.authenticated_at if is_proving(prompted.interaction) else None
    return found if found is not None and found.created_at >= (began_at or 0) else None


async def _wizard(door: FrontDoor, request: Request, prompted: Prompted) -> Wizard:
    subject_id = proving_subject(prompted)
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=subject_id)
    assert person is not None
    assert prompted.standing is not None  # The dispatcher knows whom it asks.
    return Wizard(
        door=door,
        request=request,
        frame=InSignIn(door=door, request=request, prompted=prompted),
        path=prompted.path(PATH),
        cancel_url=_cancel_url(prompted),
        person=person,
        standing=prompted.standing,
        scope=Scope(subject_id=subject_id, interaction_id=prompted.interaction.interaction_id),
        kinds=_sufficient(door, prompted),
        locale=prompted.locale,
        now=prompted.now,
    )


def _sufficient(door: FrontDoor, prompted: Prompted) -> tuple[Kind, ...]:
    """What reaches the rung that is asked for, beside what is proven already."""
    assert prompted.standing is not None
    reached = amr_of(prompted.interaction.proven)
    if prompted.signed_in is not None and not reached:
        reached = prompted.signed_in.session.amr
    with_all = replace(prompted.standing, totps=1, keys=1, phones=1)
    ways = usable_ways(prompted.demand, with_all, door.rules, reached)
    return tuple(kind for kind in KINDS if _WAYS[kind] in ways)


def _cancel_url(prompted: Prompted) -> str:
    """The way out is the application's, or to sign in as somebody else."""
    uri = prompted.client.client_uri if prompted.client else ""
    return uri or prompted.path(Ask.LOGIN)
