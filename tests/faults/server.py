"""A real server over a test's world, to be killed: `python -m tests.faults.server`.

Arguments: database URL, folder of the keys, port. Only the clock stands still.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn

from tests.oauth.wire import reopened
from tests.support.world import HandClock, settings_for


async def main(database_url: str, folder: str, port: str) -> None:
    async with reopened(settings_for(database_url, Path(folder)), HandClock()) as world:
        config = uvicorn.Config(
            world.app, host="127.0.0.1", port=int(port), log_level="warning", lifespan="off"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
