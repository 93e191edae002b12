"""What a decided case changes in the account, and what is looked at before."""

from sqlalchemy import BigInteger, Text, bindparam, delete, func, select, union_all, update

from idp.store.statement import Query, Write
from idp.store.tables.account import account, link, password
from idp.store.tables.factor import backup_code, passkey, phone, security, totp

_NOW = bindparam("now", type_=BigInteger)

_factor_times = union_all(
    *(
        select(when.label("at")).where(table.c.subject_id == bindparam("of_subject", type_=Text))
        for table in (totp, passkey, phone, backup_code)
        for when in (table.c.created_at, table.c.used_at)
    )
).subquery()
LAST_FACTOR_AT: Query[int | None] = Query(
    select(func.max(_factor_times.c.at).label("at")), into=lambda *, at: at
)
"""When somebody last added a second factor of theirs, or used one; nothing where there is none."""

TURN_BACKUP_INTO_PRIMARY = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.backup_email_key == bindparam("proven_key", type_=Text),
        account.c.backup_email_verified == 1,
    )
    .values(backup_email=None, backup_email_key=None, backup_email_verified=0, backup_asked_at=None)
)
"""With `expects=1`, before `SET_PRIMARY`: it is still the address whose code was read back."""

FORGET_PASSWORD = Write(delete(password).where(password.c.subject_id == bindparam("of_subject")))
"""Whoever knew it knows nothing now: a new one is chosen by a link."""

DELETE_TOTPS = Write(delete(totp).where(totp.c.subject_id == bindparam("of_subject")))
DELETE_PASSKEYS = Write(delete(passkey).where(passkey.c.subject_id == bindparam("of_subject")))
DELETE_PHONES = Write(delete(phone).where(phone.c.subject_id == bindparam("of_subject")))
RECOMMEND_FACTOR = Write(
    update(security)
    .where(security.c.subject_id == bindparam("of_subject"))
    .values(two_factor_at=None, last_way="", changed_at=_NOW, recommended_at=_NOW)
)
"""Two-factor authentication is off, and sign-ins recommend a new device."""

EXPIRE_EVERY_LINK = Write(
    update(link)
    .where(
        link.c.subject_id == bindparam("of_subject"), link.c.redeemed_at.is_(None), link.c.expires_at > _NOW
    )
    .values(expires_at=_NOW)
)
"""What was mailed to an address that is lost opens nothing any more."""
