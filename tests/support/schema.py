"""Writes docs/schema.md from the tables: `python -m tests.support.schema docs/schema.md`. A test says if it is old."""

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Index, Table, UniqueConstraint

from idp.store.tables import metadata

_TYPES = {"TEXT": "text", "BIGINT": "integer", "BLOB": "bytes"}
_INTRODUCTION = """\
# Schema

Generated from `idp/store/tables/` by `make schema`. The same on SQLite and PostgreSQL: columns are texts, 64-bit
integers and bytes. Times are epoch seconds and end in `_at`; flags are 0 or 1; identifiers are UUIDv7 in 32
hexadecimal digits unless said; lists and objects are JSON in a text.
"""


def schema_page() -> str:
    """The whole schema on one page."""
    return "\n".join([_INTRODUCTION, *(line for table in _tables() for line in _section(table))])


def _tables() -> list[Table]:
    return sorted(metadata.tables.values(), key=lambda table: table.name)


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield f"{table.comment}"
    yield ""
    yield "| column | type | is |"
    yield "| --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {_type(column)} | {column.comment} |"
    yield ""
    if indexes := [*_indexes(table)]:
        yield "Indexes: " + "; ".join(indexes) + "."
        yield ""


def _type(column: Column[object]) -> str:
    words = [_TYPES[str(column.type)]]
    if column.primary_key:
        words.append("key")
    if column.nullable:
        words.append("may be null")
    words += [f"→ `{key.target_fullname}`" for key in column.foreign_keys]
    return ", ".join(words)


def _indexes(table: Table) -> Iterator[str]:
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    for constraint in sorted(unique, key=lambda one: [column.name for column in one.columns]):
        yield f"unique ({', '.join(column.name for column in constraint.columns)})"
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        yield _index(index)


def _index(index: Index) -> str:
    columns = ", ".join(column.name for column in index.columns)
    where = index.dialect_options["sqlite"]["where"]
    return f"{'unique ' if index.unique else ''}({columns})" + (
        f" where {where}" if where is not None else ""
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema_page(), encoding="utf-8")
