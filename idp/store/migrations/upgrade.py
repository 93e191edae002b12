"""Upgrades and checks a database, from a checkout or from a wheel, without any alembic.ini.

All pending revisions run in one transaction, and one process at a time: an advisory lock on PostgreSQL, the write
lock on SQLite. Whoever comes second finds nothing to do.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from idp.store.database import DatabaseUnavailable
from idp.store.migrations.revision import pending_after
from idp.store.migrations.schema import schema

# Any constant: it only has to differ from what other programs lock in the same database.
_ADVISORY_LOCK = 4_920_318_075_512
# A statement that waits for a table lock makes every later request wait behind it, so it gives up soon.
_LOCK_TIMEOUT_MILLISECONDS = 4_000
_SQLITE_BUSY_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What was done. `backup` is the copy of an SQLite database as it was before."""

    former: str | None
    applied: tuple[str, ...]
    backup: Path | None


def upgrade(url: str) -> Upgrade:
    """Bring the database to this release's revision. Raises `DatabaseUnavailable`, with nothing changed."""
    with _transaction(url) as connection:
        former = _current(connection)
        pending = pending_after(former)
        backup = None
        if pending:
            backup = _back_up(url, former) if former is not None else None
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(Path(__file__).parent))
            command.upgrade(config, "head")
    return Upgrade(former=former, applied=pending, backup=backup)


def check(url: str) -> list[str]:
    """What is wrong with the schema: pending revisions, or else where it differs from what this release expects.

    A schema that a newer release has upgraded is not compared. Raises `DatabaseUnavailable`.
    """
    if url.startswith("sqlite:") and not _file_of(url).exists():
        return _told_pending(pending_after(None))
    with _transaction(url) as connection:
        current = _current(connection)
        if pending := pending_after(current):
            return _told_pending(pending)
        if current != pending_after(None)[-1]:
            return []
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [_told(difference) for difference in compare_metadata(context, schema())]


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _told_pending(revisions: Iterable[str]) -> list[str]:
    return [f"revision {revision} is pending: run `idp db upgrade`" for revision in revisions]


def _told(difference: Any) -> str:
    # Alembic tells of one table or index as a tuple, and of changed columns as a list of tuples.
    parts = difference[0] if isinstance(difference, list) else difference
    return "the schema differs: " + " ".join(
        str(getattr(part, "name", part)) for part in parts if part is not None
    )


@contextmanager
def _transaction(url: str) -> Iterator[Connection]:
    is_sqlite = url.startswith("sqlite:")
    if is_sqlite:
        _file_of(url).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(_driver_url(url), poolclass=NullPool, connect_args=_connect_args(is_sqlite))
    if is_sqlite:
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _lock_sqlite)
    try:
        with engine.begin() as connection:
            if not is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MILLISECONDS}")
            yield connection
    except DBAPIError as error:
        raise DatabaseUnavailable(str(error.orig)) from error
    finally:
        engine.dispose()


def _file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _driver_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return url if scheme == "sqlite" else f"postgresql+psycopg{separator}{rest}"


def _connect_args(is_sqlite: bool) -> dict[str, Any]:
    return (
        {"timeout": _SQLITE_BUSY_SECONDS}
        if is_sqlite
        else {"connect_timeout": 5, "application_name": "idp db"}
    )


def _leave_transactions_to_us(connection: sqlite3.Connection, _: object) -> None:
    # Python's driver would commit before each CREATE TABLE.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _lock_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _back_up(url: str, former: str) -> Path | None:
    """A copy beside the database, complete or not there at all. PostgreSQL has its own tools."""
    if not url.startswith("sqlite:"):
        return None
    source = _file_of(url)
    backup = source.with_name(f"{source.name}.before-upgrade-from-{former}")
    unfinished = backup.with_name(backup.name + ".part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(unfinished)) as writer:
        reader.backup(writer)
    return unfinished.replace(backup)
