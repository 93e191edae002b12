"""Step 1: which kind of device."""

from starlette.responses import Response

from idp.account.setting_up import Limits
from idp.account.totp import new_secret
from idp.login.setting_up.wizard import Wizard
from idp.records.factor import Enrolment, Kind
from idp.web.forms import Parameters

KINDS = (Kind.PASSKEY, Kind.TOTP, Kind.SECURITY_KEY, Kind.SMS)
"""In the order in which they are offered."""


def show(wizard: Wizard, enrolment: Enrolment, *, existing: tuple[str, ...] = ()) -> Response:
    """`existing` are the names of devices that are set up already and may be used instead of a new one."""
    return wizard.render(
        "set-up/choose.html",
        enrolment,
        number=1,
        kinds=[kind.value for kind in wizard.kinds],
        turns_on=enrolment.turns_on,
        existing=existing,
        is_first=not wizard.standing.has_device,
    )


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    """A row of its own for each choice: a page of another choice, open elsewhere, goes on working."""
    chosen = next((kind for kind in wizard.kinds if kind.value == form.get("action")), None)
    if chosen is None:
        return wizard.step(enrolment)
    limits = Limits(
        expires_at=enrolment.expires_at, tries=wizard.door.settings.code.tries, turns_on=enrolment.turns_on
    )
    secret = new_secret(wizard.door.entropy) if chosen is Kind.TOTP else ""
    effect, answer = wizard.begin(limits, kind=chosen, secret=secret)
    await wizard.door.database.apply([effect])
    return answer
