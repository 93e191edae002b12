"""Redeems a code in a process of its own, and kills itself at the n-th statement: `python -m tests.faults.exchange`.

Arguments: database URL, folder of the keys, code, n. It prints the token response when it lives to see one.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from tests.oauth.wire import reopened
from tests.support.world import VERIFIER, HandClock, settings_for


class Fuse:
    """Counts what is about to happen, and ends the process as a power cut would when its turn comes."""

    def __init__(self, burns_at: int) -> None:
        self._left = burns_at

    def tick(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(database: Any, fuse: Fuse) -> None:
    """Tick before each statement that writes, BEGIN and COMMIT included."""
    if hasattr(database, "path"):
        database._writer.set_trace_callback(fuse.tick)  # noqa: SLF001 - nothing else sees each statement
        return
    connection: Any = asyncpg.connection.Connection
    connection.execute = _ticking(connection.execute, fuse)


def _ticking(execute: Callable[..., Any], fuse: Fuse) -> Callable[..., Any]:
    async def ticking(*arguments: Any, **options: Any) -> Any:
        fuse.tick()
        return await execute(*arguments, **options)

    return ticking


async def main(database_url: str, folder: str, code: str, burns_at: str) -> None:
    fuse = Fuse(int(burns_at))
    async with reopened(settings_for(database_url, Path(folder)), HandClock()) as world:
        browser = world.browser()
        _watch(world.house.database, fuse)
        response = await browser.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri="http://localhost:8001/callback",
            code_verifier=VERIFIER,
        )
        fuse.tick()  # Committed, but nobody was told.
        # A server's first line is its promise: it is out before anything else may fail.
        os.write(sys.stdout.fileno(), json.dumps(response.json()).encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
