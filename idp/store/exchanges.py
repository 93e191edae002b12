"""Statements of token exchange: where an exchanged family comes from."""

from typing import Any

from sqlalchemy import bindparam, select

from idp.records.account import AccountStatus
from idp.records.grant import Ancestor
from idp.store.statement import Query
from idp.store.tables.account import account, subject
from idp.store.tables.grant import family


def _ancestor_of(*, status: str | None, **row: Any) -> Ancestor:
    return Ancestor(status=None if status is None else AccountStatus(status), **row)


_COLUMNS = ("family_id", "parent_id", "subject_id", "client_id", "revoked_at")
_line = (
    select(*(family.c[name] for name in _COLUMNS))
    .where(family.c.family_id == bindparam("of_family"))
    .cte("line", recursive=True)
)
_parent = family.alias("parent")
_line = _line.union(
    select(*(_parent.c[name] for name in _COLUMNS)).where(_parent.c.family_id == _line.c.parent_id)
)

LINEAGE: Query[Ancestor] = Query(
    select(*_line.columns, account.c.status).select_from(
        _line.outerjoin(subject, _line.c.subject_id == subject.c.subject_id).outerjoin(
            account, subject.c.account_id == account.c.account_id
        )
    ),
    into=_ancestor_of,
)
"""A family, and all that it was exchanged from."""
