"""Whatever a request asks is found by an index, however many rows there are. On both databases."""

import importlib
import json
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

import idp.store
from idp.store.pruning import Pruning
from idp.store.statement import Statement

# Small tables, or what only a command or a start does.
_WHOLE_TABLES = frozenset(
    {
        "ALL_CLIENTS",
        "ALL_INITIAL_TOKENS",
        "DEMO_ACCOUNTS",
        "DEMO_CLIENTS",
        "REVOKE_FAMILIES_OF_CLIENT",
        "all_secrets",
        "all_keys",
    }
)
# Rows that live for days, of somebody whose account is deleted: too rare to slow every sign-in by an index.
_SHORT_LIVED = frozenset({"enrolment", "challenge", "interaction", "sign_up"})
# Without rows, PostgreSQL rather walks the index of the order that is asked for than sort what another one finds.
_IN_ORDER = frozenset({"PEOPLE_BY_BACKUP_EMAIL"})
_OF_THE_DELETED = ("OF_SUBJECT", "OF_ACCOUNT")


def _statements() -> Iterator[tuple[str, Statement]]:
    """Those of every file, and those of tuples by their place."""
    for module in pkgutil.iter_modules(idp.store.__path__):
        if not module.ispkg:
            for name, value in vars(importlib.import_module(f"idp.store.{module.name}")).items():
                for place, each in enumerate(value if isinstance(value, tuple) else (value,)):
                    statement = each.write if isinstance(each, Pruning) else each
                    if isinstance(statement, Statement) and name not in _WHOLE_TABLES:
                        yield f"{name} {place}" if isinstance(value, tuple) else name, statement


STATEMENTS = list(_statements())


# Without rows, PostgreSQL rather looks at each whether it is one of those that a recursion found than the other way.
_FAMILIES = b"""
    INSERT INTO family (family_id, subject_id, client_id, session_id, parent_id, is_offline, scope, resource, acr,
        amr, sid, sub, claims, actor, confirmation, created_at, expires_at, revoked_reason)
    SELECT 'family' || i, 'subject' || i / 20, 'client' || i % 20, 'session' || i / 5,
        CASE WHEN i % 7 = 0 THEN 'family' || i - 1 END, 0, '', '', '', '[]', '', '', '', '', '', i, i, ''
    FROM generate_series(1, 20000) i
"""


@pytest.fixture(scope="module")
def planner(postgresql_template: str, cluster: Any) -> Iterator[psycopg.Cursor[Any]]:
    """A connection that reads whole tables only where nothing else is possible, and knows no values yet."""
    url = cluster.create("plans", template=postgresql_template)
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material"):
            cursor.execute(f"SET {setting} = off".encode())
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute("SET session_replication_role = replica")  # Whose families these are doesn't matter.
        cursor.execute(_FAMILIES)
        cursor.execute("ANALYZE family")
        yield cursor
    cluster.drop("plans")


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_a_statement_reads_no_table_from_end_to_end(name: str, statement: Statement, sqlite_url: str) -> None:
    values = dict.fromkeys(re.findall(r":(\w+)", statement.sqlite), 1) | statement.constants
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall()
    read = [step for *_, step in rows if "SCAN" in step or "MATERIALIZE" in step]
    # A constant row is what a statement was given, `ended` and `line` are what it has found itself.
    spared = _spared(name) | {"CONSTANT ROW", "ended", "line"}
    assert [step for step in read if step.removeprefix("SCAN ") not in spared] == []


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_neither_does_it_on_postgresql(name: str, statement: Statement, planner: psycopg.Cursor[Any]) -> None:
    text, parameters = statement.postgresql
    planner.execute(f"PREPARE asked AS {text}".encode())
    try:
        values = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
        planner.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{values}".encode())
        ((plan,),) = planner.fetchall()
    finally:
        planner.execute("DEALLOCATE asked")
    assert name in _IN_ORDER or list(_whole_reads(plan[0]["Plan"], _spared(name))) == []


def _spared(name: str) -> frozenset[str]:
    return _SHORT_LIVED if name.startswith(_OF_THE_DELETED) else frozenset()


def _whole_reads(node: dict[str, Any], spared: frozenset[str]) -> Iterator[str]:
    """What a plan reads without looking anything up; an index of some rows alone is a look-up in itself."""
    kind, table = node["Node Type"], node.get("Relation Name")
    if kind == "Seq Scan" and table not in spared:
        yield json.dumps(node)
    is_index = kind in ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
    if is_index and "Index Cond" not in node and node["Index Name"] not in _PARTIAL:
        yield json.dumps(node)
    for below in node.get("Plans", ()):
        # Of two ways to look for a row that must not exist, tables without rows get the one that reads them first.
        if below.get("Parent Relationship") != "SubPlan":
            yield from _whole_reads(below, spared)


_PARTIAL = frozenset({"ix_account_delete_at", "ix_outbox_due_at"})
