"""The columns of a person, for every query that reads one beside something else.

They carry the prefix `person_`, so that they can stand beside a session's or a family's columns of the same name.
"""

import json
from typing import Any

from idp.records.account import AccountId, AccountStatus, Person, Role, SubjectId
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
    )
)
PEOPLE = subject.join(account)


def person_of(row: dict[str, Any]) -> Person:
    """The person in a row; takes the person's columns out of it and leaves the others."""
    take = {column.name: row.pop(column.name) for column in PERSON_COLUMNS}
    return Person(
        subject_id=SubjectId(take["person_subject_id"]),
        sub=take["person_sub"],
        account_id=AccountId(take["person_account_id"]),
        customer_id=take["person_customer_id"],
        primary_email=take["person_primary_email"],
        primary_email_verified=bool(take["person_primary_email_verified"]),
        backup_email=take["person_backup_email"],
        backup_email_verified=bool(take["person_backup_email_verified"]),
        profile=json.loads(take["person_profile"]),
        language=take["person_language"],
        role=Role(take["person_role"]),
        status=AccountStatus(take["person_status"]),
        created_at=take["person_created_at"],
        updated_at=take["person_updated_at"],
    )
