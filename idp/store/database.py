"""The one seam to the database: load records, apply effects.

A request loads its facts, decides, and applies the effects of the decision in one transaction. Nothing here holds a
transaction open across a decision, so there is no session object and no greenlet; `database-figures.md` beside this
file has the measurements behind that.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from idp.store.statement import Effect, Query, Value

R = TypeVar("R")


class DatabaseUnavailable(Exception):
    """The database did not answer: 503, and the caller may repeat a read."""


class SchemaMissing(DatabaseUnavailable):
    """A table is missing: `idp db upgrade` has never run here."""


class Database(Protocol):
    """What rooms see of a database. Both implementations read committed data only."""

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        """The only row, or None."""

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        """Every row."""

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        """Carry out `effects` in one transaction and return when it is durable.

        False, with nothing written, if an effect touched another number of rows than it expects: somebody else was
        quicker. The caller loads again and decides again.
        """

    def generation(self) -> int:
        """Another number whenever a copy in memory may be older than its caller thinks: on SQLite, when another process
        (a command beside the server) wrote. On PostgreSQL copies age by the clock alone.
        """

    async def open(self) -> None:
        """Connect. Raises `DatabaseUnavailable`."""

    async def close(self) -> None:
        """Finish what is queued and disconnect."""
