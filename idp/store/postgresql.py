"""PostgreSQL behind the seam: asyncpg, one short transaction for each `apply`.

A serialization failure or a deadlock repeats the transaction: effects are data, so repeating them is safe. A lost
connection is only repeated for reads.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import asyncpg

from idp.store.database import DatabaseUnavailable, SchemaMissing
from idp.store.statement import Effect, Query, Statement, Value

R = TypeVar("R")

_TRIES = 6
_RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# Somebody else got a primary address in the same instant: no snapshot showed it, and the next one does.
_ADDRESS = "uq_account_primary_email_key"
_GONE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # What a connection says that the server closed a moment ago.
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
)


class _Undo(Exception):
    """Leaves the transaction block so that it rolls back."""


class PostgreSQLDatabase:
    """See `Database`."""

    def __init__(self, url: str, *, pool_size: int = 8, statement_timeout_seconds: int = 5) -> None:
        self.url = url
        self._pool_size = pool_size
        self._statement_timeout_seconds = statement_timeout_seconds
        self._pool: asyncpg.Pool[Any] | None = None

    async def open(self) -> None:
        timeout = str(self._statement_timeout_seconds * 1000)
        try:
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self._pool_size,
                timeout=5,
                reset=_leave_as_it_is,
                server_settings={
                    "application_name": "idp",
                    "statement_timeout": timeout,
                    "idle_in_transaction_session_timeout": timeout,
                },
            )
        except (*_GONE, asyncpg.PostgresError) as error:
            raise DatabaseUnavailable(str(error)) from error

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def generation(self) -> int:
        return 0

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        rows = await self._read(query, values)
        return query.record(rows[0]) if rows else None

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        return [query.record(row) for row in await self._read(query, values)]

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        if not effects:
            return True
        for attempt in range(_TRIES):
            try:
                return await self._transaction(effects)
            except _RETRYABLE:
                await asyncio.sleep(0.005 * attempt)
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name != _ADDRESS:
                    raise
            except _GONE as error:
                raise DatabaseUnavailable(str(error)) from error
        raise DatabaseUnavailable("too many serialization failures")

    async def _transaction(self, effects: Sequence[Effect]) -> bool:
        if len(effects) == 1 and effects[0].expects is None:
            # A statement is a transaction already.
            sql, values = _positional(effects[0].write, effects[0].values)
            await self._connected().execute(sql, *values)
            return True
        try:
            async with self._connected().acquire() as connection, connection.transaction():
                for effect in effects:
                    sql, values = _positional(effect.write, effect.values)
                    status: str = await connection.execute(sql, *values)
                    # The status ends with the row count: "UPDATE 1", "INSERT 0 1".
                    if effect.expects is not None and int(status.rsplit(" ", 1)[1]) != effect.expects:
                        raise _Undo
        except _Undo:
            return False
        return True

    async def _read(self, query: Query[R], values: dict[str, Value]) -> list[Any]:
        sql, arguments = _positional(query, {**query.constants, **values})
        pool = self._connected()
        try:
            return list(await pool.fetch(sql, *arguments))
        except asyncpg.UndefinedTableError as error:
            raise SchemaMissing(str(error)) from error
        except _GONE:
            # The server may have restarted under idle connections; a read is safe to repeat.
            try:
                return list(await pool.fetch(sql, *arguments))
            except _GONE as error:
                raise DatabaseUnavailable(str(error)) from error

    def _connected(self) -> "asyncpg.Pool[Any]":
        if self._pool is None:
            raise DatabaseUnavailable("not open")
        return self._pool


async def _leave_as_it_is(_: object) -> None:
    """A connection goes back into the pool as it came: nothing here sets, locks or listens beyond a transaction, so
    what asyncpg has the server undo after each use is nothing, at the price of a statement.
    """


def _positional(statement: Statement, values: Any) -> tuple[str, list[Value]]:
    sql, names = statement.postgresql
    return sql, [values[name] for name in names]
