"""Writes to a SQLite database as a command beside the server does: `python -m tests.faults.writing`.

Arguments: path, name of this process, how often it opens the database, how many writes at once each time.
"""

import asyncio
import sys
from pathlib import Path

from idp.store.sqlite import SQLiteDatabase
from idp.store.statement import insert_into
from idp.store.tables.key import lease

_INSERT = insert_into(lease)


async def main(path: str, name: str, openings: str, at_once: str) -> None:
    for opening in range(int(openings)):
        database = SQLiteDatabase(Path(path))
        await database.open()
        writes = [
            _INSERT.effect(expects=1, name=f"{name}-{opening}-{number}", holder=name, expires_at=1)
            for number in range(int(at_once))
        ]
        assert all(await asyncio.gather(*(database.apply([write]) for write in writes)))
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
