"""Authenticator apps at sign-in: any of those that the person set up. A step is accepted once ever (S44)."""

from datetime import timedelta

from idp.account.totp import looks_like_totp, matching_step, open_secret
from idp.login.factors.answer import Answer, Proven, Shown, Wrong
from idp.records.factor import Way
from idp.spec.assurance import Proof
from idp.store.factors import REDEEM_TOTP, TOTPS
from idp.web.forms import Parameters
from idp.web.locale import Message

WAY = Way.TOTP
IS_GUESSABLE = True

_UNFIT = Message("Enter the six digits that your app shows")
_WRONG = Message(
    "That code isn’t right. Check that you use the app for this account, and that its code is new."
)


def unfit(form: Parameters) -> Message | None:
    return None if looks_like_totp(form.get("code", "")) else _UNFIT


async def prove(shown: Shown) -> Answer:
    apps = await shown.door.database.all(TOTPS, of_subject=shown.subject_id)
    code, wait = shown.form["code"], None
    for app in apps:
        secret = open_secret(shown.door.root_keys, app)
        match = matching_step(secret, code, now=shown.now, last_step=app.last_step)
        if match.step is not None:
            redeemed = REDEEM_TOTP.effect(
                expects=1, of_totp=app.totp_id, of_subject=shown.subject_id, step=match.step, now=shown.now
            )
            return Proven(proof=Proof.TOTP, effects=(redeemed,))
        if match.is_used:
            wait = match.wait_seconds
    if wait is None:
        return Wrong(message=_WRONG, reason="wrong_code")
    # Only a code that was right before says so, to somebody who has seen it: nothing about the next one.
    used = Message(
        "That code was used before, and each works once. Wait for the next code, %(wait)s.",
        {"wait": timedelta(seconds=wait)},
    )
    return Wrong(message=used, reason="replayed_step")
