"""Statements of profiles: what customers say of themselves."""

from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, select, update

from idp.records.account import StoredProfile
from idp.store.statement import Query, Write
from idp.store.tables.account import account


def _profile_of(**row: Any) -> StoredProfile:
    return StoredProfile(**row)


PROFILE: Query[StoredProfile] = Query(
    select(account.c.profile, account.c.language, account.c.kind, account.c.country).where(
        account.c.account_id == bindparam("of_account")
    ),
    into=_profile_of,
)

CHANGE_PROFILE = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.profile == bindparam("former_profile", type_=Text),
        account.c.language == bindparam("former_language", type_=Text),
        account.c.kind == bindparam("former_kind", type_=Text),
        account.c.country == bindparam("former_country", type_=Text),
    )
    .values(
        profile=bindparam("new_profile", type_=Text),
        language=bindparam("new_language", type_=Text),
        kind=bindparam("new_kind", type_=Text),
        country=bindparam("new_country", type_=Text),
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`: nobody changed it meanwhile."""
