"""From a row to the page of its step, and from a form to the act of its step."""

from starlette.responses import Response

from idp.login.setting_up import choosing, codes, key, phone, totp
from idp.login.setting_up.wizard import FIELD, Wizard
from idp.records.factor import Enrolment, Kind
from idp.web.forms import Parameters


async def show(wizard: Wizard, enrolment: Enrolment, *, existing: tuple[str, ...] = ()) -> Response:
    """The step that the row is at; with `choose` in the query the first one again, as long as nothing is verified."""
    if enrolment.completed_at is not None:
        return _done(wizard, enrolment)
    if enrolment.verified_at is not None:
        return codes.show(wizard, enrolment)
    if "choose" in wizard.request.query_params:
        return choosing.show(wizard, enrolment, existing=existing)
    match enrolment.kind:
        case Kind.TOTP:
            return totp.show(wizard, enrolment)
        case Kind.SECURITY_KEY | Kind.PASSKEY:
            return await key.show(wizard, enrolment)
        case Kind.SMS:
            return await phone.show(wizard, enrolment)
        case Kind.UNCHOSEN | Kind.BACKUP_CODES:
            return choosing.show(wizard, enrolment, existing=existing)


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    """What the form asks for, if the row is still at that form's step; else the step that it is at."""
    if enrolment.completed_at is not None:
        return wizard.step(enrolment)
    match form.get("form"), enrolment.kind:
        case ("choose", _) if enrolment.verified_at is None:
            return await choosing.submit(wizard, enrolment, form)
        case ("backup-codes", _) if enrolment.verified_at is not None:
            return await codes.submit(wizard, enrolment, form)
        case (_, _) if enrolment.verified_at is not None:
            return wizard.step(enrolment)
        case ("totp", Kind.TOTP):
            return await totp.submit(wizard, enrolment, form)
        case ("key", Kind.SECURITY_KEY | Kind.PASSKEY):
            return await key.submit(wizard, enrolment, form)
        case ("phone", Kind.SMS):
            return await phone.submit(wizard, enrolment, form)
        case _:
            return wizard.step(enrolment)


async def find(wizard: Wizard, form: Parameters | None = None) -> Enrolment | None:
    """The row that the form names, or else the address."""
    named = form.get(FIELD) if form is not None else wizard.request.query_params.get(FIELD)
    return await wizard.find(named)


def _done(wizard: Wizard, enrolment: Enrolment) -> Response:
    return wizard.render(
        "set-up/done.html",
        enrolment,
        number=4 if enrolment.turns_on else 3,
        device_name=enrolment.name,
        kind=enrolment.kind.value,
        turns_on=enrolment.turns_on,
        has_two_factor=wizard.standing.has_two_factor,
    )
