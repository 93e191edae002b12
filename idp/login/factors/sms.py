"""Codes by SMS at sign-in: sent when a button is pressed, to a phone that the person set up. Off unless the operator
has a gateway. How codes are made, sent and guessed at is `login/sent_code.py`.
"""

from idp.login.codes import NewCode, looks_like_code
from idp.login.factors.answer import Answer, Proven, Shown, Wrong
from idp.login.sending import Asker, asker_of, forgive
from idp.login.sent_code import Carrier, Errand, guess, is_answerable, newest_challenge, send_code
from idp.records.event import Event, EventType
from idp.records.factor import Challenge, Phone, Way
from idp.spec.assurance import Proof
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.factors import PHONES, USE_PHONE
from idp.store.seals import PHONES as SEALED
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters
from idp.web.locale import Message

WAY = Way.SMS
IS_GUESSABLE = True

_UNFIT = Message("A code has eight characters. Copy all of it from our message.")
_WRONG = Message("That code isn’t right. Check it, or use the newest one.")
_LATE = Message("That code is too old. Have a new one sent.")


def unfit(form: Parameters) -> Message | None:
    return None if looks_like_code(form.get("code", "")) else _UNFIT


async def prove(shown: Shown) -> Answer:
    sent, asker = await open_challenge(shown), await _asker(shown)
    if sent is None:
        return Wrong(message=_LATE, reason="expired_code")
    guessed = await guess(shown.door, sent, asker, shown.form["code"], shown.now)
    if not guessed.is_right:
        return Wrong(message=_WRONG, reason="throttled" if guessed.wait_seconds else "wrong_code")
    used = [
        USE_PHONE.effect(of_phone=phone.phone_id, of_subject=shown.subject_id, now=shown.now)
        for phone in await phones(shown)
        if phone.masked == sent.recipient
    ]
    redeemed = REDEEM_CHALLENGE.effect(expects=1, of_challenge=sent.challenge_id, now=shown.now)
    return Proven(proof=Proof.SMS, effects=(redeemed, *used, *forgive(asker)))


async def phones(shown: Shown) -> list[Phone]:
    """The person's phones, the one that was used last first."""
    found = await shown.door.database.all(PHONES, of_subject=shown.subject_id)
    return sorted(found, key=lambda phone: phone.used_at or 0, reverse=True)


async def open_challenge(shown: Shown) -> Challenge | None:
    """The code that was sent here and may still be typed."""
    sent = await newest_challenge(shown.door, _errand(shown, ""))
    return sent if sent is not None and is_answerable(sent, shown.now) else None


async def send(shown: Shown, phone: Phone) -> int:
    """Send a code. 0 if it is on its way, else the seconds to wait."""

    def carry(code: NewCode) -> Carrier:
        return _text(shown, phone, code)

    asker = await _asker(shown)
    return await send_code(shown.door, _errand(shown, phone.masked), asker, carry, shown.now)


def _errand(shown: Shown, recipient: str) -> Errand:
    return Errand(
        kind=WAY.value,
        interaction_id=shown.interaction.interaction_id,
        subject_id=shown.subject_id,
        recipient=recipient,
    )


async def _asker(shown: Shown) -> Asker:
    return await asker_of(shown.door, shown.request, shown.subject_id, shown.now)


def _text(shown: Shown, phone: Phone, code: NewCode) -> Carrier:
    door, lifetime = shown.door, shown.door.settings.code.lifetime_seconds
    binding = SEALED.binding(phone.phone_id)
    number = door.root_keys.open(phone.sealed, root_key_id=phone.root_key_id, binding=binding).decode()
    text = door.outbox.sms(
        "sms-code",
        to=number,
        locale=shown.locale,
        context={"code": code.text, "minutes": lifetime // 60},
        subject_id=shown.subject_id,
        now=shown.now,
        lifetime_seconds=lifetime,
    )
    event = Event(
        type=EventType.CODE_SENT,
        actor=f"subject:{shown.subject_id}",
        subject_id=shown.subject_id,
        client_id=shown.interaction.client_id or None,
        factor=WAY.value,
    )
    audit = door.audit.effect(event, circumstances_of(shown.request), now=shown.now)
    return Carrier(message_id=str(text.values["message_id"]), effects=(text, audit))
