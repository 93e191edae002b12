"""Whatever a request asks is found by an index, however many rows there are."""

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

import idp.store
from idp.store.statement import Statement

# Small tables, or what only a command or a start does.
_WHOLE_TABLES = frozenset(
    {
        "ALL_CLIENTS",
        "DEMO_ACCOUNTS",
        "DEMO_CLIENTS",
        "REVOKE_FAMILIES_OF_CLIENT",
        "all_secrets",
        "all_signing_keys",
    }
)


def _statements() -> Iterator[tuple[str, Statement]]:
    for module in pkgutil.iter_modules(idp.store.__path__):
        if not module.ispkg:
            for name, value in vars(importlib.import_module(f"idp.store.{module.name}")).items():
                if isinstance(value, Statement) and name not in _WHOLE_TABLES:
                    yield name, value


@pytest.mark.parametrize(("name", "statement"), list(_statements()))
def test_a_statement_reads_no_table_from_end_to_end(name: str, statement: Statement, sqlite_url: str) -> None:
    values = dict.fromkeys(re.findall(r":(\w+)", statement.sqlite), 1) | statement.constants
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall()
    steps = [step for *_, step in rows]
    assert [step for step in steps if "SCAN" in step or "MATERIALIZE" in step] == []
