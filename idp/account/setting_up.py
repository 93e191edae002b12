"""Setting a factor up, step by step: one row from the choice to the end, in one session or one sign-in.

A page that is bookmarked, reloaded, sent twice or open in a second tab shows the step that its row is at. What is being
set up (a secret, a number, backup codes) is sealed there, and kept no longer than it is needed.
"""

from dataclasses import dataclass

from idp.records.account import SubjectId
from idp.records.factor import Enrolment, Kind
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys, Sealed
from idp.store.database import Database
from idp.store.enrolments import (
    COMPLETE_ENROLMENT,
    ENROLMENT,
    INSERT_ENROLMENT,
    SEAL_ENROLMENT,
    SPEND_FIRST_CODE,
    VERIFY_ENROLMENT,
)
from idp.store.seals import ENROLMENTS
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where something is set up, and by whom: nobody goes on with it in another session or sign-in."""

    subject_id: SubjectId
    session_id: str | None = None
    interaction_id: str | None = None

    def holds(self, enrolment: Enrolment) -> bool:
        return (enrolment.subject_id, enrolment.session_id, enrolment.interaction_id) == (
            self.subject_id,
            self.session_id,
            self.interaction_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`expires_at` is that of the whole, however many ways are tried; `tries` are those at a first code."""

    expires_at: int
    tries: int
    turns_on: bool


def begin(
    entropy: Entropy,
    root_keys: RootKeys,
    scope: Scope,
    limits: Limits,
    *,
    kind: Kind = Kind.UNCHOSEN,
    secret: str = "",
    now: int,
) -> tuple[str, Effect]:
    """A new row and its identifier. `secret` is what is being set up, where that is known from the start."""
    enrolment_id = entropy.uuid7(now)
    sealed = seal(root_keys, secret, enrolment_id) if secret else None
    effect = INSERT_ENROLMENT.effect(
        enrolment_id=enrolment_id,
        subject_id=scope.subject_id,
        session_id=scope.session_id,
        interaction_id=scope.interaction_id,
        kind=kind.value,
        turns_on=int(limits.turns_on),
        sealed=sealed.sealed if sealed else None,
        root_key_id=sealed.root_key_id if sealed else None,
        tries_left=limits.tries,
        created_at=now,
        expires_at=limits.expires_at,
        # Codes have nothing to prove that they work by.
        verified_at=now if kind is Kind.BACKUP_CODES else None,
    )
    return enrolment_id, effect


async def find_own(database: Database, scope: Scope, enrolment_id: str, now: int) -> Enrolment | None:
    """The row, if it is this session's or sign-in's and has not expired."""
    found = await database.one(ENROLMENT, of_enrolment=enrolment_id)
    return found if found is not None and scope.holds(found) and now < found.expires_at else None


async def spend_try(database: Database, enrolment: Enrolment, now: int) -> bool:
    """Spend a try at a first code, committed. False if none is left, or it was verified meanwhile."""
    spent = SPEND_FIRST_CODE.effect(expects=1, of_enrolment=enrolment.enrolment_id, now=now)
    return await database.apply([spent])


def seal(root_keys: RootKeys, secret: str, enrolment_id: str) -> Sealed:
    return root_keys.seal(secret.encode(), binding=ENROLMENTS.binding(enrolment_id))


def open_sealed(root_keys: RootKeys, enrolment: Enrolment) -> str:
    """What is being set up; empty where nothing is yet. Raises `UnknownRootKey`, `SealBroken`."""
    if enrolment.sealed is None or enrolment.root_key_id is None:
        return ""
    binding = ENROLMENTS.binding(enrolment.enrolment_id)
    return root_keys.open(enrolment.sealed, root_key_id=enrolment.root_key_id, binding=binding).decode()


def keep_secret(root_keys: RootKeys, enrolment: Enrolment, secret: str, *, now: int) -> Effect:
    """What is being set up, once it is known: a number."""
    sealed = seal(root_keys, secret, enrolment.enrolment_id)
    return SEAL_ENROLMENT.effect(
        expects=1,
        of_enrolment=enrolment.enrolment_id,
        new_sealed=sealed.sealed,
        new_root_key=sealed.root_key_id,
        now=now,
    )


def verified(
    root_keys: RootKeys, enrolment: Enrolment, *, name: str, backup_codes: tuple[str, ...], now: int
) -> Effect:
    """The device works. With `backup_codes` they are shown next; without, everything is done."""
    codes = seal(root_keys, "\n".join(backup_codes), enrolment.enrolment_id) if backup_codes else None
    return VERIFY_ENROLMENT.effect(
        expects=1,
        of_enrolment=enrolment.enrolment_id,
        device_name=name,
        new_sealed=codes.sealed if codes else None,
        new_root_key=codes.root_key_id if codes else None,
        done_at=None if codes else now,
        now=now,
    )


def completed(enrolment: Enrolment, *, now: int) -> Effect:
    """Everything is done."""
    return COMPLETE_ENROLMENT.effect(expects=1, of_enrolment=enrolment.enrolment_id, now=now)
