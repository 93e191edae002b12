"""The set-up prompt: whoever has to have two factors and lacks one sets one up, inside the sign-in; so does whoever was
recommended to, and wants to.

No path skips it where it is owed: what is proven here counts for this sign-in alone, and without it nothing is issued.
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
# With a first device something else is due, or nothing, and the backup codes are still to come: `_is_open`.
TURNS: frozenset[Ask] | None = None
_BEGINS = frozenset({Ask.SET_UP, Ask.RECOMMEND})
_GOES_ON = frozenset({Ask.SECOND_FACTOR, Ask.BACKUP_ADDRESS, None})

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
            is_owed=_is_owed(self.prompted),
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
    if prompted.standing is None:
        return prompted.to_dispatcher()
    wizard = await _wizard(door, request, prompted)
    enrolment = await _find(wizard, prompted)
    if not _is_open(prompted, enrolment):
        return prompted.to_dispatcher()
    if enrolment is None:
        effect, answer = wizard.begin(wizard.fresh_limits(turns_on=_turns_on(prompted, wizard)))
        await door.database.apply([effect])
        return answer
    return await steps.show(wizard, enrolment)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(PATH))
    if prompted.standing is None:
        return prompted.to_dispatcher()
    wizard = await _wizard(door, request, prompted)
    enrolment = await _find(wizard, prompted, form)
    if enrolment is None or not _is_open(prompted, enrolment):
        return prompted.to_dispatcher()
    return await steps.submit(wizard, enrolment, form)


def _is_open(prompted: Prompted, enrolment: Enrolment | None) -> bool:
    """Whether a device may be chosen now; or one was verified in this very sign-in, and its backup codes are shown."""
    if prompted.due in _BEGINS:
        return True
    if enrolment is None or enrolment.verified_at is None:
        return False
    return prompted.due in _GOES_ON and enrolment.completed_at is None


def _is_owed(prompted: Prompted) -> bool:
    return prompted.due in (Ask.SET_UP, Ask.SECOND_FACTOR)


def _turns_on(prompted: Prompted, wizard: Wizard) -> bool:
    """Whether the device comes with two-factor authentication: not where an application alone asked for it."""
    is_wanted = prompted.due is Ask.RECOMMEND or is_required(
        wizard.standing, wizard.door.rules.required_groups
    )
    return is_wanted and not wizard.standing.has_two_factor


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
    """The way out is the application's, or to sign in as somebody else; back to where it was only recommended."""
    if not _is_owed(prompted):
        return prompted.path(Ask.RECOMMEND)
    uri = prompted.client.client_uri if prompted.client else ""
    return uri or prompted.path(Ask.LOGIN)
