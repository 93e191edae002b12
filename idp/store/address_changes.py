"""Statements of changes of addresses: those that wait, and the moment in which one applies."""

from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, exists, or_, select, update

from idp.records.sign_up import AddressChange, AddressPlace
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, address_change

_NOW = bindparam("now", type_=BigInteger)
_WAITING = (address_change.c.applied_at.is_(None), address_change.c.ended_at.is_(None))


def _change_of(**row: Any) -> AddressChange:
    row["place"] = AddressPlace(row["place"])
    return AddressChange(**row)


CHANGE: Query[AddressChange] = Query(
    select(address_change).where(address_change.c.change_id == bindparam("of_change")), into=_change_of
)
WAITING_CHANGES: Query[AddressChange] = Query(
    select(address_change)
    .where(address_change.c.account_id == bindparam("of_account"), *_WAITING)
    .order_by(address_change.c.change_id),
    into=_change_of,
)
CHANGES_OF_ACCOUNT: Query[AddressChange] = Query(
    select(address_change)
    .where(address_change.c.account_id == bindparam("of_account"))
    .order_by(address_change.c.change_id),
    into=_change_of,
)
"""Those that wait, and those that were until they are pruned."""
DUE_CHANGES: Query[AddressChange] = Query(
    select(address_change)
    .where(address_change.c.apply_at <= bindparam("before", type_=BigInteger), *_WAITING)
    .order_by(address_change.c.apply_at)
    .limit(100),
    into=_change_of,
)

INSERT_CHANGE = insert_into(address_change)

APPLY_CHANGE = Write(
    update(address_change)
    .where(address_change.c.change_id == bindparam("of_change"), *_WAITING)
    .values(applied_at=_NOW)
)
"""With `expects=1`: once, and not after it was cancelled."""

END_CHANGE = Write(
    update(address_change)
    .where(address_change.c.change_id == bindparam("of_change"), *_WAITING)
    .values(ended_at=_NOW, ended_reason=bindparam("why", type_=Text))
)

END_CHANGES = Write(
    update(address_change)
    .where(
        address_change.c.account_id == bindparam("of_account"),
        address_change.c.place == bindparam("of_place"),
        *_WAITING,
    )
    .values(ended_at=_NOW, ended_reason=bindparam("why", type_=Text))
)
"""A newer one takes the place of those that wait, or a case does."""

CANCEL_CHANGES = Write(
    update(address_change)
    .where(address_change.c.account_id == bindparam("of_account"), *_WAITING)
    .values(ended_at=_NOW, ended_reason="cancelled")
)
"""All that wait: who asked for them may not have been the owner."""

_taken = account.alias()
SET_PRIMARY = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        ~exists().where(
            _taken.c.primary_email_key == bindparam("new_key", type_=Text),
            _taken.c.account_id != account.c.account_id,
        ),
        or_(
            account.c.backup_email_key.is_(None),
            account.c.backup_email_key != bindparam("new_key", type_=Text),
        ),
    )
    .values(
        primary_email=bindparam("new_email", type_=Text),
        primary_email_key=bindparam("new_key", type_=Text),
        primary_email_verified=1,
        primary_email_refused_at=None,
        updated_at=_NOW,
    )
)
"""With `expects=1`, an address that was proven: nobody else has it, and it is not the backup address."""

_set_backup = (
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        or_(
            account.c.primary_email_key.is_(None),
            account.c.primary_email_key != bindparam("new_key", type_=Text),
        ),
    )
    .values(
        backup_email=bindparam("new_email", type_=Text),
        backup_email_key=bindparam("new_key", type_=Text),
        backup_email_verified=1,
        updated_at=_NOW,
    )
)
SET_BACKUP = Write(_set_backup)
"""With `expects=1`, an address that was proven: it differs from the primary one."""

ADD_BACKUP = Write(_set_backup.where(account.c.backup_email_verified == 0))
"""The same, and nothing that was proven before is replaced."""

ASK_BACKUP = Write(
    update(account).where(account.c.account_id == bindparam("of_account")).values(backup_asked_at=_NOW)
)
"""It was asked for; next time in 90 days."""

ASK_BACKUP_SOON = Write(
    update(account).where(account.c.account_id == bindparam("of_account")).values(backup_asked_at=None)
)
"""The backup address became the primary one: a new one is asked for at the next sign-in."""
