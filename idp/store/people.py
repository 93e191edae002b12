"""The columns of a person, for every query that reads one beside something else.

They carry the prefix `person_`, so that they can stand beside a session's or a family's columns of the same name.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column

from idp.records.account import AccountStatus, BlockedBy, Person, Role
from idp.store.tables.account import account, subject

_PREFIX = "person_"

PERSON_COLUMNS = tuple(
    column.label(_PREFIX + column.name)
    for column in (
        subject.c.subject_id,
        subject.c.sub,
        account.c.account_id,
        account.c.customer_id,
        account.c.primary_email,
        account.c.primary_email_verified,
        account.c.backup_email,
        account.c.backup_email_verified,
        account.c.profile,
        account.c.language,
        account.c.role,
        account.c.status,
        account.c.created_at,
        account.c.updated_at,
        account.c.kind,
        account.c.country,
        account.c.blocked_by,
        account.c.delete_at,
    )
)
PEOPLE = subject.join(account)
IS_OWNER = subject.c.kind == literal_column("'owner'")
"""Beside whatever finds a person by their account: whoever else signs in to it is somebody else."""
_FIELDS = tuple((column.name, column.name.removeprefix(_PREFIX)) for column in PERSON_COLUMNS)


_NAMES = tuple(field for _, field in _FIELDS)


def person_of(row: dict[str, Any]) -> Person:
    """The person in a row; takes the person's columns out of it and leaves the others."""
    return person_from([row.pop(label) for label, _ in _FIELDS])


def person_from(columns: Sequence[Any]) -> Person:
    """The person of `PERSON_COLUMNS`, in their order."""
    take = dict(zip(_NAMES, columns, strict=True))
    take["primary_email_verified"] = bool(take["primary_email_verified"])
    take["backup_email_verified"] = bool(take["backup_email_verified"])
    take["profile"] = json.loads(take["profile"])
    take["role"] = Role(take["role"])
    take["status"] = AccountStatus(take["status"])
    take["blocked_by"] = BlockedBy(take["blocked_by"])
    return Person(**take)
