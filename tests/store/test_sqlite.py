"""Writing to SQLite in batches: neighbours don't share a fate, nothing waits without need, nothing is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select, text

from idp.store.database import DatabaseUnavailable, SchemaMissing
from idp.store.sqlite import SQLiteDatabase
from idp.store.statement import Effect, Query, Write, insert_into
from idp.store.tables.grant import code
from idp.store.tables.key import lease, secret

_INSERT_LEASE = insert_into(lease)
_INSERT_SECRET = insert_into(secret)
_INSERT_CODE = insert_into(code)
_NO_SUCH_ROW = Write(text("UPDATE lease SET holder = 'x' WHERE name = 'nobody'"))


def _name_of(*, name: str) -> str:
    return name


_NAMES: Query[str] = Query(select(lease.c.name).order_by(lease.c.name), into=_name_of)
_LEASE: Query[str] = Query(select(lease.c.name).where(lease.c.name == bindparam("of_name")), into=_name_of)


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[SQLiteDatabase]:
    database = SQLiteDatabase(Path(sqlite_url.removeprefix("sqlite:///")))
    await database.open()
    yield database
    await database.close()


def _insert(name: str, expires_at: int = 1) -> Effect:
    return _INSERT_LEASE.effect(expects=1, name=name, holder="h", expires_at=expires_at)


def _large(name: str) -> Effect:
    return _INSERT_SECRET.effect(
        secret_id=name, purpose="p", sealed=b"x" * 100_000, root_key_id="k", created_at=1
    )


async def test_neighbours_do_not_share_a_fate(database: SQLiteDatabase) -> None:
    outcomes = await asyncio.gather(
        database.apply([_insert("a")]),
        database.apply([_insert("b"), _NO_SUCH_ROW.effect(expects=1)]),
        database.apply([_insert("c"), _insert("a")]),
        database.apply([_insert("d")]),
        database.apply([_insert("e"), _insert("e2", 2**70)]),
        database.apply([_insert("f"), _insert("\ud800")]),
        database.apply([_insert("g")]),
        return_exceptions=True,
    )

    assert outcomes[0] is outcomes[3] is outcomes[6] is True
    assert outcomes[1] is False
    assert isinstance(outcomes[2], sqlite3.IntegrityError)
    assert isinstance(outcomes[4], OverflowError)
    assert isinstance(outcomes[5], UnicodeEncodeError)
    assert await database.all(_NAMES) == ["a", "d", "g"]
    assert await database.apply([_insert("h")])


async def test_nothing_to_do_is_done(database: SQLiteDatabase) -> None:
    assert await database.apply([])


async def test_a_commit_that_fails_is_acknowledged_to_nobody(database: SQLiteDatabase) -> None:
    orphan = _INSERT_CODE.effect(
        code_id="c", digest=b"d", family_id="nobody", redirect_uri="u", created_at=1, expires_at=2
    )
    deferred = Write(text("PRAGMA defer_foreign_keys = ON")).effect()

    outcomes = await asyncio.gather(
        database.apply([_insert("a")]),
        database.apply([deferred, orphan]),
        database.apply([_insert("b")]),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 3
    assert await database.all(_NAMES) == []
    assert await database.apply([_insert("a")])


async def test_a_transaction_that_ends_by_itself_is_acknowledged_to_nobody(database: SQLiteDatabase) -> None:
    """As SQLite may do when the disk is full, or on an error of reading or writing."""
    trigger = (
        "CREATE TRIGGER poison BEFORE INSERT ON lease WHEN NEW.name = 'poison'"
        " BEGIN SELECT RAISE(ROLLBACK, 'gone'); END"
    )
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute(trigger)

    outcomes = await asyncio.gather(
        *(database.apply([_insert(name)]) for name in ("a", "b", "poison", "c", "d")),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 5
    assert await database.all(_NAMES) == []
    assert await asyncio.gather(*(database.apply([_insert(name)]) for name in ("a", "b"))) == [True, True]


async def test_a_full_disk_loses_nothing_and_passes(database: SQLiteDatabase) -> None:
    pages = Write(text("PRAGMA max_page_count = 400"))
    assert await database.apply([pages.effect()])
    kept, refusals = [], []
    for number in range(30):
        name = f"s{number:02}"
        try:
            assert await database.apply([_large(name), _insert(name)])
            kept.append(name)
        except DatabaseUnavailable as error:
            refusals.append(str(error))

    assert kept
    assert set(refusals) == {"database or disk is full"}
    assert await database.all(_NAMES) == kept
    assert await database.apply([Write(text("PRAGMA max_page_count = 100000")).effect()])
    assert await database.apply([_large("later"), _insert("later")])


async def test_who_leaves_takes_nobody_along(database: SQLiteDatabase) -> None:
    tasks = [asyncio.create_task(database.apply([_insert(f"t{number}")])) for number in range(10)]
    await asyncio.wait([asyncio.create_task(database.apply([_insert("first")]))], timeout=0)
    for task in tasks[::2]:
        task.cancel()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert outcomes[1::2] == [True] * 5
    assert {type(outcome) for outcome in outcomes[::2]} <= {asyncio.CancelledError}
    assert set(await database.all(_NAMES)) >= {f"t{number}" for number in range(1, 10, 2)}
    assert await database.apply([_insert("after")])


async def test_another_process_may_write_meanwhile(database: SQLiteDatabase) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(database.apply([_insert(f"w{number}")])) for number in range(5)]
        done, _ = await asyncio.wait(waiting, timeout=0.05)
        assert not done
        assert await database.all(_NAMES) == []
        other.execute("INSERT INTO lease VALUES ('other', 'h', 1)")
        other.execute("COMMIT")

    assert await asyncio.gather(*waiting) == [True] * 5
    assert await database.all(_NAMES) == ["other", *(f"w{number}" for number in range(5))]


async def test_a_lock_that_stays_is_an_error_and_no_end(
    database: SQLiteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("idp.store.sqlite._BUSY_TRIES", 3)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcomes = await asyncio.gather(
            *(database.apply([_insert(name)]) for name in ("a", "b")), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 2
        other.execute("ROLLBACK")

    assert await database.apply([_insert("a")])


async def test_a_thousand_at_once_all_get_their_answer(database: SQLiteDatabase) -> None:
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            *(database.apply([_insert(f"{number:04}")]) for number in range(1_000))
        )

    assert outcomes == [True] * 1_000
    assert len(await database.all(_NAMES)) == 1_000


async def test_no_wake_up_is_lost_between_batches(database: SQLiteDatabase) -> None:
    """Each asks again the moment that it is answered, when the writer may be looking at an empty queue."""

    async def one_after_the_other(who: int) -> None:
        for number in range(50):
            assert await database.apply([_insert(f"{who}-{number}")])

    async with asyncio.timeout(60):
        await asyncio.gather(*(one_after_the_other(who) for who in range(7)))
    assert len(await database.all(_NAMES)) == 350


async def test_one_alone_waits_for_no_timer(
    database: SQLiteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[float] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda delay, *_, **__: timers.append(delay))

    assert await database.apply([_insert("a")])

    assert timers == []


async def test_what_arrives_during_a_commit_is_one_batch(database: SQLiteDatabase) -> None:
    """Sixty waiters cost far fewer commits than sixty: each changes `data_version`, as another connection sees it."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        seen = set()

        async def write(name: str) -> None:
            await database.apply([_insert(name)])
            seen.add(other.execute("PRAGMA data_version").fetchone()[0])

        await asyncio.gather(*(write(f"{number}") for number in range(60)))
    assert len(seen) <= 2


async def test_reads_see_what_is_committed_alone(database: SQLiteDatabase) -> None:
    writing = asyncio.create_task(database.apply([_insert("a")]))
    assert await database.one(_LEASE, of_name="a") is None

    assert await writing

    assert await database.one(_LEASE, of_name="a") == "a"


async def test_closing_finishes_what_is_queued(sqlite_url: str) -> None:
    database = SQLiteDatabase(Path(sqlite_url.removeprefix("sqlite:///")))
    await database.open()
    writing = [asyncio.create_task(database.apply([_insert(f"{number}")])) for number in range(20)]
    await asyncio.wait(writing, timeout=0)

    await database.close()

    assert await asyncio.gather(*writing) == [True] * 20


async def test_a_database_without_tables_says_so(tmp_path: Path) -> None:
    database = SQLiteDatabase(tmp_path / "folder" / "new.db")
    await database.open()
    with pytest.raises(SchemaMissing):
        await database.all(_NAMES)
    with pytest.raises(DatabaseUnavailable):
        await database.apply([_insert("a")])
    await database.close()


async def test_a_path_that_can_not_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable):
        await SQLiteDatabase(tmp_path).open()
