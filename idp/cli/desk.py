"""What commands that act on the database need, opened and closed around them."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.adapters.key_files import load_root_keys
from idp.cli.faults import Refused
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.records.event import Circumstances, Occasion
from idp.signing.reseal import sealed_with
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Secrets, load_secrets
from idp.store.database import Database, create_database
from idp.store.migrations.revision import pending_revisions

T = TypeVar("T")

# A command may take its time where a request may not: ending what a client was issued can be millions of rows.
_STATEMENT_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything that acts ask for. One desk is one command: its events share a correlation id."""

    settings: Settings
    db: Database
    root_keys: RootKeys
    secrets: Secrets
    clock: SystemClock
    entropy: SystemEntropy

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.entropy, self.secrets)

    @cached_property
    def occasion(self) -> Occasion:
        """Now, by whoever runs the command."""
        now = self.clock.now()
        return Occasion(
            now=now,
            actor=f"cli:{_user()}",
            circumstances=Circumstances(correlation_id=self.entropy.uuid7(now)),
        )


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
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Raises `Refused`, `DatabaseUnavailable`, `RootKeyProblem`, `UnknownRootKey`, `SealBroken`."""
    clock, entropy = SystemClock(), SystemEntropy()
    async with open_database(settings) as db:
        root_keys = load_root_keys(
            Path(settings.keys.directory), sealed_with=await sealed_with(db), entropy=entropy, now=clock.now()
        )
        secrets = await load_secrets(db, root_keys, entropy, clock.now())
        yield Desk(
            settings=settings, db=db, root_keys=root_keys, secrets=secrets, clock=clock, entropy=entropy
        )


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
