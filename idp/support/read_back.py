"""Reading a code back: it is mailed to a mailbox that a caller says to have, and the agent types what they read out.

The agent never sees the code. Guesses are spent before they are compared, whoever types them, and a code counts only
for the address that the account still has when it is read.
"""

from dataclasses import dataclass

from idp.account.cases.acts import Wanted, perform
from idp.account.cases.deciding import CaseAct, CaseRefusal, read_back_address
from idp.account.cases.file import CaseFile
from idp.account.cases.history import recorded
from idp.events.masking import masked_email
from idp.login.codes import NewCode, looks_like_code
from idp.login.front_door import FrontDoor
from idp.login.sending import Asker, Count
from idp.login.sent_code import (
    Carrier,
    Errand,
    give_up,
    guess,
    is_answerable,
    newest_challenge,
    send_code,
)
from idp.records.case import What
from idp.records.event import EventType
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.seals import CHALLENGES
from idp.support.visit import StaffVisit

_KIND = "read-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """How reading a code back stands. `sent_at` is None where none can be read now; `recipient` is masked."""

    sent_at: int | None
    recipient: str
    tries_left: int
    wait_seconds: int


async def standing(visit: StaffVisit, file: CaseFile) -> ReadBack | None:
    """None where there is no mailbox to ask."""
    address = read_back_address(file)
    if address is None:
        return None
    found = await _open(visit, file)
    resend_seconds = visit.door.settings.code.resend_seconds
    return ReadBack(
        sent_at=found.sent_at if found else None,
        recipient=masked_email(address),
        tries_left=found.tries_left if found else 0,
        wait_seconds=max(found.sent_at + resend_seconds - visit.now, 0) if found else 0,
    )


async def send(visit: StaffVisit, file: CaseFile, version: int) -> CaseRefusal | int:
    """Mail a code. 0, the seconds to wait, or why not. The act was checked to be possible."""
    door, address, target = visit.door, read_back_address(file), file.target
    if address is None or target is None:
        return CaseRefusal.NO_ADDRESS
    former = await _newest(visit, file)
    if former is not None and former.ended_at is None and _address_of(door, former) != address:
        await door.database.apply([give_up(former, visit.now)])

    def carry(code: NewCode) -> Carrier:
        sealed = door.root_keys.seal(address.encode(), binding=CHALLENGES.binding(code.challenge_id))
        seconds = door.settings.code.lifetime_seconds
        mail = door.outbox.mail(
            "read-back-code",
            to=address,
            locale=target.language or door.settings.language.default,
            context={"code": code.text, "minutes": seconds // 60, "reference": file.case.reference},
            subject_id=target.subject_id,
            case_id=file.case.case_id,
            now=visit.now,
            lifetime_seconds=seconds,
        )
        return Carrier(message_id=None, effects=[mail], sealed=sealed)

    if wait := await send_code(door, _errand(file), _asker(file), carry, visit.now):
        return wait
    wanted = Wanted(case_id=file.case.case_id, version=version, act=CaseAct.SEND_READ_BACK)
    return await perform(door, visit.occasion, visit.agent, wanted) or 0


async def read(visit: StaffVisit, file: CaseFile, version: int, typed: str) -> CaseRefusal | int:
    """Compare what the caller read out. 0, the seconds to wait before anything is compared again, or why not. The act
    was checked to be possible.
    """
    door = visit.door
    if not looks_like_code(typed):
        return CaseRefusal.EMPTY
    challenge = await _open(visit, file)
    if challenge is None:
        return CaseRefusal.NO_CODE
    guessed = await guess(door, challenge, _asker(file), typed, visit.now)
    if guessed.wait_seconds:
        return guessed.wait_seconds
    if not guessed.is_right:
        author = visit.person.subject_id
        wrong, event = What.READ_BACK_WRONG, EventType.CASE_CHANGED
        await door.database.apply(recorded(door, visit.occasion, file.case, wrong, event, author=author))
        return CaseRefusal.WRONG_CODE if is_answerable(guessed.challenge, visit.now) else CaseRefusal.TOO_MANY
    redemption = REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=visit.now)
    wanted = Wanted(case_id=file.case.case_id, version=version, act=CaseAct.READ_BACK, also=[redemption])
    return await perform(door, visit.occasion, visit.agent, wanted) or 0


async def _newest(visit: StaffVisit, file: CaseFile) -> Challenge | None:
    return await newest_challenge(visit.door, _errand(file))


async def _open(visit: StaffVisit, file: CaseFile) -> Challenge | None:
    """The code that can be read now: its mailbox is still the account's."""
    found, address = await _newest(visit, file), read_back_address(file)
    if found is None or address is None or not is_answerable(found, visit.now):
        return None
    is_same = canonical_email(_address_of(visit.door, found)) == canonical_email(address)
    return found if is_same else None


def _address_of(door: FrontDoor, challenge: Challenge) -> str:
    assert challenge.sealed is not None
    assert challenge.root_key_id is not None
    binding = CHALLENGES.binding(challenge.challenge_id)
    return door.root_keys.open(challenge.sealed, root_key_id=challenge.root_key_id, binding=binding).decode()


def _errand(file: CaseFile) -> Errand:
    address = read_back_address(file)
    return Errand(
        kind=_KIND,
        interaction_id=file.case.case_id,
        subject_id=file.case.subject_id,
        recipient=masked_email(address) if address else "",
    )


def _asker(file: CaseFile) -> Asker:
    """Each case counts for itself, whichever agent asks: no stranger makes support wait."""
    return Asker(names={Count.DEVICE: file.case.case_id})
