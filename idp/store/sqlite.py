"""SQLite behind the seam: one serving process, WAL, synchronous=FULL, group commit.

Reads use a read-only connection, so they see committed data. Writes queue to one connection: each `apply` runs in
its own SAVEPOINT, whatever arrives while a commit runs forms the next batch, and an idle request waits for nothing.
Statements take microseconds and run on the loop; the commit waits for the disk, so it runs in a thread.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from idp.store.database import DatabaseUnavailable, SchemaMissing
from idp.store.statement import Effect, Query, Value

R = TypeVar("R")

# Another process (a command beside the server) may hold the write lock: so many times, this far apart.
_BUSY_TRIES, _BUSY_PAUSE_SECONDS = 1_000, 0.005
# How often to look whether another process wrote: what a command changes holds this soon.
_LOOK_SECONDS = 0.1

# Whoever closes the database last locks it for a moment, also against readers and those who open it.
_OPEN_SECONDS = 5

# What the driver raises for a value that SQLite can't hold. It must end the one `apply`, not the writing.
_UNBINDABLE = (OverflowError, UnicodeError)

_Batch = list[tuple[Sequence[Effect], "asyncio.Future[bool]"]]


class SQLiteDatabase:
    """See `Database`. `path` is created, with its folder, if it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: _Batch = []
        self._drain: asyncio.Task[None] | None = None
        self._generation = 0
        self._look_at = 0.0
        self._committer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")

    async def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._writer = connect(self.path)
            self._writer.execute("PRAGMA busy_timeout=0")  # Whoever waits to write waits on the loop.
            self._reader = connect(self.path)
            self._reader.execute("PRAGMA query_only=ON")
        except sqlite3.Error as error:
            raise DatabaseUnavailable(f"{self.path}: {error}") from error

    async def close(self) -> None:
        while self._drain is not None:
            await asyncio.wait([self._drain])
        self._committer.shutdown()
        self._reader.close()
        self._writer.close()

    def generation(self) -> int:
        """`data_version` of the writing connection changes with everybody's commits but its own."""
        now = asyncio.get_running_loop().time()
        # While a batch is written the connection is busy in a thread: the last answer will do.
        if self._drain is None and now >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            self._generation = self._writer.execute("PRAGMA data_version").fetchone()[0]
        return self._generation

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        rows = self._read(query, values)
        return query.record(rows[0]) if rows else None

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        return [query.record(row) for row in self._read(query, values)]

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        if not effects:
            return True
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.append((effects, done))
        if self._drain is None:
            self._drain = asyncio.create_task(self._write_queued())
        return await done

    def _read(self, query: Query[R], values: dict[str, Value]) -> list[tuple[Value, ...]]:
        try:
            # fetchall ends the implicit read transaction; a half-read cursor would pin an old snapshot.
            return self._reader.execute(query.sqlite, {**query.constants, **values}).fetchall()
        except sqlite3.OperationalError as error:
            kind = SchemaMissing if str(error).startswith("no such table") else DatabaseUnavailable
            raise kind(str(error)) from error

    async def _write_queued(self) -> None:
        """Write batches until nothing is queued. Nothing awaits between the last look at the queue and the end,
        so no wake-up is lost.
        """
        try:
            while self._queue:
                await self._write_batch()
        finally:
            self._drain = None

    async def _write_batch(self) -> None:
        """Whatever goes wrong with the transaction goes wrong for all of it: nobody is told of what isn't durable."""
        batch: _Batch = []
        try:
            await self._begin()
            batch = self._take()
            outcomes = [self._run(effects) for effects, _ in batch]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._committer, self._writer.execute, "COMMIT")
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            self._fail(batch or self._take(), error)
            return
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if done.done():
                continue
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)

    def _take(self) -> "_Batch":
        batch, self._queue = self._queue, []
        return batch

    def _fail(self, batch: "_Batch", error: Exception) -> None:
        for _, done in batch:
            if not done.done():
                done.set_exception(DatabaseUnavailable(str(error)))

    async def _begin(self) -> None:
        for _ in range(_BUSY_TRIES):
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(_BUSY_PAUSE_SECONDS)
            else:
                return
        raise sqlite3.OperationalError("another process kept the database locked")

    def _run(self, effects: Sequence[Effect]) -> bool | Exception:
        """One `apply` in its savepoint, so that neighbours don't share its fate."""
        execute = self._writer.execute
        try:
            execute("SAVEPOINT apply")
            for effect in effects:
                count = execute(effect.write.sqlite, effect.values).rowcount
                if effect.expects is not None and count != effect.expects:
                    execute("ROLLBACK TO apply")
                    execute("RELEASE apply")
                    return False
            execute("RELEASE apply")
        except (sqlite3.Error, *_UNBINDABLE) as error:
            if not self._writer.in_transaction:
                # A full disk can end the whole transaction, and what the neighbours did before with it.
                raise
            execute("ROLLBACK TO apply")
            execute("RELEASE apply")
            return DatabaseUnavailable(str(error)) if isinstance(error, sqlite3.OperationalError) else error
        return True


def connect(path: Path) -> sqlite3.Connection:
    """A connection set up as all of ours are; autocommit, so BEGIN and COMMIT are ours to say."""
    connection = sqlite3.connect(
        path, timeout=_OPEN_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
