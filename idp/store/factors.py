"""Statements of second factors, passkeys, and what a subject chose about them."""

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    LargeBinary,
    ScalarSelect,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from idp.records.account import AccountStatus, BlockedBy
from idp.records.event import EventType
from idp.records.factor import BackupCode, Notify, Passkey, Phone, Security, Standing, Totp
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.event import audit_event
from idp.store.tables.factor import backup_code, passkey, phone, security, totp

_NOW = bindparam("now", type_=BigInteger)
_OF_SUBJECT: BindParameter[str] = bindparam("of_subject")


def _count(which: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(which)).where(*conditions).scalar_subquery()


def _standing_of(**row: Any) -> Standing:
    groups = {*json.loads(row.pop("member_of")), row.pop("role")}
    row["last_way"] = row["last_way"] or ""
    for flag in ("has_backup_email", "has_primary_email"):
        row[flag] = bool(row[flag])
    return Standing(groups=frozenset(groups), **row)


_IS_BLOCKED = and_(
    account.c.status == AccountStatus.DISABLED.value, account.c.blocked_by == BlockedBy.OWNER.value
)
_address_changed_at = (
    select(audit_event.c.at)
    .where(
        audit_event.c.subject_id == subject.c.subject_id,
        audit_event.c.type == EventType.ADDRESS_CHANGED.value,
    )
    .order_by(audit_event.c.event_id.desc())
    .limit(1)
    .scalar_subquery()
)

# One query, whatever a subject has: most have nothing.
STANDING: Query[Standing] = Query(
    select(
        subject.c.subject_id,
        security.c.two_factor_at,
        security.c.last_way,
        security.c.stolen_at,
        security.c.recommended_at,
        _count(totp.c.totp_id, totp.c.subject_id == subject.c.subject_id).label("totps"),
        _count(
            passkey.c.passkey_id, passkey.c.subject_id == subject.c.subject_id, passkey.c.flagged_at.is_(None)
        ).label("keys"),
        _count(
            passkey.c.passkey_id,
            passkey.c.subject_id == subject.c.subject_id,
            passkey.c.flagged_at.is_(None),
            passkey.c.verifies_user == 1,
        ).label("passkeys"),
        _count(phone.c.phone_id, phone.c.subject_id == subject.c.subject_id).label("phones"),
        _count(
            backup_code.c.digest,
            backup_code.c.subject_id == subject.c.subject_id,
            backup_code.c.used_at.is_(None),
        ).label("backup_codes"),
        account.c.member_of,
        account.c.role,
        account.c.primary_email_refused_at,
        account.c.backup_email_verified.label("has_backup_email"),
        account.c.backup_asked_at,
        security.c.changed_at,
        case((_IS_BLOCKED, account.c.disabled_at)).label("blocked_at"),
        case((account.c.primary_email.is_not(None), 1), else_=0).label("has_primary_email"),
        case((_IS_BLOCKED, _address_changed_at)).label("address_changed_at"),
    )
    .select_from(
        subject.join(account, account.c.account_id == subject.c.account_id).outerjoin(
            security, security.c.subject_id == subject.c.subject_id
        )
    )
    .where(subject.c.subject_id == _OF_SUBJECT),
    into=_standing_of,
)


def _security_of(**row: Any) -> Security:
    row["notify"] = Notify(row["notify"])
    return Security(**row)


SECURITY: Query[Security] = Query(
    select(security).where(security.c.subject_id == _OF_SUBJECT), into=_security_of
)
SECURITY_BY_HANDLE: Query[Security] = Query(
    select(security).where(security.c.user_handle == bindparam("of_handle", type_=LargeBinary)),
    into=_security_of,
)

INSERT_SECURITY = insert_into(security, or_nothing=True)
"""A subject's row, with a new user handle. Touches no row if there is one."""

TURN_TWO_FACTOR = Write(
    update(security)
    .where(security.c.subject_id == _OF_SUBJECT)
    .values(two_factor_at=bindparam("turned_at", type_=BigInteger))
)
"""On with a time, off with None."""

HOLD_SECURITY = Write(update(security).where(security.c.subject_id == _OF_SUBJECT).values(changed_at=_NOW))
"""With `expects=1`, before whatever adds or removes a way in: of two such acts at once, the second waits, and sees what
the first did.
"""

_HAS_DEVICE = or_(
    exists().where(totp.c.subject_id == _OF_SUBJECT),
    exists().where(passkey.c.subject_id == _OF_SUBJECT, passkey.c.flagged_at.is_(None)),
    exists().where(phone.c.subject_id == _OF_SUBJECT),
)
TURN_TWO_FACTOR_ON = Write(
    update(security)
    .where(security.c.subject_id == _OF_SUBJECT, _HAS_DEVICE)
    .values(two_factor_at=_NOW, recommended_at=None)
)
"""With `expects=1`, after `HOLD_SECURITY`: nobody is asked for what they don't have."""

KEEP_TWO_FACTOR = Write(
    update(security)
    .where(security.c.subject_id == _OF_SUBJECT, _HAS_DEVICE)
    .values(two_factor_at=security.c.two_factor_at)
)
"""With `expects=1`, after `HOLD_SECURITY` and a removal: a device is left."""

SET_NOTIFY = Write(
    update(security).where(security.c.subject_id == _OF_SUBJECT).values(notify=bindparam("wanted"))
)

SET_LAST_WAY = Write(
    update(security).where(security.c.subject_id == _OF_SUBJECT).values(last_way=bindparam("way"))
)

_REPORT_STOLEN = insert(security).values(
    subject_id=bindparam("subject_id"),
    user_handle=bindparam("user_handle", type_=LargeBinary),
    last_way="",
    notify=Notify.NEW.value,
    stolen_at=bindparam("stolen_at", type_=BigInteger),
)
REPORT_STOLEN = Write(
    _REPORT_STOLEN.on_conflict_do_update(
        index_elements=[security.c.subject_id], set_={"stolen_at": _REPORT_STOLEN.excluded.stolen_at}
    )
)
"""Every sign-in is risky from now on; with None no more. Takes subject_id, user_handle (for a new row), stolen_at."""


def _totp_of(**row: Any) -> Totp:
    return Totp(**row)


TOTPS: Query[Totp] = Query(
    select(totp).where(totp.c.subject_id == _OF_SUBJECT).order_by(totp.c.totp_id), into=_totp_of
)
INSERT_TOTP = insert_into(totp)
REDEEM_TOTP = Write(
    update(totp)
    .where(
        totp.c.totp_id == bindparam("of_totp"),
        totp.c.subject_id == _OF_SUBJECT,
        totp.c.last_step < bindparam("step", type_=BigInteger),
    )
    .values(last_step=bindparam("step", type_=BigInteger), used_at=_NOW)
)
"""With `expects=1`: each step once ever."""

RENAME_TOTP = Write(
    update(totp)
    .where(totp.c.totp_id == bindparam("of_totp"), totp.c.subject_id == _OF_SUBJECT)
    .values(name=bindparam("new_name"))
)
DELETE_TOTP = Write(
    delete(totp).where(totp.c.totp_id == bindparam("of_totp"), totp.c.subject_id == _OF_SUBJECT)
)


def _passkey_of(**row: Any) -> Passkey:
    for flag in ("is_discoverable", "verifies_user", "is_synced"):
        row[flag] = bool(row[flag])
    return Passkey(**row)


PASSKEYS: Query[Passkey] = Query(
    select(passkey).where(passkey.c.subject_id == _OF_SUBJECT).order_by(passkey.c.passkey_id),
    into=_passkey_of,
)
PASSKEY_BY_CREDENTIAL: Query[Passkey] = Query(
    select(passkey).where(passkey.c.credential_id == bindparam("of_credential", type_=LargeBinary)),
    into=_passkey_of,
)
INSERT_PASSKEY = insert_into(passkey, or_nothing=True)
"""With `expects=1`: a credential ID belongs to one subject once."""

REDEEM_PASSKEY = Write(
    update(passkey)
    .where(
        passkey.c.passkey_id == bindparam("of_passkey"),
        passkey.c.sign_count == bindparam("former_count", type_=BigInteger),
        passkey.c.flagged_at.is_(None),
    )
    .values(sign_count=bindparam("count", type_=BigInteger), used_at=_NOW)
)
"""With `expects=1`: the counter is still the one that the signature was compared with."""

FLAG_PASSKEY = Write(
    update(passkey)
    .where(passkey.c.passkey_id == bindparam("of_passkey"), passkey.c.flagged_at.is_(None))
    .values(flagged_at=_NOW)
)
RENAME_PASSKEY = Write(
    update(passkey)
    .where(passkey.c.passkey_id == bindparam("of_passkey"), passkey.c.subject_id == _OF_SUBJECT)
    .values(name=bindparam("new_name"))
)
DELETE_PASSKEY = Write(
    delete(passkey).where(
        passkey.c.passkey_id == bindparam("of_passkey"), passkey.c.subject_id == _OF_SUBJECT
    )
)


def _phone_of(**row: Any) -> Phone:
    return Phone(**row)


PHONES: Query[Phone] = Query(
    select(phone).where(phone.c.subject_id == _OF_SUBJECT).order_by(phone.c.phone_id), into=_phone_of
)
INSERT_PHONE = insert_into(phone)
USE_PHONE = Write(
    update(phone)
    .where(phone.c.phone_id == bindparam("of_phone"), phone.c.subject_id == _OF_SUBJECT)
    .values(used_at=_NOW)
)
RENAME_PHONE = Write(
    update(phone)
    .where(phone.c.phone_id == bindparam("of_phone"), phone.c.subject_id == _OF_SUBJECT)
    .values(name=bindparam("new_name"))
)
DELETE_PHONE = Write(
    delete(phone).where(phone.c.phone_id == bindparam("of_phone"), phone.c.subject_id == _OF_SUBJECT)
)


def _backup_code_of(**row: Any) -> BackupCode:
    return BackupCode(**row)


BACKUP_CODE: Query[BackupCode] = Query(
    select(backup_code).where(
        backup_code.c.subject_id == _OF_SUBJECT,
        backup_code.c.digest == bindparam("of_digest", type_=LargeBinary),
    ),
    into=_backup_code_of,
)
INSERT_BACKUP_CODE = insert_into(backup_code)
REDEEM_BACKUP_CODE = Write(
    update(backup_code)
    .where(
        backup_code.c.subject_id == _OF_SUBJECT,
        backup_code.c.digest == bindparam("of_digest", type_=LargeBinary),
        backup_code.c.used_at.is_(None),
    )
    .values(used_at=_NOW)
)
"""With `expects=1`: single use."""

DELETE_BACKUP_CODES = Write(delete(backup_code).where(backup_code.c.subject_id == _OF_SUBJECT))
