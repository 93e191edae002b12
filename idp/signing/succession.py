"""Our keys succeed each other: carries out what `rotation.py` decides and what an operator asks for.

Every change is one transaction of compare-and-swaps, so nodes and commands may run at once: one wins, the others read
again. Keys are generated in threads, before the transaction.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from idp.records.key import EVERY_ALGORITHM, KeyAlgorithm, OwnKey
from idp.signing.keys import KeyPair, UnusableKey, generate_key, writes_of
from idp.signing.rotation import (
    Expire,
    Promote,
    Publish,
    RotationPolicy,
    Step,
    decide_rotation,
    key_in,
    ready_at,
)
from idp.signing.sealing import RootKeys
from idp.store.database import Database
from idp.store.leases import take_lease
from idp.store.own_keys import all_keys
from idp.store.statement import Effect

LEASE = "signing-keys"
_LEASE_SECONDS = 120
# Somebody else may be quicker a few times in a row, not for ever.
_TRIES = 8


Act = Literal["published", "activated", "retired", "withdrawn", "imported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Something that happened to a key."""

    act: Act
    kid: str
    algorithm: KeyAlgorithm


Record = Callable[[KeyChange], Sequence[Effect]]
"""Turns a change into effects (its audit event) of the same transaction."""


def no_record(_: KeyChange) -> Sequence[Effect]:
    """Records nothing."""
    return ()


class TooEarly(Exception):
    """The next key is not known everywhere yet."""

    def __init__(self, algorithm: KeyAlgorithm, ready_at: int) -> None:
        super().__init__(f"the next {algorithm} key may still be missing from caches of the JWKS")
        self.ready_at = ready_at


class NoSuchKey(Exception):
    """No key of that algorithm has that kid, or it is withdrawn already."""


class Contended(Exception):
    """Others kept changing the keys; ask again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The keys of one database, and what may be done to them."""

    database: Database
    root_keys: RootKeys
    policy: RotationPolicy
    record: Record = no_record
    algorithms: tuple[KeyAlgorithm, ...] = EVERY_ALGORITHM

    async def ensure_active(self, now: int) -> None:
        """Give every algorithm an active key, at a start. Nodes that start together agree on the keys."""
        for _ in range(_TRIES):
            keys = await self.database.all(all_keys)
            lacking = [name for name in self.algorithms if key_in(keys, name, "active") is None]
            if not lacking:
                return
            steps = [
                step
                for name in lacking
                if (step := decide_rotation(keys, algorithm=name, now=now, policy=self.policy))
            ]
            await asyncio.gather(*(self._take(step, now) for step in steps))
        raise Contended

    async def rotate_due(self, now: int, *, holder: str) -> tuple[KeyChange, ...]:
        """Take every step that is due, as one node at a time: `holder` names this one. Costs a read when nothing is."""
        if not self._due(await self.database.all(all_keys), now):
            return ()
        lease = take_lease.effect(
            expects=1, name=LEASE, holder=holder, expires_at=now + _LEASE_SECONDS, now=now
        )
        if not await self.database.apply([lease]):
            return ()
        changes: list[KeyChange] = []
        for _ in range(_TRIES):
            steps = self._due(await self.database.all(all_keys), now)
            if not steps:
                break
            for step in steps:
                changes += await self._take(step, now)
        return tuple(changes)

    async def rotate(self, algorithm: KeyAlgorithm, now: int) -> tuple[KeyChange, ...]:
        """Hand over to the next key before its time. Raises `TooEarly`, `Contended`."""
        for _ in range(_TRIES):
            keys = await self.database.all(all_keys)
            active, successor = key_in(keys, algorithm, "active"), key_in(keys, algorithm, "next")
            if successor is None:
                await self._take(Publish(algorithm=algorithm, state="next"), now)
                continue
            if active is not None and now < ready_at(successor, self.policy):
                raise TooEarly(algorithm, ready_at(successor, self.policy))
            if changes := await self._take(Promote(successor=successor, former=active), now):
                return changes
        raise Contended

    async def withdraw(
        self, algorithm: KeyAlgorithm, now: int, *, kid: str | None = None
    ) -> tuple[KeyChange, ...]:
        """Distrust a key at once, or with no `kid` every key of the algorithm: `rotate --compromised`.

        Tokens that it signed die with it, and other nodes follow within their cache time. Who has read one private
        key in the database has read its neighbours: therefore, without a `kid`, the published next key goes as well,
        and a new one signs before caches of the JWKS know it. Raises `NoSuchKey`, `Contended`.
        """
        for _ in range(_TRIES):
            keys = [key for key in await self.database.all(all_keys) if key.algorithm == algorithm]
            distrusted = [key for key in keys if key.state != "withdrawn" and kid in (None, key.kid)]
            if kid is not None and not distrusted:
                raise NoSuchKey(kid)
            trusted = [key for key in keys if key not in distrusted]
            step = decide_rotation(trusted, algorithm=algorithm, now=now, policy=self.policy)
            moves = [*_withdrawal(distrusted, now), *(await self._moves(step, now) if step else ())]
            if changes := await self._apply(moves):
                return changes
        raise Contended

    async def import_key(self, pair: KeyPair, now: int, *, activate: bool) -> tuple[KeyChange, ...]:
        """Take over a key from elsewhere, in place of the next key, or at once in place of the active one.

        `activate` is for a key that relying parties know already. Raises `UnusableKey` for one that we had before,
        `Contended`.
        """
        for _ in range(_TRIES):
            keys = await self.database.all(all_keys)
            if any(key.kid == pair.kid for key in keys):
                raise UnusableKey(f"the key {pair.kid} is or was in use here")
            displaced = key_in(keys, pair.algorithm, "active" if activate else "next")
            moves: list[_Move] = []
            if displaced is not None:
                moves = [self._retirement(displaced, now)] if activate else _withdrawal([displaced], now)
            insertion = pair.insertion(self.root_keys, state="active" if activate else "next", now=now)
            if changes := await self._apply([*moves, (insertion, _change("imported", pair))]):
                return changes
        raise Contended

    def _due(self, keys: Sequence[OwnKey], now: int) -> list[Step]:
        steps = (
            decide_rotation(keys, algorithm=name, now=now, policy=self.policy) for name in self.algorithms
        )
        return [step for step in steps if step is not None]

    async def _take(self, step: Step, now: int) -> tuple[KeyChange, ...]:
        """What the step changed: nothing if somebody else was quicker."""
        return await self._apply(await self._moves(step, now))

    async def _moves(self, step: Step, now: int) -> "list[_Move]":
        match step:
            case Publish(algorithm=algorithm, state=state):
                pair = await asyncio.to_thread(generate_key, algorithm)
                change = _change("published" if state == "next" else "activated", pair)
                return [(pair.insertion(self.root_keys, state=state, now=now), change)]
            case Promote(successor=successor, former=former):
                writes = writes_of(successor.algorithm)
                activation = writes.activate.effect(expects=1, id=successor.kid, activated_at=now)
                # The index allows one active key, so the former goes first.
                retirement = [self._retirement(former, now)] if former else []
                return [*retirement, (activation, _change("activated", successor))]
            case Expire(key=key):
                return _withdrawal([key], now)

    async def _apply(self, moves: "Sequence[_Move]") -> tuple[KeyChange, ...]:
        changes = tuple(change for _, change in moves)
        records = [effect for change in changes for effect in self.record(change)]
        return changes if await self.database.apply([*(effect for effect, _ in moves), *records]) else ()

    def _retirement(self, key: OwnKey, now: int) -> "_Move":
        unpublished_at = now + self.policy.kept_seconds(key)
        effect = writes_of(key.algorithm).retire.effect(
            expects=1, id=key.kid, retired_at=now, unpublished_at=unpublished_at
        )
        return effect, _change("retired", key)


_Move = tuple[Effect, KeyChange]


def _withdrawal(keys: Sequence[OwnKey], now: int) -> list[_Move]:
    return [
        (
            writes_of(key.algorithm).withdraw.effect(
                expects=1, id=key.kid, former_state=key.state, retired_at=now, unpublished_at=now
            ),
            _change("withdrawn", key),
        )
        for key in keys
    ]


def _change(act: Act, key: OwnKey | KeyPair) -> KeyChange:
    return KeyChange(act=act, kid=key.kid, algorithm=key.algorithm)
