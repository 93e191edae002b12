"""The one MetaData, and the three column types that we allow ourselves."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text(name: str, doc: str, *, references: str | None = None, **kwargs: Any) -> Column[str]:
    """A text column; NOT NULL unless `nullable=True` is said."""
    kwargs.setdefault("nullable", False)
    _default_in_database(kwargs)
    if references:
        return Column(name, Text, ForeignKey(references), comment=doc, **kwargs)
    return Column(name, Text, comment=doc, **kwargs)


def integer(name: str, doc: str, **kwargs: Any) -> Column[int]:
    """A 64-bit integer: a time, a duration, a count, or a flag (0 or 1)."""
    kwargs.setdefault("nullable", False)
    _default_in_database(kwargs)
    return Column(name, BigInteger, comment=doc, **kwargs)


def blob(name: str, doc: str, **kwargs: Any) -> Column[bytes]:
    """Bytes: a digest or something sealed."""
    kwargs.setdefault("nullable", False)
    return Column(name, LargeBinary, comment=doc, **kwargs)


def _default_in_database(kwargs: dict[str, Any]) -> None:
    """A column that a migration adds has its default in the database too: the previous release, which may still run,
    inserts without it.
    """
    if "default" in kwargs:
        kwargs["server_default"] = str(kwargs["default"])
