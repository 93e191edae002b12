"""What a password hash costs on this machine, and what it could cost."""

import time
from collections.abc import Iterator

from argon2 import PasswordHasher as Argon2

from idp.cli.checks.finding import Finding, fine, note, warning
from idp.config.settings import Password

_ROUNDS = 3
# Long enough to make guessing dear, short enough that nobody notices it while signing in.
_QUICK_MILLISECONDS, _AIM_MILLISECONDS, _SLOW_MILLISECONDS = 20, 60, 500


def check_hashing(password: Password, *, processors: int) -> Iterator[Finding]:
    """Time one hash with today's settings."""
    hasher = Argon2(
        time_cost=password.time_cost, memory_cost=password.memory_cost_kib, parallelism=password.parallelism
    )
    milliseconds = min(_timed(hasher) for _ in range(_ROUNDS)) * 1_000
    threads = password.threads or processors
    rate = int(threads * 1_000 / milliseconds)
    said = (
        f"One password hash takes {milliseconds:.0f} ms: up to {rate} sign-ins a second on {threads} threads"
    )
    if milliseconds > _SLOW_MILLISECONDS:
        yield warning("password", f"{said}. People will wait: lower [password] memory_cost_kib or time_cost.")
    elif milliseconds < _QUICK_MILLISECONDS:
        affordable = int(password.memory_cost_kib * _AIM_MILLISECONDS / milliseconds) // 1_024 * 1_024
        yield note("password", f"{said}. This machine affords [password] memory_cost_kib = {affordable}.")
    else:
        yield fine("password", said)


def _timed(hasher: Argon2) -> float:
    began = time.perf_counter()
    hasher.hash("a password of usual length")
    return time.perf_counter() - began
