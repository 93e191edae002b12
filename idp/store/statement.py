"""Statements: SQLAlchemy Core expressions, compiled once for each driver.

A `Query` reads rows into records. A `Write` becomes an `Effect` when it is given its values; a decision returns
effects, and `Database.apply` carries them out in one transaction. Compiled SQL goes straight to the driver, so the
columns hold only what both drivers take as it is: integers, text and bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import CompoundSelect, Select, Table, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.sql.expression import ClauseElement

R = TypeVar("R", covariant=True)
Value = int | str | bytes | None

_SQLITE = sqlite_dialect(paramstyle="named")
_POSTGRESQL = postgresql_dialect()  # type: ignore[no-untyped-call]


class Statement:
    """A Core expression and its two compiled forms. Values are passed by the names of its bind parameters."""

    def __init__(self, expression: ClauseElement) -> None:
        self.expression = expression

    @cached_property
    def sqlite(self) -> str:
        """SQL with `:name` parameters."""
        return str(self.expression.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True}))

    @cached_property
    def postgresql(self) -> tuple[str, tuple[str, ...]]:
        """SQL with `$1` parameters, and the names in their order."""
        compiled = self.expression.compile(dialect=_POSTGRESQL, compile_kwargs={"render_postcompile": True})
        return str(compiled), tuple(compiled.positiontup or ())  # type: ignore[attr-defined]

    @cached_property
    def constants(self) -> dict[str, Value]:
        """Values that the expression itself holds (literals such as `state == 'active'`)."""
        compiled = self.expression.compile(dialect=_SQLITE, compile_kwargs={"render_postcompile": True})
        names = compiled.bind_names  # type: ignore[attr-defined]
        nulls = {name: None for bind, name in names.items() if not bind.required}
        return nulls | {name: value for name, value in compiled.params.items() if value is not None}


class Query(Statement, Generic[R]):
    """A SELECT whose columns are the fields of the record that `into` makes from keywords. Where every microsecond
    counts, `from_row` makes it of the row itself, whose columns come in the order of the SELECT.
    """

    def __init__(
        self,
        select: Select[Any] | CompoundSelect[Any],
        *,
        into: Callable[..., R] | None = None,
        from_row: Callable[[Sequence[Any]], R] | None = None,
    ) -> None:
        super().__init__(select)
        self.names = tuple(column.name for column in select.selected_columns)
        self.record = from_row or self._by_name(into)

    def _by_name(self, into: Callable[..., R] | None) -> Callable[[Sequence[Any]], R]:
        assert into is not None
        names = self.names
        return lambda row: into(**dict(zip(names, row, strict=True)))


class Write(Statement):
    """An INSERT, UPDATE or DELETE."""

    def __init__(self, expression: ClauseElement, *, defaults: Mapping[str, Value] | None = None) -> None:
        super().__init__(expression)
        self.defaults = dict(defaults or {})

    def effect(self, *, expects: int | None = None, **values: Value) -> "Effect":
        """This statement with its values; with `expects`, any other row count undoes the whole transaction."""
        return Effect(write=self, values={**self._given, **values}, expects=expects)

    @cached_property
    def _given(self) -> dict[str, Value]:
        return self.constants | self.defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One statement of a transaction."""

    write: Write
    values: Mapping[str, Value]
    expects: int | None = None


def insert_into(table: Table, *, or_nothing: bool = False) -> Write:
    """INSERT of every column. Absent values are the column's default, or NULL where it may be."""
    statement = insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    if or_nothing:
        statement = statement.on_conflict_do_nothing()
    defaults: dict[str, Value] = {}
    for column in table.columns:
        if column.default is not None:
            defaults[column.name] = column.default.arg  # type: ignore[attr-defined]
        elif column.nullable:
            defaults[column.name] = None
    return Write(statement, defaults=defaults)
