"""Who may have a code sent now, and who may guess at one: delays that rise with each, and no lock that lasts.

A browser that the account has used counts for itself. Networks that it has used share one count, all the others share
another, and each network has its own besides: a stranger who knows the password can use up the strangers' codes, and
never the owner's.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from starlette.requests import Request

from idp.config.settings import Code
from idp.login.device import presented
from idp.login.front_door import FrontDoor
from idp.login.throttle import delays
from idp.records.account import SubjectId
from idp.risk.familiarity import is_familiar
from idp.signing.secrets import Purpose
from idp.store.statement import Effect, Write
from idp.store.throttle import FORGIVE_ALL, THROTTLED, spend_try
from idp.web.circumstances import circumstances_of

_FORGET_SECONDS = 3_600
# Strangers may name any mailbox: one that nobody has proven gets an hourly mail at most, however many networks ask.
_RECIPIENT_CAP_SECONDS, _RECIPIENT_FORGET_SECONDS = 3_600, 86_400
# Guesses at all of a subject's codes together: ten, then one in five minutes.
_GUESS_DELAYS = (*[0] * 9, 300)


class Act(StrEnum):
    """What is counted."""

    SEND = "send"
    GUESS = "guess"
    CHOOSE = "choose"
    """A password, before there is an account: hashing it costs more than all the rest of a request."""


class Count(StrEnum):
    """For whom it is counted."""

    DEVICE = "device"
    NETWORK = "network"
    FAMILIAR = "familiar"
    STRANGERS = "strangers"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a subject's code: the names of their counts, as keyed digests."""

    names: Mapping[Count, str]

    @property
    def is_known(self) -> bool:
        """Whether strangers can't make them wait."""
        return Count.STRANGERS not in self.names


async def asker_of(door: FrontDoor, request: Request, subject_id: SubjectId, now: int) -> Asker:
    """Who sent a request about a subject."""
    shown = await presented(door, request, subject_id, door.seen(request).agent, now)
    if shown.device is not None:
        return Asker(names={Count.DEVICE: shown.device.device_id})
    circumstances = circumstances_of(request)
    has_used = await is_familiar(door.database, door.secrets, subject_id, circumstances)
    shared = Count.FAMILIAR if has_used else Count.STRANGERS
    return Asker(
        names={
            Count.NETWORK: _digest(door, f"{subject_id} {circumstances.network}"),
            shared: _digest(door, subject_id),
        }
    )


def stranger(door: FrontDoor, request: Request) -> Asker:
    """Who sent a request that is about nobody yet: their network, for all that they ask for."""
    return Asker(names={Count.NETWORK: _digest(door, circumstances_of(request).network)})


def to_recipient(door: FrontDoor, asker: Asker, address: str) -> Asker:
    """The same, with a count of what goes to an address that nobody has proven, whoever asks. `address` is a key. All
    that is behind a plus in one mailbox counts as one.
    """
    local_part, _, domain = address.rpartition("@")
    mailbox = f"{local_part.partition('+')[0] or local_part}@{domain}"
    return Asker(names={**asker.names, Count.RECIPIENT: _digest(door, mailbox)})


def spend(door: FrontDoor, asker: Asker, act: Act, now: int) -> list[Effect]:
    """One act of every count, each expected: all or none."""
    writes = _writes(door.settings.code)
    return [
        writes[act, count].effect(expects=1, key=_key(act, count, name), now=now)
        for count, name in asker.names.items()
    ]


async def wait_seconds(door: FrontDoor, asker: Asker, act: Act, now: int) -> int:
    """How long until the next act; 0 where none has to be waited for."""
    keys = [_key(act, count, name) for count, name in asker.names.items()]
    found = [await door.database.one(THROTTLED, of_key=key, now=now) for key in keys]
    return max((one.blocked_until - now for one in found if one), default=0)


def forgive(asker: Asker) -> list[Effect]:
    """What a right code gives back."""
    return [
        FORGIVE_ALL.effect(of_key=_key(act, count, name))
        for act in Act
        for count, name in asker.names.items()
    ]


@lru_cache(maxsize=8)
def _writes(limits: Code) -> Mapping[tuple[Act, Count], Write]:
    cap = limits.send_delay_cap_seconds
    each = spend_try(delays(limits.network_sends, cap_seconds=cap), forget_seconds=_FORGET_SECONDS)
    shared = spend_try(delays(limits.account_sends, cap_seconds=cap), forget_seconds=_FORGET_SECONDS)
    recipient = spend_try(
        delays(limits.network_sends, cap_seconds=_RECIPIENT_CAP_SECONDS),
        forget_seconds=_RECIPIENT_FORGET_SECONDS,
    )
    # Twice as many as codes: people mend what they typed.
    choose = spend_try(delays(limits.network_sends * 2, cap_seconds=cap), forget_seconds=_FORGET_SECONDS)
    guess = spend_try(_GUESS_DELAYS, forget_seconds=_FORGET_SECONDS)
    is_shared = (Count.FAMILIAR, Count.STRANGERS)
    return {
        **{(Act.SEND, count): shared if count in is_shared else each for count in Count},
        (Act.SEND, Count.RECIPIENT): recipient,
        **{(Act.GUESS, count): guess for count in Count},
        **{(Act.CHOOSE, count): choose for count in Count},
    }


def _key(act: Act, count: Count, name: str) -> str:
    return f"code-{act}-{count}:{name}"


def _digest(door: FrontDoor, name: str) -> str:
    key = door.secrets.newest(Purpose.IDENTIFIER)
    return hmac.digest(key.value, name.encode(), "sha256").hex()[:32]
