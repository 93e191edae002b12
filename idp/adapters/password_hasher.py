"""Argon2id (RFC 9106) in its own bounded pool.

A hash takes tens of milliseconds and megabytes, so as many run at once as there are threads, a bounded number waits,
and past that callers are told to come again: memory stays bounded and nobody waits longer than the queue.
"""

import asyncio
import hmac
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2 import Type
from argon2.exceptions import InvalidHashError, VerificationError

from idp.records.ports import Entropy, PoolBusy
from idp.spec.password_text import password_text

T = TypeVar("T")

_SALT_LENGTH = 16
_NICENESS = 5


class Argon2PasswordHasher:
    """See `PasswordHasher`.

    `threads` 0 means one for each processor. `observe` is told, from any thread, how many seconds each hash took from
    the call to its end. Making one takes as long as one hash.
    """

    def __init__(
        self,
        *,
        entropy: Entropy,
        time_cost: int,
        memory_cost_kib: int,
        parallelism: int,
        threads: int,
        queue: int,
        observe: Callable[[float], None] | None = None,
    ) -> None:
        workers = threads or os.cpu_count() or 1
        self._entropy = entropy
        self._observe = observe
        self._argon2 = Argon2(
            time_cost=time_cost,
            memory_cost=memory_cost_kib,
            parallelism=parallelism,
            hash_len=32,
            salt_len=_SALT_LENGTH,
            type=Type.ID,
        )
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="argon2", initializer=_step_back)
        self._capacity = workers + queue
        self._occupied = 0
        self._lock = threading.Lock()
        self._nobody = self._hash(entropy.token_bytes(32), entropy.token_bytes(_SALT_LENGTH))

    async def hash(self, password: str, *, pepper: bytes) -> str:
        salt = self._entropy.token_bytes(_SALT_LENGTH)
        return await self._run(lambda: self._hash(_peppered(password, pepper), salt))

    async def verify(self, password: str, encoded: str, *, pepper: bytes) -> bool:
        return await self._run(lambda: self._verify(encoded, _peppered(password, pepper)))

    async def verify_nobody(self, password: str, *, pepper: bytes) -> bool:
        await self._run(lambda: self._verify(self._nobody, _peppered(password, pepper)))
        return False

    def is_outdated(self, encoded: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(encoded)
        except InvalidHashError:
            return True

    @property
    def occupied(self) -> int:
        """Hashes that run or wait."""
        return self._occupied

    def close(self) -> None:
        """Finish what runs and waits, for which it blocks; whoever comes later is told to go elsewhere."""
        self._pool.shutdown()

    def _hash(self, peppered: bytes, salt: bytes) -> str:
        return self._argon2.hash(peppered, salt=salt)

    def _verify(self, encoded: str, peppered: bytes) -> bool:
        try:
            return self._argon2.verify(encoded, peppered)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._submit(work))

    def _submit(self, work: Callable[[], T]) -> "Future[T]":
        with self._lock:
            if self._occupied >= self._capacity:
                raise PoolBusy
            self._occupied += 1
        began = time.perf_counter()
        try:
            future = self._pool.submit(work)
        except RuntimeError as error:
            self._release()
            raise PoolBusy from error  # The pool is closed: this node is going down, another one answers.
        # A caller that was cancelled leaves a running hash behind; its place is free when the hash has ended.
        future.add_done_callback(lambda ended: self._ended(ended, began))
        return future

    def _ended(self, future: "Future[T]", began: float) -> None:
        self._release()
        if self._observe is not None and not future.cancelled():
            self._observe(time.perf_counter() - began)

    def _release(self) -> None:
        with self._lock:
            self._occupied -= 1


def _peppered(password: str, pepper: bytes) -> bytes:
    """What Argon2id sees. A lone surrogate can't come from a form, and would be just another character."""
    return hmac.digest(pepper, password_text(password).encode("utf-8", "surrogatepass"), "sha256")


def _step_back() -> None:
    """Let the event loop go first: on Linux niceness belongs to a thread."""
    if sys.platform == "linux":
        os.nice(_NICENESS)
