"""Which revision this release needs, and which one a database has. Imports no Alembic, so that serving starts fast."""

from pathlib import Path

from sqlalchemy import column, select, table

from idp.store.database import Database, SchemaMissing
from idp.store.statement import Query

_FILES = sorted((Path(__file__).parent / "versions").glob("[0-9]*.py"))
REVISIONS = tuple(path.stem.partition("_")[0] for path in _FILES)
"""Every revision of this release, the oldest first. Their names are numbers, so later ones compare greater."""

_CURRENT: Query[str] = Query(
    select(column("version_num")).select_from(table("alembic_version")),
    into=lambda *, version_num: str(version_num),
)


async def pending_revisions(db: Database) -> tuple[str, ...]:
    """What `idp db upgrade` has still to do. Nothing if a newer release has upgraded: this one may still run."""
    try:
        current = await db.one(_CURRENT)
    except SchemaMissing:
        current = None
    return pending_after(current)


def pending_after(current: str | None) -> tuple[str, ...]:
    return tuple(revision for revision in REVISIONS if current is None or revision > current)
