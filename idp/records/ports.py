"""What rooms need from the outside world, as Protocols. `adapters` implements them, `app` hands them down."""

from typing import Protocol


class Clock(Protocol):
    def now(self) -> int:
        """Epoch seconds. Read once per request, at the edge."""


class Entropy(Protocol):
    def token_bytes(self, length: int) -> bytes:
        """Random bytes from the system's generator."""

    def uuid7(self, now: int) -> str:
        """A time-ordered identifier (RFC 9562 §5.7), 32 lower-case hexadecimal digits."""


class PasswordHasher(Protocol):
    """Slow hashing in a bounded pool. Every method raises `PoolBusy` when its queue is full."""

    async def hash(self, password: str, *, pepper: bytes) -> str:
        """The encoded Argon2id hash of the NFKC form of `password`, keyed with `pepper`."""

    async def verify(self, password: str, encoded: str, *, pepper: bytes) -> bool:
        """Whether `password` is the one. A malformed `encoded` is False."""

    async def verify_nobody(self, password: str, *, pepper: bytes) -> bool:
        """False, after the time that a real comparison takes."""

    def is_outdated(self, encoded: str) -> bool:
        """Whether `encoded` was made with other parameters than today's."""


class PoolBusy(Exception):
    """The hashing queue is full: answer 503 with Retry-After."""
