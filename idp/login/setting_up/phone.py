"""Step 2 for a phone: its number, then the code that we sent there. Limits are those of every code we send."""

from datetime import timedelta

from starlette.responses import Response

from idp.account.device_name import free_name, read_name
from idp.account.phones import read_number
from idp.account.setting_up import keep_secret, open_sealed
from idp.account.two_factor import add_phone
from idp.events.masking import masked_number
from idp.login.codes import NewCode, looks_like_code
from idp.login.sending import asker_of, to_recipient
from idp.login.sent_code import Carrier, Errand, Guessed, guess, is_answerable, newest_challenge, send_code
from idp.login.setting_up.totp import NAME_TOO_LONG
from idp.login.setting_up.wizard import Wizard
from idp.records.event import EventType
from idp.records.factor import Challenge, Enrolment, Kind
from idp.spec.assurance import Proof
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.factors import PHONES
from idp.web.forms import Parameters
from idp.web.locale import Message

_ERRAND = "phone"
_NAME = Message("Phone %(number)s")
_NO_NUMBER = Message("Enter a mobile number with its country code, for example +33 6 12 34 56 78")
_CODE_MISSING = Message("Enter the code of the text message")
_CODE_WRONG = Message("That code isn’t right. Check the newest text message from us. Tries left: %(left)s.")
_CODE_LATE = Message("That code is too old, or was tried too often. Have a new one sent.")
_WAIT = Message("Wait %(wait)s before the next text message.")
_WAIT_TO_TRY = Message("There were many wrong codes. Wait %(wait)s, then try again.")


async def show(
    wizard: Wizard,
    enrolment: Enrolment,
    *,
    status: int = 200,
    typed: str = "",
    name: str = "",
    errors: dict[str, Message] | None = None,
) -> Response:
    number = open_sealed(wizard.door.root_keys, enrolment)
    if not number:
        return wizard.render(
            "set-up/phone.html", enrolment, number=2, status=status, typed=typed, errors=errors or {}
        )
    challenge = await newest_challenge(wizard.door, _errand(wizard, enrolment, number))
    return wizard.render(
        "set-up/phone-code.html",
        enrolment,
        number=2,
        status=status,
        phone=masked_number(number),
        minutes=wizard.door.settings.code.lifetime_seconds // 60,
        is_numeric=wizard.door.settings.code.is_numeric,
        is_waiting=challenge is not None and is_answerable(challenge, wizard.now),
        device_name=name,
        errors=errors or {},
    )


async def submit(wizard: Wizard, enrolment: Enrolment, form: Parameters) -> Response:
    number = open_sealed(wizard.door.root_keys, enrolment)
    if not number:
        return await _send_first(wizard, enrolment, form.get("phone", ""))
    if form.get("action") == "resend":
        wait = await _send(wizard, enrolment, number, is_first=False)
        if not wait:
            return wizard.step(enrolment)
        return await show(wizard, enrolment, status=429, errors={"form": _waiting(_WAIT, wait)})
    return await _compare(wizard, enrolment, number, form)


async def _send_first(wizard: Wizard, enrolment: Enrolment, typed: str) -> Response:
    number = read_number(typed)
    if number is None:
        return await show(wizard, enrolment, status=422, typed=typed, errors={"phone": _NO_NUMBER})
    wait = await _send(wizard, enrolment, number, is_first=True)
    if wait:
        return await show(wizard, enrolment, status=429, typed=typed, errors={"form": _waiting(_WAIT, wait)})
    return wizard.step(enrolment)


async def _send(wizard: Wizard, enrolment: Enrolment, number: str, *, is_first: bool) -> int:
    """0 if a code is on its way, else the seconds to wait. The first time, the number is kept beside it."""
    door, limits = wizard.door, wizard.door.settings.code

    def carry(code: NewCode) -> Carrier:
        text = door.outbox.sms(
            "sms-code",
            to=number,
            locale=wizard.locale,
            context={"code": code.text, "minutes": limits.lifetime_seconds // 60},
            subject_id=wizard.person.subject_id,
            now=wizard.now,
            lifetime_seconds=limits.lifetime_seconds,
        )
        kept = [keep_secret(door.root_keys, enrolment, number, now=wizard.now)] if is_first else []
        sent = wizard.keeper.recorded(EventType.CODE_SENT, factor=Kind.SMS)
        return Carrier(message_id=None, effects=[text, sent, *kept])

    asker = await asker_of(door, wizard.request, wizard.person.subject_id, wizard.now)
    limited = to_recipient(door, asker, number)
    return await send_code(door, _errand(wizard, enrolment, number), limited, carry, wizard.now)


async def _compare(wizard: Wizard, enrolment: Enrolment, number: str, form: Parameters) -> Response:
    typed, name = form.get("code", ""), read_name(form.get("name", ""))
    if name is None:
        return await show(wizard, enrolment, status=422, errors={"name": NAME_TOO_LONG})
    if not looks_like_code(typed):
        # What can't be a code costs no try.
        return await show(wizard, enrolment, status=422, name=name, errors={"code": _CODE_MISSING})
    challenge = await newest_challenge(wizard.door, _errand(wizard, enrolment, number))
    if challenge is None or not is_answerable(challenge, wizard.now):
        return await show(wizard, enrolment, status=422, name=name, errors={"code": _CODE_LATE})
    asker = await asker_of(wizard.door, wizard.request, wizard.person.subject_id, wizard.now)
    guessed = await guess(wizard.door, challenge, asker, typed, wizard.now)
    if not guessed.is_right:
        return await _refused(wizard, enrolment, guessed, name)
    return await _verified(wizard, enrolment, challenge, number, name)


async def _verified(
    wizard: Wizard, enrolment: Enrolment, challenge: Challenge, number: str, name: str
) -> Response:
    if not name:
        phones = await wizard.door.database.all(PHONES, of_subject=wizard.person.subject_id)
        wanted = Message(_NAME.msgid, {"number": masked_number(number)})
        name = free_name(wizard.door.pages.say(wanted, wizard.locale), [phone.name for phone in phones])
    effects = [
        REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=wizard.now),
        *add_phone(wizard.keeper, number=number, name=name),
    ]
    answer = await wizard.verified(enrolment, effects, what="phone-added", name=name, proof=Proof.SMS)
    return answer or wizard.step(enrolment)


async def _refused(wizard: Wizard, enrolment: Enrolment, guessed: Guessed, name: str) -> Response:
    now = await wizard.find(enrolment.enrolment_id)
    if now is None or now.verified_at is not None:
        return wizard.step(enrolment)
    if guessed.wait_seconds:
        wait = _waiting(_WAIT_TO_TRY, guessed.wait_seconds)
        return await show(wizard, now, status=429, name=name, errors={"form": wait})
    failed = wizard.keeper.recorded(EventType.FACTOR_ADDED, factor=Kind.SMS, reason="wrong_code", failed=True)
    await wizard.door.database.apply([failed])
    left = guessed.challenge.tries_left
    wrong = Message(_CODE_WRONG.msgid, {"left": left}) if left else _CODE_LATE
    return await show(wizard, now, status=422, name=name, errors={"code": wrong})


def _errand(wizard: Wizard, enrolment: Enrolment, number: str) -> Errand:
    """What is being set up stands where a sign-in would: its challenges are its own."""
    return Errand(
        kind=_ERRAND,
        interaction_id=enrolment.enrolment_id,
        subject_id=wizard.person.subject_id,
        recipient=masked_number(number),
    )


def _waiting(message: Message, seconds: int) -> Message:
    return Message(message.msgid, {"wait": timedelta(seconds=seconds)})
