"""Migrations make the schema that the tables say, once, however many start together."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from idp.store.database import DatabaseUnavailable
from idp.store.migrations import upgrade as module
from idp.store.migrations.revision import REVISIONS, pending_revisions
from idp.store.migrations.upgrade import check, upgrade
from idp.store.opening import create_database


def test_migrated_schema_is_that_of_the_tables(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    assert check(empty_database_url) == []


def test_second_upgrade_changes_nothing(empty_database_url: str) -> None:
    first = upgrade(empty_database_url)
    second = upgrade(empty_database_url)
    assert (first.former, first.applied) == (None, REVISIONS)
    assert (second.former, second.applied, second.backup) == (REVISIONS[-1], (), None)


def test_upgrades_that_start_together_run_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(upgrade, [empty_database_url] * 4))
    assert sorted(len(one.applied) for one in done) == [0, 0, 0, len(REVISIONS)]
    assert check(empty_database_url) == []


def test_check_names_pending_revisions(empty_database_url: str) -> None:
    assert check(empty_database_url) == [
        f"revision {name} is pending: run `idp db upgrade`" for name in REVISIONS
    ]


async def test_node_sees_what_is_pending_without_alembic(empty_database_url: str) -> None:
    async def pending() -> tuple[str, ...]:
        db = create_database(empty_database_url)
        await db.open()
        try:
            return await pending_revisions(db)
        finally:
            await db.close()

    assert await pending() == REVISIONS
    upgrade(empty_database_url)
    assert await pending() == ()


def test_check_tells_where_the_schema_differs(sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE client ADD COLUMN surprise TEXT")
        connection.execute("DROP INDEX ix_family_session_id")
    assert sorted(check(sqlite_url)) == [
        "the schema differs: add_index ix_family_session_id",
        "the schema differs: remove_column client surprise",
    ]


def test_failed_upgrade_changes_nothing(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(config: Config, revision: str) -> None:
        migrate(config, revision)
        raise RuntimeError("power cut")

    migrate = command.upgrade
    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(RuntimeError):
        upgrade(empty_database_url)
    monkeypatch.undo()
    assert upgrade(empty_database_url).applied == REVISIONS


def test_sqlite_database_is_copied_before_it_is_changed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("INSERT INTO customer_id VALUES ('aa11111-ovh', 1)")
        connection.commit()
    monkeypatch.setattr(module, "pending_after", lambda _: ("9999",))
    backup = upgrade(sqlite_url).backup
    assert backup is not None
    assert backup.name == f"idp.db.before-upgrade-from-{REVISIONS[-1]}"
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT customer_id FROM customer_id").fetchall() == [("aa11111-ovh",)]


def test_database_of_a_newer_release_is_left_alone(sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert check(sqlite_url) == []
    assert upgrade(sqlite_url).applied == ()


def test_unreachable_database_is_said(tmp_path: Path) -> None:
    for url in ("postgresql://127.0.0.1:1/idp", f"sqlite:///{tmp_path}"):
        with pytest.raises(DatabaseUnavailable):
            upgrade(url)
