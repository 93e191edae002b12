"""Step 3: ten backup codes, shown until their owner says that they are kept; then they work, and are shown no more."""

from starlette.responses import Response

from idp.account.setting_up import completed, open_sealed
from idp.account.two_factor import renew_backup_codes, turn_on
from idp.login.setting_up.key import proof_of_key
from idp.login.setting_up.wizard import Wizard
from idp.records.factor import Enrolment, Kind
from idp.spec.assurance import Proof
from idp.store.factors import PASSKEYS
from idp.store.statement import Effect
from idp.web.forms import Parameters
from idp.web.locale import Message

_NOT_KEPT = Message("Save the codes first, then tick the box")
_NO_DEVICE = Message(
    "No device is set up any more: it was removed meanwhile. Backup codes need one beside them. Choose a way again."
)


def show(
    wizard: Wizard, enrolment: Enrolment, *, status: int = 200, errors: dict[str, Message] | None = None
) -> Response:
    codes = open_sealed(wizard.door.root_keys, enrolment).split("\n")
    return wizard.render(
        "set-up/backup-codes.html",
        enrolment,
        number=3,
        status=status,
        codes=codes,
        turns_on=enrolment.turns_on,
        errors=errors or {},
    )


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    if form.get("saved") != "1":
        return show(wizard, enrolment, status=422, errors={"saved": _NOT_KEPT})
    codes = open_sealed(wizard.door.root_keys, enrolment).split("\n")
    act, what = (
        (turn_on, "two-factor-on") if enrolment.turns_on else (renew_backup_codes, "backup-codes-made")
    )
    effects = [
        completed(enrolment, now=wizard.now),
        *act(wizard.keeper, codes),
        *wizard.notice(what),
    ]
    answer = await _finish(wizard, enrolment, effects)
    if answer is not None:
        wizard.door.outbox.wake()
        return answer
    return await _not_done(wizard, enrolment)


async def _finish(wizard: Wizard, enrolment: Enrolment, effects: list[Effect]) -> Response | None:
    if enrolment.kind is Kind.BACKUP_CODES:
        # Nothing is proven by looking at codes.
        return wizard.step(enrolment) if await wizard.door.database.apply(effects) else None
    proof = await _proof(wizard, enrolment)
    return await wizard.frame.complete(effects, proof, wizard.to(enrolment))


async def _proof(wizard: Wizard, enrolment: Enrolment) -> Proof:
    """What the device of step 2 proved."""
    match enrolment.kind:
        case Kind.TOTP:
            return Proof.TOTP
        case Kind.SMS:
            return Proof.SMS
        case _:
            keys = await wizard.door.database.all(PASSKEYS, of_subject=wizard.person.subject_id)
            return proof_of_key(keys[-1]) if keys else Proof.SECURITY_KEY


async def _not_done(wizard: Wizard, enrolment: Enrolment) -> Response:
    """Done by another submission, or the last device was removed in another tab."""
    now = await wizard.find(enrolment.enrolment_id)
    if now is None or now.completed_at is not None:
        return wizard.step(enrolment)
    return show(wizard, now, status=409, errors={"form": _NO_DEVICE})
