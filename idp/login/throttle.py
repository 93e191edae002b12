"""Who may try a password or a factor now: delays that rise with failures, and no lock that lasts. NIST SP 800-63B-4
§3.2.2, S41.

A browser that the account's owner already uses has a count of its own, so failures elsewhere never delay it. Everybody
else shares the counts of the account, of the address and of its network. A try is spent before anything is compared.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from idp.config.settings import Login
from idp.records.account import SubjectId
from idp.records.event import Circumstances
from idp.signing.secrets import Purpose, Secrets
from idp.store.database import Database
from idp.store.statement import Effect, Write
from idp.store.throttle import COUNTED, FORGIVE_ALL, FORGIVE_ONE, THROTTLED, spend_try

FACTOR_TRIES = 5
"""Guesses at second factors in one sign-in."""

MANY_FAILURES = 5
"""So many wrong factors after the right password, and their owner is told."""

_FORGET_SECONDS = 3_600
_FACTOR_DELAY_CAP_SECONDS = 900
_FREE_CHALLENGES = 20
_CHALLENGE_DELAY_CAP_SECONDS = 60
_LONGEST_INTERACTION_SECONDS = 86_400


class Count(StrEnum):
    """What is counted."""

    DEVICE = "device"
    ACCOUNT = "account"
    ADDRESS = "address"
    NETWORK = "network"
    FACTOR = "factor"
    FACTOR_DEVICE = "factor-device"
    SIGN_IN = "sign-in"
    CHALLENGE = "challenge"
    NOTICE = "notice"
    USER_CODE = "user-code"


# What a success forgives altogether; of the others it gives back its own try.
_OWN = frozenset({Count.ACCOUNT, Count.DEVICE, Count.FACTOR, Count.FACTOR_DEVICE, Count.SIGN_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    count: Count
    name: str

    @property
    def text(self) -> str:
        return f"{self.count}:{self.name}"


class Throttle:
    """Spends tries and gives them back."""

    def __init__(self, limits: Login, *, secrets: Secrets, database: Database) -> None:
        self._limits = limits
        self._secrets = secrets
        self._database = database
        account = delays(limits.free_tries, cap_seconds=limits.account_delay_cap_seconds)
        address = delays(limits.address_free_tries, cap_seconds=limits.network_delay_cap_seconds)
        network = delays(limits.network_free_tries, cap_seconds=limits.network_delay_cap_seconds)
        factor = delays(limits.free_tries, cap_seconds=_FACTOR_DELAY_CAP_SECONDS)
        challenge = delays(_FREE_CHALLENGES, cap_seconds=_CHALLENGE_DELAY_CAP_SECONDS)
        self._spend: dict[Count, Write] = {
            Count.DEVICE: spend_try(account, forget_seconds=_FORGET_SECONDS),
            Count.ACCOUNT: spend_try(account, forget_seconds=_FORGET_SECONDS),
            Count.ADDRESS: spend_try(address, forget_seconds=_FORGET_SECONDS),
            Count.NETWORK: spend_try(network, forget_seconds=_FORGET_SECONDS),
            Count.FACTOR: spend_try(factor, forget_seconds=_FORGET_SECONDS),
            Count.FACTOR_DEVICE: spend_try(factor, forget_seconds=_FORGET_SECONDS),
            Count.SIGN_IN: spend_try(
                (*[0] * (FACTOR_TRIES - 1), _LONGEST_INTERACTION_SECONDS),
                forget_seconds=_LONGEST_INTERACTION_SECONDS,
            ),
            Count.CHALLENGE: spend_try(challenge, forget_seconds=_FORGET_SECONDS),
            Count.NOTICE: spend_try((_FORGET_SECONDS,), forget_seconds=_FORGET_SECONDS),
            Count.USER_CODE: spend_try(factor, forget_seconds=_FORGET_SECONDS),
        }

    def keys(self, circumstances: Circumstances, *, account: str, device_id: str | None) -> tuple[Key, ...]:
        """The counts of a try. `account` is the subject's id, or what was typed where there is no such account."""
        if device_id is not None:
            return (Key(count=Count.DEVICE, name=device_id),)
        by_account = Key(count=Count.ACCOUNT, name=self._digest(account))
        return (by_account, *self.passkey_keys(circumstances, device_id=None))

    def passkey_keys(self, circumstances: Circumstances, *, device_id: str | None) -> tuple[Key, ...]:
        """The counts of a passkey's answer: nobody can guess one, so wrong passwords don't delay its owner."""
        if device_id is not None:
            return (Key(count=Count.DEVICE, name=device_id),)
        if self._limits.is_unthrottled(circumstances.address):
            return ()
        return (
            Key(count=Count.ADDRESS, name=self._digest(circumstances.address)),
            Key(count=Count.NETWORK, name=self._digest(circumstances.network)),
        )

    def factor_key(self, subject_id: SubjectId, *, device_id: str | None, is_familiar: bool) -> Key:
        """The count of a guess at somebody's second factors. A stranger who knows the password delays nobody in the
        browsers that its owner uses, nor in the networks that are familiar.
        """
        if device_id is not None:
            return Key(count=Count.FACTOR_DEVICE, name=device_id)
        return Key(
            count=Count.FACTOR, name=self._digest(f"{subject_id} familiar" if is_familiar else subject_id)
        )

    def user_code_keys(self, circumstances: Circumstances, subject_id: SubjectId) -> tuple[Key, ...]:
        """The counts of a device's code that somebody types, wherever they are signed in. A right one gives back no
        more than its own try: whoever guesses has a device of their own to be right about.
        """
        by_account = Key(count=Count.USER_CODE, name=self._digest(subject_id))
        return (by_account, *self.passkey_keys(circumstances, device_id=None))

    def spending(self, keys: Sequence[Key], now: int) -> list[Effect]:
        """What spends a try of every key, for a transaction that is undone where none is left."""
        return [self._spend[key.count].effect(expects=1, key=key.text, now=now) for key in keys]

    async def spend(self, keys: Sequence[Key], now: int) -> int:
        """Spend a try of every key, committed. 0 if it may be made, else the seconds to wait; then none is spent."""
        if await self._database.apply(self.spending(keys, now)):
            return 0
        blocked = [await self._database.one(THROTTLED, of_key=key.text, now=now) for key in keys]
        return max((found.blocked_until - now for found in blocked if found), default=1)

    async def failures(self, key: Key) -> int:
        """How many tries are spent without success."""
        found = await self._database.one(COUNTED, of_key=key.text)
        return found.failures if found else 0

    def forgive(self, keys: Sequence[Key]) -> list[Effect]:
        """What a right proof gives back: its own try, and to its owner's counts every earlier one."""
        return [(FORGIVE_ALL if key.count in _OWN else FORGIVE_ONE).effect(of_key=key.text) for key in keys]

    def give_back(self, keys: Sequence[Key]) -> list[Effect]:
        """For a try that was not compared after all."""
        return [FORGIVE_ONE.effect(of_key=key.text) for key in keys]

    def _digest(self, name: str) -> str:
        key = self._secrets.newest(Purpose.IDENTIFIER)
        return hmac.digest(key.value, name.encode(), "sha256").hex()[:32]


def delays(free_tries: int, *, cap_seconds: int) -> tuple[int, ...]:
    """The delay after each failure in a row: none for the free tries but the last, then 1, 2, 4 … up to the cap.

    >>> delays(3, cap_seconds=10)
    (0, 0, 1, 2, 4, 8, 10)
    """
    rising = [1 << step for step in range(cap_seconds.bit_length()) if 1 << step < cap_seconds]
    return (*[0] * (free_tries - 1), *rising, cap_seconds)
