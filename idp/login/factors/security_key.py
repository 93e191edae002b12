"""Security keys at sign-in: one of those that the person set up signs a challenge (WebAuthn §7.2).

Whether the key verified its user is noted, not demanded: the password is the other factor, and keys from before FIDO2
can't.
"""

from starlette.responses import Response

from idp.account.passkeys import PasskeyProblem, RelyingParty
from idp.account.passkeys import Wrong as Refusal
from idp.login.assertion import (
    Presented,
    Signed,
    challenge_signed,
    copied_key,
    options,
    read_assertion,
    redeem,
)
from idp.login.factors.answer import Answer, Proven, Shown, Wrong
from idp.records.factor import Passkey, Way
from idp.spec.token_value import is_same
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.factors import PASSKEYS, SECURITY
from idp.web.forms import Parameters
from idp.web.locale import Message

WAY = Way.SECURITY_KEY
IS_GUESSABLE = False

_UNFIT = Message(
    "Your browser didn’t ask your key. That needs JavaScript and a browser that knows security keys."
)
_WRONG = Message("That didn’t work with this key. Try again, or use another way.")
_STRANGER = Message("That key isn’t set up for this account. Use one that is, or another way.")
_LATE = Message("That took too long. Try again.")
_COPIED = Message(
    "That key answered as a copy of it would, so we no longer accept it. Use another way, then remove the key from your"
    " account."
)


def unfit(form: Parameters) -> Message | None:
    return None if form.get("credential") else _UNFIT


async def ask(shown: Shown) -> Response:
    """A challenge for the person's keys, as JSON."""
    return await options(
        shown.door,
        shown.interaction,
        "security-key",
        subject_id=shown.subject_id,
        allowed=await _usable(shown),
        locale=shown.locale,
        now=shown.now,
    )


async def prove(shown: Shown) -> Answer:
    try:
        presented = read_assertion(shown.form["credential"])
        passkey = await _presented_key(shown, presented)
        signed = await _signed(shown, presented, passkey)
    except PasskeyProblem as problem:
        return Wrong(message=_said(problem.wrong), reason=problem.wrong.value)
    if signed.asserted.is_copied:
        person = await shown.door.database.one(PERSON_BY_SUBJECT, subject_id=shown.subject_id)
        assert person is not None
        effects = copied_key(shown.door, shown.request, person, passkey, factor=WAY.value, now=shown.now)
        return Wrong(message=_COPIED, reason="copied_key", effects=effects)
    return Proven(proof=signed.proof, effects=redeem(signed, now=shown.now))


async def _signed(shown: Shown, presented: Presented, passkey: Passkey) -> Signed:
    challenge = await challenge_signed(shown.door, shown.interaction, "security-key", presented, shown.now)
    if challenge.subject_id != shown.subject_id:
        raise PasskeyProblem(Refusal.CHALLENGE)
    asserted = RelyingParty.of(shown.door.settings).verify_assertion(
        presented, passkey, digest=challenge.digest, must_verify_user=False
    )
    return Signed(challenge=challenge, passkey=passkey, asserted=asserted)


async def _presented_key(shown: Shown, presented: Presented) -> Passkey:
    for passkey in await _usable(shown):
        if passkey.credential_id == presented.credential_id:
            break
    else:
        raise PasskeyProblem(Refusal.OTHER_CREDENTIAL)
    if presented.user_handle is not None:  # §7.2 step 6: where the key says whose it is, it has to be theirs.
        security = await shown.door.database.one(SECURITY, of_subject=shown.subject_id)
        if security is None or not is_same(security.user_handle, presented.user_handle):
            raise PasskeyProblem(Refusal.OTHER_CREDENTIAL)
    return passkey


async def _usable(shown: Shown) -> list[Passkey]:
    found = await shown.door.database.all(PASSKEYS, of_subject=shown.subject_id)
    return [passkey for passkey in found if passkey.flagged_at is None]


def _said(refusal: Refusal) -> Message:
    match refusal:
        case Refusal.OTHER_CREDENTIAL:
            return _STRANGER
        case Refusal.CHALLENGE:
            return _LATE
        case _:
            return _WRONG
