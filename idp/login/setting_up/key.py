"""Step 2 for a passkey or a security key: a script makes it answer a challenge (`static/js/passkey-setup.js`).

A challenge belongs to this session or sign-in, and is redeemed together with what it brought.
"""

from starlette.responses import Response

from idp.account.device_name import free_name, read_name
from idp.account.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_SECONDS,
    NewPasskey,
    PasskeyProblem,
    RelyingParty,
    Wrong,
    challenge_digest,
)
from idp.account.two_factor import add_passkey
from idp.login.setting_up.totp import NAME_TOO_LONG
from idp.login.setting_up.wizard import Wizard
from idp.records.event import EventType
from idp.records.factor import Challenge, Enrolment, Kind, Passkey
from idp.spec.assurance import Proof
from idp.store.challenges import CHALLENGE, INSERT_CHALLENGE, REDEEM_CHALLENGE
from idp.store.factors import PASSKEY_BY_CREDENTIAL, PASSKEYS, SECURITY
from idp.store.statement import Effect
from idp.web.forms import Parameters
from idp.web.locale import Message

_KIND = "registration"
_PASSKEY, _KEY = Message("Passkey"), Message("Security key")
_NO_ANSWER = Message(
    "Your browser gave no answer. Allow scripts on this page and try again, or choose another way."
)
_TOO_LATE = Message("That took longer than we wait. Try again.")
_NOT_VERIFIED = Message(
    "This key can’t check that it is you, so it can’t be a passkey. Go back and set it up as a security key."
)
_KNOWN = Message("This key is set up already. Use another one.")
_REFUSED = Message("Your key’s answer could not be checked. Try again, or choose another way.")


async def show(
    wizard: Wizard,
    enrolment: Enrolment,
    *,
    status: int = 200,
    name: str = "",
    errors: dict[str, Message] | None = None,
) -> Response:
    """Each showing has a challenge of its own, so pages in two tabs both work."""
    door, subject_id = wizard.door, wizard.person.subject_id
    challenge = door.entropy.token_bytes(CHALLENGE_BYTES)
    challenge_id = door.entropy.uuid7(wizard.now)
    await door.database.apply([wizard.keeper.row(), _insertion(wizard, challenge_id, challenge)])
    security = await door.database.one(SECURITY, of_subject=subject_id)
    assert security is not None  # It was just made, if it was missing.
    options = RelyingParty.of(door.settings).registration_options(
        challenge=challenge,
        user_handle=security.user_handle,
        name=wizard.person.primary_email or wizard.person.customer_id,
        display_name=wizard.person.name,
        existing=await door.database.all(PASSKEYS, of_subject=subject_id),
        is_passkey=enrolment.kind is Kind.PASSKEY,
    )
    return wizard.render(
        "set-up/key.html",
        enrolment,
        number=2,
        status=status,
        is_passkey=enrolment.kind is Kind.PASSKEY,
        options=options,
        challenge=challenge_id,
        device_name=name,
        errors=errors or {},
    )


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    name = read_name(form.get("name", ""))
    if name is None:
        return await show(wizard, enrolment, status=422, errors={"name": NAME_TOO_LONG})
    if "answer" not in form:
        return await show(wizard, enrolment, status=422, name=name, errors={"form": _NO_ANSWER})
    challenge = await _open_challenge(wizard, form.get("challenge", ""))
    if challenge is None:
        return await show(wizard, enrolment, status=422, name=name, errors={"form": _TOO_LATE})
    try:
        new = RelyingParty.of(wizard.door.settings).complete_registration(
            form["answer"], digest=challenge.digest, is_passkey=enrolment.kind is Kind.PASSKEY
        )
    except PasskeyProblem as problem:
        await wizard.door.database.apply([_failed(wizard, enrolment, problem.wrong)])
        message = _NOT_VERIFIED if problem.wrong is Wrong.NOT_VERIFIED else _REFUSED
        return await show(wizard, enrolment, status=422, name=name, errors={"form": message})
    name = name or await _default_name(wizard, enrolment.kind)
    effects = [
        REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=wizard.now),
        *add_passkey(wizard.keeper, new, name=name, kind=enrolment.kind),
    ]
    answer = await wizard.verified(enrolment, effects, what="key-added", name=name, proof=proof_of_key(new))
    return answer or await _not_kept(wizard, enrolment, new, name)


def proof_of_key(key: NewPasskey | Passkey) -> Proof:
    """What setting a key up proves about who did."""
    if not key.verifies_user:
        return Proof.SECURITY_KEY
    return Proof.SYNCED_PASSKEY if key.is_synced else Proof.PASSKEY


async def _not_kept(wizard: Wizard, enrolment: Enrolment, new: NewPasskey, name: str) -> Response:
    """Somebody has this credential already, or the page was sent twice."""
    now = await wizard.find(enrolment.enrolment_id)
    if now is None or now.verified_at is not None:
        return wizard.step(enrolment)
    known = await wizard.door.database.one(PASSKEY_BY_CREDENTIAL, of_credential=new.credential_id)
    message = _KNOWN if known is not None else _TOO_LATE
    if known is not None:
        await wizard.door.database.apply([_failed(wizard, enrolment, Wrong.CREDENTIAL_ID)])
    return await show(wizard, now, status=422, name=name, errors={"form": message})


async def _open_challenge(wizard: Wizard, challenge_id: str) -> Challenge | None:
    """The challenge that the form names, if it was made for this very session or sign-in."""
    found = await wizard.door.database.one(CHALLENGE, of_challenge=challenge_id)
    if found is None or found.kind != _KIND or not found.is_open(wizard.now):
        return None
    scope = wizard.scope
    is_own = (found.subject_id, found.session_id, found.interaction_id) == (
        scope.subject_id,
        scope.session_id,
        scope.interaction_id,
    )
    return found if is_own else None


def _insertion(wizard: Wizard, challenge_id: str, challenge: bytes) -> Effect:
    return INSERT_CHALLENGE.effect(
        challenge_id=challenge_id,
        kind=_KIND,
        interaction_id=wizard.scope.interaction_id,
        session_id=wizard.scope.session_id,
        subject_id=wizard.person.subject_id,
        digest=challenge_digest(challenge),
        tries_left=0,
        sends=0,
        sent_at=wizard.now,
        created_at=wizard.now,
        expires_at=wizard.now + CHALLENGE_SECONDS,
    )


def _failed(wizard: Wizard, enrolment: Enrolment, wrong: Wrong) -> Effect:
    return wizard.keeper.recorded(
        EventType.FACTOR_ADDED, factor=enrolment.kind, reason=wrong.value, failed=True
    )


async def _default_name(wizard: Wizard, kind: Kind) -> str:
    keys = await wizard.door.database.all(PASSKEYS, of_subject=wizard.person.subject_id)
    wanted = wizard.door.pages.say(_PASSKEY if kind is Kind.PASSKEY else _KEY, wizard.locale)
    return free_name(wanted, [key.name for key in keys])
