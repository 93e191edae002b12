"""What commands that act on the database need, opened and closed around them."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from idp.app.house import House, open_house
from idp.cli.faults import Refused
from idp.config.settings import Settings
from idp.records.event import Circumstances, Occasion
from idp.store.database import Database
from idp.store.migrations.revision import pending_revisions
from idp.store.opening import create_database

T = TypeVar("T")

# A command may take its time where a request may not: ending what a client was issued can be millions of rows.
_STATEMENT_TIMEOUT_SECONDS = 300


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """A migrated database. Raises `Refused`, `DatabaseUnavailable`."""
    url = settings.database.url
    _check_file(url)
    db = create_database(url, pool_size=2, statement_timeout_seconds=_STATEMENT_TIMEOUT_SECONDS)
    await db.open()
    try:
        if pending := await pending_revisions(db):
            raise Refused(f"The database lacks revision {', '.join(pending)}. Run `idp db upgrade`.")
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[tuple[House, Occasion]]:
    """The house, and the occasion: now, by whoever runs the command.

    Raises `Refused`, `DatabaseUnavailable`, `RootKeyProblem`, `UnknownRootKey`, `SealBroken`.
    """
    async with open_database(settings):
        pass  # It is there, and migrated.
    patient = replace(settings.database, pool_size=2, statement_timeout_seconds=_STATEMENT_TIMEOUT_SECONDS)
    async with open_house(replace(settings, database=patient)) as house:
        now = house.clock.now()
        circumstances = Circumstances(correlation_id=house.entropy.uuid7(now))
        yield house, Occasion(now=now, actor=f"cli:{_user()}", circumstances=circumstances)


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end."""
    return asyncio.run(command)


def _check_file(url: str) -> None:
    # SQLite would make an empty file where a typing error leads.
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).exists():
        raise Refused(
            f"There is no database {url}. Check [database] url, or run `idp db upgrade` to make it."
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A container may have a number for a user and no name.
        return "unknown"
