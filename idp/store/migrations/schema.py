"""The tables as migrations make them: without comments, whose wording may change without a migration."""

from sqlalchemy import MetaData

from idp.store.tables import metadata


def schema() -> MetaData:
    """A copy of the metadata."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        plain = table.to_metadata(copy)
        plain.comment = None
        for column in plain.columns:
            column.comment = None
    return copy
