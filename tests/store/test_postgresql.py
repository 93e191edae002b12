"""PostgreSQL behind the seam: look-ups find an index there too, and what fails is told apart."""

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy import func, select, text

import idp.store
from idp.store.database import DatabaseUnavailable, SchemaMissing
from idp.store.postgresql import PostgreSQLDatabase
from idp.store.statement import Effect, Query, Statement, Value, Write, insert_into
from idp.store.tables.key import lease
from tests.support.postgresql import Cluster
from tests.support.processes import free_port
from tests.support.waiting import until

# Small tables, or what only a command or a start does, as in test_plans.py.
_WHOLE_TABLES = frozenset(
    {
        "ALL_CLIENTS",
        "DEMO_ACCOUNTS",
        "DEMO_CLIENTS",
        "REVOKE_FAMILIES_OF_CLIENT",
        "all_secrets",
        "all_keys",
    }
)
_SAMPLES: dict[str, Value] = {"text": "x", "varchar": "x", "int8": 1, "int4": 1, "bytea": b"x"}
_INSERT = insert_into(lease)


def _name_of(*, name: str) -> str:
    return name


def _length_of(*, length: int) -> int:
    return length


_NAMES: Query[str] = Query(select(lease.c.name).order_by(lease.c.name), into=_name_of)


def _statements() -> Iterator[tuple[str, Statement]]:
    for module in pkgutil.iter_modules(idp.store.__path__):
        if not module.ispkg:
            for name, value in vars(importlib.import_module(f"idp.store.{module.name}")).items():
                if isinstance(value, Statement) and name not in _WHOLE_TABLES:
                    yield name, value


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[PostgreSQLDatabase]:
    database = PostgreSQLDatabase(postgresql_url, pool_size=4)
    await database.open()
    yield database
    await database.close()


async def test_no_statement_reads_a_table_from_end_to_end(
    postgresql_url: str, subtests: pytest.Subtests
) -> None:
    """With sequential scans discouraged, the planner shows one only where no index serves."""
    connection = await asyncpg.connect(postgresql_url)
    try:
        await connection.execute("SET enable_seqscan = off")
        for name, statement in _statements():
            with subtests.test(name=name):
                explain = await connection.prepare(f"EXPLAIN {statement.postgresql[0]}")
                samples = [_SAMPLES[parameter.name] for parameter in explain.get_parameters()]
                plan = "\n".join(row[0] for row in await explain.fetch(*samples))
                assert "Seq Scan" not in plan, plan
    finally:
        await connection.close()


def _insert(name: str) -> Effect:
    return _INSERT.effect(expects=1, name=name, holder="h", expires_at=1)


async def test_neighbours_do_not_share_a_fate(database: PostgreSQLDatabase) -> None:
    nobody = Write(text("UPDATE lease SET holder = 'x' WHERE name = 'nobody'")).effect(expects=1)
    assert await database.apply([_insert("a"), _insert("b")])

    outcomes = await asyncio.gather(
        database.apply([_insert("c")]),
        database.apply([_insert("d"), _insert("a")]),
        database.apply([_insert("e"), nobody]),
        database.apply([]),
        return_exceptions=True,
    )

    assert outcomes[0] is outcomes[3] is True
    assert isinstance(outcomes[1], asyncpg.UniqueViolationError)
    assert outcomes[2] is False
    assert await database.all(_NAMES) == ["a", "b", "c"]


async def test_transactions_that_block_each_other_are_repeated(database: PostgreSQLDatabase) -> None:
    """Two take the same two rows in opposite orders: one is a deadlock's victim, and tries again."""
    assert await database.apply([_insert("a"), _insert("b")])
    touch = Write(text("UPDATE lease SET holder = holder || :mark WHERE name = :of_name"))

    def both(mark: str, *names: str) -> list[Effect]:
        return [touch.effect(expects=1, mark=mark, of_name=name) for name in names]

    orders = [("a", "b"), ("b", "a")] * 2
    outcomes = await asyncio.gather(
        *(database.apply(both(str(number), *names)) for number, names in enumerate(orders))
    )

    assert outcomes == [True] * 4
    lengths: Query[int] = Query(select(func.length(lease.c.holder).label("length")), into=_length_of)
    assert await database.all(lengths) == [5, 5]


async def test_a_lock_that_stays_is_an_error_and_no_end(postgresql_url: str) -> None:
    database = PostgreSQLDatabase(postgresql_url, statement_timeout_seconds=1)
    await database.open()
    other = await asyncpg.connect(postgresql_url)
    await other.execute("BEGIN")
    await other.execute("LOCK TABLE lease IN EXCLUSIVE MODE")
    with pytest.raises(DatabaseUnavailable):
        await database.apply([_insert("a")])
    assert await database.all(_NAMES) == []
    await other.close()

    assert await database.apply([_insert("a")])
    await database.close()


async def test_who_leaves_in_the_middle_leaves_nothing_to_the_next(postgresql_url: str) -> None:
    """Nothing resets a connection between two uses: what a transaction began must be over by itself."""
    database = PostgreSQLDatabase(postgresql_url, pool_size=1)
    await database.open()
    other = await asyncpg.connect(postgresql_url)
    await other.execute("BEGIN")
    assert await other.execute("INSERT INTO lease VALUES ('taken', 'h', 1)")
    leaving = asyncio.create_task(database.apply([_insert("half"), _insert("taken")]))
    await until(lambda: _is_waiting(other))
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await other.execute("ROLLBACK")
    await other.close()

    assert await database.all(_NAMES) == []
    assert await database.apply([_insert("after"), _insert("later")])
    assert await database.apply([_INSERT.effect(name="alone", holder="h", expires_at=1)])
    assert await database.all(_NAMES) == ["after", "alone", "later"]
    await database.close()


async def _is_waiting(connection: asyncpg.Connection) -> bool:
    """However often it is asked within a transaction, the answer is of this moment."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await connection.fetchval(waiting))


async def test_connections_that_the_server_closed_are_replaced(
    database: PostgreSQLDatabase, cluster: Cluster
) -> None:
    assert await database.all(_NAMES) == []
    other = await asyncpg.connect(cluster.url("postgres"))
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idp'"
    )
    await other.close()

    assert await database.all(_NAMES) == []
    assert await database.apply([_insert("a")])


async def test_a_database_without_tables_or_without_a_server_says_so(
    cluster: Cluster, database: PostgreSQLDatabase
) -> None:
    empty = PostgreSQLDatabase(cluster.url("template1"))
    await empty.open()
    with pytest.raises(SchemaMissing):
        await empty.all(_NAMES)
    await empty.close()
    for url in (cluster.url("no_such_database"), f"postgresql://postgres@127.0.0.1:{free_port()}/x"):
        with pytest.raises(DatabaseUnavailable):
            await PostgreSQLDatabase(url).open()
    with pytest.raises(DatabaseUnavailable):
        await PostgreSQLDatabase(database.url).all(_NAMES)
