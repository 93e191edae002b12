"""From a URL to a database. Each driver is imported when it is wanted, so that SQLite starts without PostgreSQL's."""

from pathlib import Path

from idp.store.database import Database


def create_database(url: str, *, pool_size: int = 8, statement_timeout_seconds: int = 5) -> Database:
    """The database of a URL: `sqlite:///PATH` or `postgresql://…`. Raises ValueError for any other."""
    if url.startswith("sqlite:///"):
        from idp.store.sqlite import SQLiteDatabase

        return SQLiteDatabase(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        from idp.store.postgresql import PostgreSQLDatabase

        return PostgreSQLDatabase(
            url, pool_size=pool_size, statement_timeout_seconds=statement_timeout_seconds
        )
    raise ValueError(f"not a database URL that idp knows: {url.split(':', 1)[0]}:…")
