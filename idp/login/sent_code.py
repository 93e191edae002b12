"""Challenges that a sent code meets: begun, sent again, guessed at. What carries the code is its caller's business.

A challenge belongs to one interaction and one subject. Its identifier counts up within the interaction, so of several
requests that begin the same one, one sends. Nothing is sent twice within `code.resend_seconds`, the last two codes are
valid, and all codes of a challenge share its tries. What a challenge proves never changes: a code for anything else
belongs to a new one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.login.codes import NewCode, is_right, make_code, secret_for
from idp.login.front_door import FrontDoor
from idp.login.sending import Act, Asker, spend, wait_seconds
from idp.records.account import SubjectId
from idp.records.factor import Challenge
from idp.signing.sealing import Sealed
from idp.store.challenges import (
    BEGIN_CHALLENGE,
    CHALLENGE,
    END_CHALLENGE,
    NEWEST_OF_INTERACTION,
    SEND_AGAIN,
    SPEND_GUESS,
)
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Which code, in which sign-in, for whom, and where to (masked)."""

    kind: str
    interaction_id: str
    subject_id: SubjectId | None
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What carries a code: the message's identifier, if its sending may be watched, and what has to be written.
    `sealed` is an address that the challenge has to keep, if it is a new one.
    """

    message_id: str | None
    effects: Sequence[Effect]
    sealed: Sealed | None = None


Carry = Callable[[NewCode], Carrier]
"""Puts a code into a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """What became of a guess. `challenge` is as it is now; `wait_seconds` where there were too many."""

    challenge: Challenge
    is_right: bool = False
    wait_seconds: int = 0


async def newest_challenge(door: FrontDoor, errand: Errand) -> Challenge | None:
    """The last challenge of this kind here, if it is this subject's."""
    found = await _newest(door, errand)
    return found if found is not None and found.subject_id == errand.subject_id else None


def is_answerable(challenge: Challenge, now: int) -> bool:
    """Whether a code may still be entered."""
    return challenge.is_open(now) and challenge.tries_left > 0


def any_challenge(_: Challenge) -> bool:
    return True


async def send_code(
    door: FrontDoor,
    errand: Errand,
    asker: Asker,
    carry: Carry,
    now: int,
    *,
    fits: Callable[[Challenge], bool] = any_challenge,
) -> int:
    """Send a code, of the challenge that is open and `fits`, or of a new one. 0 if it was sent, by this request or one
    beside it; else the seconds to wait.
    """
    limits = door.settings.code
    former = await _newest(door, errand)
    is_own = former is not None and former.subject_id == errand.subject_id and fits(former)
    own = former if is_own else None
    is_going_on = own is not None and own.ended_at is None
    if own is not None and is_going_on and (pause := own.sent_at + limits.resend_seconds - now) > 0:
        return pause
    if own is not None and is_answerable(own, now):
        if own.sends >= limits.sends:
            return own.expires_at - now
        effects = await _again(door, own, carry, now)
    else:
        effects = await _beginning(door, errand, former, carry, now)
    if await door.database.apply([*effects, *spend(door, asker, Act.SEND, now)]):
        door.outbox.wake()
        return 0
    if wait := await wait_seconds(door, asker, Act.SEND, now):
        return wait
    # A request beside this one was quicker; where its code counts for this person too, nothing is missing.
    return 0 if await newest_challenge(door, errand) != own else 1


async def guess(door: FrontDoor, challenge: Challenge, asker: Asker, typed: str, now: int) -> Guessed:
    """Compare a text with the codes, after a try was spent for it. A right one has yet to be redeemed."""
    spent = [
        SPEND_GUESS.effect(expects=1, of_challenge=challenge.challenge_id, now=now),
        *spend(door, asker, Act.GUESS, now),
    ]
    if not await door.database.apply(spent):
        wait = await wait_seconds(door, asker, Act.GUESS, now)
        return Guessed(challenge=await _reloaded(door, challenge), wait_seconds=wait)
    current = await _reloaded(door, challenge)
    return Guessed(challenge=current, is_right=await is_right(door.secrets, current, typed, now=now))


def give_up(challenge: Challenge, now: int) -> Effect:
    """End a challenge that its subject wants no more."""
    return END_CHALLENGE.effect(of_challenge=challenge.challenge_id, now=now)


async def _beginning(
    door: FrontDoor, errand: Errand, former: Challenge | None, carry: Carry, now: int
) -> list[Effect]:
    limits = door.settings.code
    challenge_id = _next_id(errand, former)
    code = make_code(
        door.entropy,
        await secret_for(door.secrets, None, now=now),
        challenge_id=challenge_id,
        alphabet=limits.alphabet,
    )
    carrier = carry(code)
    begin = BEGIN_CHALLENGE.effect(
        expects=1,
        challenge_id=challenge_id,
        kind=errand.kind,
        interaction_id=errand.interaction_id,
        subject_id=errand.subject_id,
        digest=code.digest,
        key_id=code.key_id,
        message_id=carrier.message_id,
        recipient=errand.recipient,
        sealed=carrier.sealed.sealed if carrier.sealed else None,
        root_key_id=carrier.sealed.root_key_id if carrier.sealed else None,
        tries_left=limits.tries,
        sends=1,
        sent_at=now,
        created_at=now,
        expires_at=now + limits.lifetime_seconds,
    )
    return [begin, *carrier.effects]


async def _again(door: FrontDoor, challenge: Challenge, carry: Carry, now: int) -> list[Effect]:
    limits = door.settings.code
    code = make_code(
        door.entropy,
        await secret_for(door.secrets, challenge, now=now),
        challenge_id=challenge.challenge_id,
        alphabet=limits.alphabet,
    )
    carrier = carry(code)
    again = SEND_AGAIN.effect(
        expects=1,
        of_challenge=challenge.challenge_id,
        now=now,
        sent_before=now - limits.resend_seconds,
        most_sends=limits.sends,
        new_digest=code.digest,
        new_key=code.key_id,
        new_message=carrier.message_id,
        until=now + limits.lifetime_seconds,
    )
    return [again, *carrier.effects]


def _next_id(errand: Errand, former: Challenge | None) -> str:
    number = int(former.challenge_id.rpartition(".")[2]) + 1 if former else 1
    return f"{errand.interaction_id}.{errand.kind}.{number:06}"


async def _newest(door: FrontDoor, errand: Errand) -> Challenge | None:
    return await door.database.one(
        NEWEST_OF_INTERACTION, of_interaction=errand.interaction_id, of_kind=errand.kind
    )


async def _reloaded(door: FrontDoor, challenge: Challenge) -> Challenge:
    found = await door.database.one(CHALLENGE, of_challenge=challenge.challenge_id)
    assert found is not None  # Challenges are pruned long after they end.
    return found
