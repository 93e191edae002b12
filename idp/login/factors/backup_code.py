"""Backup codes at sign-in: each once, however it is spelled, and its owner is told (S46)."""

from idp.account.backup_codes import digest_of_code, looks_like_backup_code
from idp.login.factors.answer import Answer, Proven, Shown, Wrong
from idp.login.notices import security_notice
from idp.records.factor import Way
from idp.spec.assurance import Proof
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.factors import BACKUP_CODE, REDEEM_BACKUP_CODE
from idp.web.forms import Parameters
from idp.web.locale import Message

WAY = Way.BACKUP_CODE
IS_GUESSABLE = True

_UNFIT = Message("Enter one of your backup codes: 16 letters and digits")
_WRONG = Message("That isn’t one of your newest backup codes. Check for letters that you may have mistaken.")
_USED = Message("You have used that backup code before, and each works once. Use another one.")


def unfit(form: Parameters) -> Message | None:
    return None if looks_like_backup_code(form.get("code", "")) else _UNFIT


async def prove(shown: Shown) -> Answer:
    digest = digest_of_code(shown.form["code"])
    found = await shown.door.database.one(BACKUP_CODE, of_subject=shown.subject_id, of_digest=digest)
    if found is None:
        return Wrong(message=_WRONG, reason="wrong_code")
    if found.used_at is not None:
        return Wrong(message=_USED, reason="used_code")
    person = await shown.door.database.one(PERSON_BY_SUBJECT, subject_id=shown.subject_id)
    assert person is not None
    left = max(shown.standing.backup_codes - 1, 0)
    redeemed = REDEEM_BACKUP_CODE.effect(
        expects=1, of_subject=shown.subject_id, of_digest=digest, now=shown.now
    )
    told = security_notice(
        shown.door,
        person,
        "backup-code-used",
        shown.door.seen(shown.request),
        detail=str(left),
        now=shown.now,
    )
    return Proven(proof=Proof.BACKUP_CODE, effects=(redeemed, *told))
