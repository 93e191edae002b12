"""The code that goes to the current primary address: whoever reads it there need not wait for their change.

Bound to the session, the person and the change; tries and sends are those of every code that we send.
"""

from idp.account.address_change import what_of
from idp.events.masking import masked_email
from idp.login.codes import NewCode
from idp.login.sending import Asker, asker_of, forgive
from idp.login.sent_code import (
    Carrier,
    Errand,
    Guessed,
    guess,
    is_answerable,
    newest_challenge,
    send_code,
)
from idp.portal.visit import Visit
from idp.records.factor import Challenge
from idp.records.sign_up import AddressChange
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.statement import Effect

CODE_PATH = "/account/addresses/code"
_KIND = "address-change"


async def send_to_current(visit: Visit, change: AddressChange) -> int:
    """Mail a code. 0, or the seconds to wait."""
    door, person = visit.door, visit.person
    assert person.primary_email is not None  # Whoever is a customer has one.
    to, lifetime = person.primary_email, door.settings.code.lifetime_seconds

    def carry(code: NewCode) -> Carrier:
        mail = door.outbox.mail(
            "address-change-code",
            to=to,
            locale=person.language or visit.locale,
            context={
                "what": what_of(change),
                "code": code.text,
                "minutes": lifetime // 60,
                "new_address": masked_email(change.email) if change.email else "",
            },
            subject_id=person.subject_id,
            now=visit.now,
            lifetime_seconds=lifetime,
        )
        return Carrier(message_id=None, effects=[mail])

    return await send_code(door, _errand(visit, change), await _asker(visit), carry, visit.now)


async def open_code(visit: Visit, change: AddressChange) -> Challenge | None:
    """The challenge whose code may be entered now."""
    found = await newest_challenge(visit.door, _errand(visit, change))
    return found if found is not None and is_answerable(found, visit.now) else None


async def guess_code(visit: Visit, challenge: Challenge, typed: str) -> Guessed:
    """Compare a text with the codes. A right one has yet to be redeemed, by `redeem_code`."""
    return await guess(visit.door, challenge, await _asker(visit), typed, visit.now)


async def redeem_code(visit: Visit, challenge: Challenge) -> list[Effect]:
    """Uses the challenge up, for the transaction that makes the change."""
    redeemed = REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=visit.now)
    return [redeemed, *forgive(await _asker(visit))]


async def _asker(visit: Visit) -> Asker:
    return await asker_of(visit.door, visit.request, visit.person.subject_id, visit.now)


def _errand(visit: Visit, change: AddressChange) -> Errand:
    return Errand(
        kind=_KIND,
        interaction_id=f"{visit.session.session_id}.{change.change_id}",
        subject_id=visit.person.subject_id,
        recipient=masked_email(visit.person.primary_email or ""),
    )
