"""Step 2 for an authenticator app: a secret to scan or to type, and the first code that the app makes of it."""

import segno
from markupsafe import Markup
from starlette.responses import Response

from idp.account.device_name import LONGEST_NAME, free_name, read_name
from idp.account.setting_up import open_sealed, spend_try
from idp.account.totp import grouped, looks_like_totp, matching_step, otpauth_uri
from idp.account.two_factor import add_totp
from idp.login.setting_up.wizard import Wizard
from idp.records.event import EventType
from idp.records.factor import Enrolment, Kind
from idp.spec.assurance import Proof
from idp.store.factors import TOTPS
from idp.web.forms import Parameters
from idp.web.locale import Message

_NAME = Message("Authenticator app")
_CODE_MISSING = Message("Enter the code of six digits that the app shows")
_CODE_WRONG = Message(
    "The code is not the one that the app should show. Check that the time of your phone is set automatically,"
    " then enter the code that the app shows now. Tries left: %(left)s."
)
_NO_TRIES = Message(
    "Those were too many wrong codes. Choose a way again: you get a new QR code. In the app, delete the entry that you"
    " have just made."
)
NAME_TOO_LONG = Message(
    "The name is too long. Use at most %(longest)s characters.", {"longest": LONGEST_NAME}
)


def show(
    wizard: Wizard,
    enrolment: Enrolment,
    *,
    status: int = 200,
    name: str = "",
    errors: dict[str, Message] | None = None,
) -> Response:
    secret = open_sealed(wizard.door.root_keys, enrolment)
    person = wizard.person
    brand = wizard.door.pages.subsidiaries.brand_of_account(country=person.country, language=person.language)
    uri = otpauth_uri(secret, issuer=brand.name, account=person.customer_id)
    return wizard.render(
        "set-up/totp.html",
        enrolment,
        number=2,
        status=status,
        qr_code=_qr_code(uri),
        secret=grouped(secret),
        app_url=uri,
        device_name=name,
        errors=errors or {},
        is_over=enrolment.tries_left == 0,
    )


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    typed, name = form.get("code", ""), read_name(form.get("name", ""))
    if name is None:
        return show(wizard, enrolment, status=422, errors={"name": NAME_TOO_LONG})
    if not looks_like_totp(typed):
        # What can't be a code costs no try.
        return show(wizard, enrolment, status=422, name=name, errors={"code": _CODE_MISSING})
    if not await spend_try(wizard.door.database, enrolment, wizard.now):
        return await _refused(wizard, enrolment, name)
    secret = open_sealed(wizard.door.root_keys, enrolment)
    match = matching_step(secret, typed, now=wizard.now, last_step=-1)
    if match.step is None:
        failed = wizard.keeper.recorded(
            EventType.FACTOR_ADDED, factor=Kind.TOTP, reason="wrong_code", failed=True
        )
        await wizard.door.database.apply([failed])
        return await _refused(wizard, enrolment, name)
    name = name or await _default_name(wizard)
    effects = add_totp(wizard.keeper, secret=secret, name=name, step=match.step)
    answer = await wizard.verified(enrolment, effects, what="totp-added", name=name, proof=Proof.TOTP)
    # Nothing kept: another submission of the same page was quicker, and the row says where it led.
    return answer or wizard.step(enrolment)


async def _refused(wizard: Wizard, enrolment: Enrolment, name: str) -> Response:
    """The page as the row stands now: verified by another submission, out of tries, or with some left."""
    now = await wizard.find(enrolment.enrolment_id)
    if now is None or now.verified_at is not None:
        return wizard.step(enrolment)
    if now.tries_left == 0:
        return show(wizard, now, status=422, name=name, errors={"form": _NO_TRIES})
    wrong = Message(_CODE_WRONG.msgid, {"left": now.tries_left})
    return show(wizard, now, status=422, name=name, errors={"code": wrong})


async def _default_name(wizard: Wizard) -> str:
    taken = [totp.name for totp in await wizard.door.database.all(TOTPS, of_subject=wizard.person.subject_id)]
    return free_name(wizard.door.pages.say(_NAME, wizard.locale), taken)


def _qr_code(uri: str) -> Markup:
    """Drawn into the page: nobody stores a picture of the secret. Light ground and margin, in dark pages too."""
    code = segno.make(uri, error="m", micro=False)
    drawing = code.svg_inline(
        omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return Markup(drawing)  # noqa: S704 - it is made of numbers alone.
