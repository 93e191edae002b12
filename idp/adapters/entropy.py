"""The system's random generator, and identifiers in the order of time."""

import secrets
import threading
import time

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM_BITS = 74
# How far the counter moves between two identifiers of one millisecond: too far to guess the neighbour's.
_STEP_BITS = 48
_ROLLBACK_MILLISECONDS = 10_000


class SystemEntropy:
    """See `Entropy`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._random = 0

    def token_bytes(self, length: int) -> bytes:
        return secrets.token_bytes(length)

    def uuid7(self, now: int) -> str:
        """RFC 9562 §5.7, monotonic within this process by §6.2, method 2.

        `now` has no fraction, so the milliseconds are the system clock's. A request that began in the second
        before gets an identifier after its neighbours' all the same; only a clock that was set back by more than
        ten seconds starts anew.
        """
        milliseconds = now * 1000 + time.time_ns() // 1_000_000 % 1000
        with self._lock:
            behind = self._milliseconds - milliseconds
            if 0 <= behind < _ROLLBACK_MILLISECONDS:
                # 2^25 such steps fit, more than this process can take in ten seconds.
                self._random += 1 + secrets.randbits(_STEP_BITS)
            else:
                self._milliseconds = milliseconds
                self._random = secrets.randbits(_RANDOM_BITS - 1)
            return _layout(self._milliseconds, self._random)


def _layout(milliseconds: int, random: int) -> str:
    """48 bits of time, version, 12 random bits, variant, 62 random bits."""
    high, low = random >> 62, random & ((1 << 62) - 1)
    return f"{(milliseconds << 80) | _VERSION_AND_VARIANT | (high << 64) | low:032x}"
