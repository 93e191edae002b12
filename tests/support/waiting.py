"""Waiting for a condition instead of a guess of how long something takes.

How long to wait at most says only when to give up: a busy machine pauses for many seconds, and no test judges speed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], T], *, within_seconds: float = 60, what: str = "") -> T:
    """The first truthy value of `condition`. Raises TimeoutError, naming `what` and the last value."""
    deadline = time.monotonic() + within_seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(_message(condition, what, value))
        time.sleep(_PAUSE_SECONDS)  # noqa: TID251 - the one place that waits between two looks
    return value


async def until(condition: Callable[[], Awaitable[T]], *, within_seconds: float = 60, what: str = "") -> T:
    """The same on the event loop, for a condition that is awaited."""
    deadline = time.monotonic() + within_seconds
    while not (value := await condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(_message(condition, what, value))
        await asyncio.sleep(_PAUSE_SECONDS)  # noqa: TID251 - the one place that waits between two looks
    return value


def _message(condition: Callable[..., object], what: str, value: object) -> str:
    return f"waited in vain for {what or condition}; it was {value!r} at last"
