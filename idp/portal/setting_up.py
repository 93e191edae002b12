"""The wizard among the customer's own pages: `/account/security/set-up` for a device, with which two-factor
authentication is turned on if it is off; `…/passkey` for a passkey alone, which turns nothing on; `…/backup-codes`.

It begins only for who proved lately who they are, and then holds half an hour (`factors.setup_seconds`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from idp.account.backup_codes import new_codes
from idp.account.setting_up import Scope
from idp.login.interaction import begin_local
from idp.login.setting_up import steps
from idp.login.setting_up.choosing import KINDS
from idp.login.setting_up.wizard import Wizard
from idp.portal.factors import devices_of, standing_of, usable
from idp.portal.visit import Visit, is_recent
from idp.records.factor import Enrolment, Kind
from idp.spec.assurance import Acr, Proof, reaches
from idp.store.sessions import PROVE_FACTOR
from idp.store.statement import Effect
from idp.web.forms import Parameters

SET_UP_PATH = "/account/security/set-up"
PASSKEY_PATH = "/account/security/passkey"
BACKUP_CODES_PATH = "/account/security/backup-codes"
PATHS = (SET_UP_PATH, PASSKEY_PATH, BACKUP_CODES_PATH)
_SECURITY_PATH = "/account/security"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPages:
    """The steps among the customer's own pages."""

    visit: Visit

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        return self.visit.render(template, status=status, frame="account/layout.html", **context)

    def form(self) -> dict[str, str]:
        return self.visit.form()

    async def read_form(self) -> Parameters:
        return await self.visit.read_form()

    async def complete(self, effects: Sequence[Effect], proof: Proof, to: str) -> Response | None:
        """The session remembers that a factor was proven in it: nobody is asked for it again at once."""
        visit = self.visit
        proven = PROVE_FACTOR.effect(
            expects=1, of_session=visit.session.session_id, of_subject=visit.person.subject_id, now=visit.now
        )
        applied = await visit.door.database.apply([*effects, proven])
        return RedirectResponse(to, 303) if applied else None


async def show(visit: Visit) -> Response:
    wizard = await _wizard(visit)
    enrolment = await steps.find(wizard)
    if enrolment is None:
        return await _begin(visit, wizard)
    return await steps.show(wizard, enrolment, existing=await _existing(wizard, enrolment))


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    wizard = await _wizard(visit)
    enrolment = await steps.find(wizard, form)
    if enrolment is None:
        # It has expired, or was never this session's: begin again.
        return visit.back()
    if form.get("action") == "existing" and enrolment.turns_on and enrolment.verified_at is None:
        return await _use_existing(visit, wizard, enrolment)
    return await steps.submit(wizard, enrolment, form)


async def _begin(visit: Visit, wizard: Wizard) -> Response:
    recent_seconds = visit.door.settings.factors.recent_seconds
    if not await is_recent(visit.door, visit.signed_in, recent_seconds, visit.now):
        return await begin_local(
            visit.door, visit.request, visit.path, visit.now, recent_seconds=recent_seconds
        )
    if visit.path == BACKUP_CODES_PATH:
        if not wizard.standing.has_two_factor:
            return RedirectResponse(_SECURITY_PATH, 303)
        # They replace the others once they are kept.
        return await _begin_codes(wizard, turns_on=False)
    is_passkey = visit.path == PASSKEY_PATH
    limits = wizard.fresh_limits(turns_on=not is_passkey and not wizard.standing.has_two_factor)
    effect, answer = wizard.begin(limits, kind=Kind.PASSKEY if is_passkey else Kind.UNCHOSEN)
    await visit.door.database.apply([effect])
    return answer


async def _use_existing(visit: Visit, wizard: Wizard, enrolment: Enrolment) -> Response:
    """Turn two-factor authentication on with devices that are there, once one of them was proven in this session."""
    if not wizard.standing.has_device:
        return wizard.step(enrolment)
    if not reaches(visit.session.acr, Acr.TWO_FACTORS):
        return await begin_local(visit.door, visit.request, visit.path, visit.now, acr=Acr.TWO_FACTORS)
    return await _begin_codes(wizard, turns_on=True)


async def _begin_codes(wizard: Wizard, *, turns_on: bool) -> Response:
    secret = "\n".join(new_codes(wizard.door.entropy))
    effect, answer = wizard.begin(
        wizard.fresh_limits(turns_on=turns_on), kind=Kind.BACKUP_CODES, secret=secret
    )
    await wizard.door.database.apply([effect])
    return answer


async def _existing(wizard: Wizard, enrolment: Enrolment) -> tuple[str, ...]:
    if not enrolment.turns_on or not wizard.standing.has_device:
        return ()
    devices = await devices_of(wizard.door.database, wizard.person.subject_id)
    return tuple(device.name for device in usable(devices, sms=wizard.door.rules.sms))


async def _wizard(visit: Visit) -> Wizard:
    return Wizard(
        door=visit.door,
        request=visit.request,
        frame=OwnPages(visit=visit),
        path=visit.path,
        cancel_url=_SECURITY_PATH,
        person=visit.person,
        standing=await standing_of(visit),
        scope=Scope(subject_id=visit.person.subject_id, session_id=visit.session.session_id),
        kinds=_kinds(visit),
        locale=visit.locale,
        now=visit.now,
    )


def _kinds(visit: Visit) -> tuple[Kind, ...]:
    if visit.path == PASSKEY_PATH:
        return (Kind.PASSKEY,)
    return tuple(kind for kind in KINDS if kind is not Kind.SMS or visit.door.rules.sms)
