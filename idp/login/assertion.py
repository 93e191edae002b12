"""What keys sign at sign-in: challenges for one interaction, and what a signature is worth (S53 to S56).

A challenge is made when a script asks for one, never by showing a page. It is found again by what was signed, and
redeemed with the proof: it is used once, here alone. A key whose counter did not rise is asked no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.account.passkeys import (
    CHALLENGE_BYTES,
    CHALLENGE_SECONDS,
    Asserted,
    PasskeyProblem,
    RelyingParty,
    Wrong,
    challenge_digest,
    read_assertion,
)
from idp.account.webauthn_answer import Presented
from idp.login.front_door import FrontDoor
from idp.login.notices import device_notice
from idp.login.throttle import Count, Key
from idp.records.account import Person, SubjectId
from idp.records.event import Event, EventType
from idp.records.factor import Challenge, Passkey
from idp.records.interaction import Interaction
from idp.spec.assurance import Proof
from idp.store.challenges import CHALLENGE_BY_DIGEST, INSERT_CHALLENGE, REDEEM_CHALLENGE
from idp.store.factors import FLAG_PASSKEY, REDEEM_PASSKEY
from idp.store.statement import Effect
from idp.store.throttle import THROTTLED
from idp.web.circumstances import circumstances_of
from idp.web.locale import Message

Kind = Literal["security-key", "passkey"]
__all__ = [
    "Kind",
    "Presented",
    "Signed",
    "challenge_signed",
    "copied_key",
    "options",
    "read_assertion",
    "redeem",
]

_MANY = Message("You have tried very often. Wait a minute, then try again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature that holds: over which challenge, by which key, and what it says."""

    challenge: Challenge
    passkey: Passkey
    asserted: Asserted

    @property
    def proof(self) -> Proof:
        if self.asserted.is_verified:
            return Proof.SYNCED_PASSKEY if self.asserted.is_synced else Proof.PASSKEY
        return Proof.SYNCED_KEY if self.asserted.is_synced else Proof.SECURITY_KEY


async def options(
    door: FrontDoor,
    interaction: Interaction,
    kind: Kind,
    *,
    subject_id: SubjectId | None,
    allowed: Sequence[Passkey],
    locale: str,
    now: int,
) -> Response:
    """A new challenge, as JSON for `navigator.credentials.get`. With `allowed`, its keys alone are asked."""
    challenge = door.entropy.token_bytes(CHALLENGE_BYTES)
    key = Key(count=Count.CHALLENGE, name=interaction.interaction_id)
    insertion = INSERT_CHALLENGE.effect(
        challenge_id=door.entropy.uuid7(now),
        kind=kind,
        interaction_id=interaction.interaction_id,
        subject_id=subject_id,
        digest=challenge_digest(challenge),
        tries_left=1,
        sends=1,
        sent_at=now,
        created_at=now,
        expires_at=now + CHALLENGE_SECONDS,
    )
    if not await door.database.apply([*door.throttle.spending([key], now), insertion]):
        blocked = await door.database.one(THROTTLED, of_key=key.text, now=now)
        wait = max(blocked.blocked_until - now, 1) if blocked else 1
        return _answer({"message": door.pages.say(_MANY, locale)}, status=429, retry_after=wait)
    asked = RelyingParty.of(door.settings).assertion_options(
        challenge=challenge,
        allowed=allowed,
        user_verification="required" if kind == "passkey" else "preferred",
    )
    return _answer({"publicKey": asked})


async def challenge_signed(
    door: FrontDoor, interaction: Interaction, kind: Kind, presented: Presented, now: int
) -> Challenge:
    """The challenge of this interaction that an answer is about. Raises `PasskeyProblem` where none is open."""
    signed = presented.answer.response.client_data.challenge
    found = await door.database.one(
        CHALLENGE_BY_DIGEST,
        of_interaction=interaction.interaction_id,
        of_kind=kind,
        of_digest=challenge_digest(signed),
    )
    if found is None or not found.is_open(now):
        raise PasskeyProblem(Wrong.CHALLENGE)
    return found


def redeem(signed: Signed, *, now: int) -> tuple[Effect, ...]:
    """Once, and only if no other signature of the key came first."""
    return (
        REDEEM_CHALLENGE.effect(expects=1, of_challenge=signed.challenge.challenge_id, now=now),
        REDEEM_PASSKEY.effect(
            expects=1,
            of_passkey=signed.passkey.passkey_id,
            former_count=signed.passkey.sign_count,
            count=signed.asserted.sign_count,
            now=now,
        ),
    )


def copied_key(
    door: FrontDoor, request: Request, person: Person, passkey: Passkey, *, factor: str, now: int
) -> tuple[Effect, ...]:
    """A counter that did not rise: somebody may have a copy of the key. It is asked no more, and its owner is told."""
    event = Event(
        type=EventType.PROOF_FAILED,
        outcome="failure",
        reason="copied_key",
        actor="anonymous",
        subject_id=person.subject_id,
        factor=factor,
    )
    return (
        FLAG_PASSKEY.effect(expects=1, of_passkey=passkey.passkey_id, now=now),
        *device_notice(door, person, "key-copied", door.seen(request), passkey.name, now=now),
        door.audit.effect(event, circumstances_of(request), now=now),
    )


def _answer(document: object, *, status: int = 200, retry_after: int = 0) -> Response:
    headers = {"Cache-Control": "no-store"}
    if retry_after:
        headers["Retry-After"] = str(retry_after)
    return JSONResponse(document, status_code=status, headers=headers)
