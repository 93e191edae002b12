"""Statements of families, codes and refresh tokens.

Redeeming is one conditional update: `expects=1` decides between two requests that both saw the value unused.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, case, literal, null, or_, select, update

from idp.records.account import AccountStatus
from idp.records.grant import Code, Family, Issued, IssuedCode, IssuedRefreshToken, RefreshToken, Standing
from idp.spec.actor import read_actor
from idp.spec.confirmation import read_confirmation
from idp.store.endings import revocation
from idp.store.people import PERSON_COLUMNS, person_from
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.grant import code, family, refresh_token
from idp.store.tables.login import session

_FAMILY_COLUMNS = tuple(
    column.label("family_" + column.name) for column in family.columns if column.name != "revoked_reason"
)
_FAMILY_NAMES = tuple(column.name.removeprefix("family_") for column in _FAMILY_COLUMNS)
_successor = refresh_token.alias("successor")
_CODE_COLUMNS = tuple(column for column in code.columns if column.name != "family_id")
_CODE_NAMES = tuple(column.name for column in _CODE_COLUMNS)
_REFRESH_TOKEN_COLUMNS = (
    *(column for column in refresh_token.columns if column.name != "family_id"),
    _successor.c.redeemed_at.label("successor_redeemed_at"),
)
_REFRESH_TOKEN_NAMES = tuple(column.name for column in _REFRESH_TOKEN_COLUMNS)


@lru_cache(maxsize=64)
def _amr_of(text: str) -> tuple[str, ...]:
    """There are few ways to sign in."""
    return tuple(json.loads(text))


_FAMILY_END = len(_FAMILY_COLUMNS)
_PERSON_END = _FAMILY_END + len(PERSON_COLUMNS)
_SUB = PERSON_COLUMNS.index(next(column for column in PERSON_COLUMNS if column.name == "person_sub"))


def _family_from(columns: Sequence[Any], person_sub: str | None) -> Family:
    take = dict(zip(_FAMILY_NAMES, columns, strict=True))
    take["amr"] = _amr_of(take["amr"])
    take["is_offline"] = bool(take["is_offline"])
    take["actor"] = read_actor(take["actor"])
    take["confirmation"] = read_confirmation(take["confirmation"])
    take["sub"] = take["sub"] or person_sub or ""
    return Family(**take)


def _issued_from(row: Sequence[Any]) -> Issued:
    """Of `_ISSUED_COLUMNS`, which every query here has first."""
    person = row[_FAMILY_END:_PERSON_END]
    family = _family_from(row[:_FAMILY_END], person[_SUB])
    return Issued(
        family=family,
        person=None if family.subject_id is None else person_from(person),
        session_ends_at=row[_PERSON_END],
    )


def _standing_from(row: Sequence[Any]) -> Standing:
    (
        family_id,
        parent_id,
        subject_id,
        sub,
        expires_at,
        revoked_at,
        person_sub,
        customer_id,
        status,
        ends_at,
    ) = row
    return Standing(
        family_id=family_id,
        parent_id=parent_id,
        subject_id=subject_id,
        sub=sub or person_sub or "",
        expires_at=expires_at,
        revoked_at=revoked_at,
        person_sub=person_sub,
        customer_id=customer_id,
        status=None if status is None else AccountStatus(status),
        session_ends_at=ends_at,
    )


def _code_from(row: Sequence[Any]) -> IssuedCode:
    code = Code(**dict(zip(_CODE_NAMES, row[_PERSON_END + 1 :], strict=True)))
    return IssuedCode(code=code, issued=_issued_from(row))


def _refresh_token_from(row: Sequence[Any]) -> IssuedRefreshToken:
    token = RefreshToken(**dict(zip(_REFRESH_TOKEN_NAMES, row[_PERSON_END + 1 :], strict=True)))
    return IssuedRefreshToken(token=token, issued=_issued_from(row))


# One outer join after the other: SQLite would make the whole of `family LEFT JOIN (subject JOIN account)` for each row.
_ISSUED = (
    family.outerjoin(subject, family.c.subject_id == subject.c.subject_id)
    .outerjoin(account)
    .outerjoin(session, family.c.session_id == session.c.session_id)
)
_idle_at = session.c.seen_at + session.c.idle_seconds
_session_ends_at = case(
    (or_(family.c.session_id.is_(None), family.c.is_offline == 1), null()),
    (or_(session.c.session_id.is_(None), session.c.ended_at.is_not(None)), literal(0, BigInteger)),
    (_idle_at < session.c.expires_at, _idle_at),
    else_=session.c.expires_at,
).label("session_ends_at")
_ISSUED_COLUMNS = (*_FAMILY_COLUMNS, *PERSON_COLUMNS, _session_ends_at)

ISSUED_BY_FAMILY: Query[Issued] = Query(
    select(*_ISSUED_COLUMNS).select_from(_ISSUED).where(family.c.family_id == bindparam("family_id")),
    from_row=_issued_from,
)

STANDING: Query[Standing] = Query(
    select(
        family.c.family_id,
        family.c.parent_id,
        family.c.subject_id,
        family.c.sub,
        family.c.expires_at,
        family.c.revoked_at,
        subject.c.sub.label("person_sub"),
        account.c.customer_id,
        account.c.status,
        _session_ends_at,
    )
    .select_from(_ISSUED)
    .where(family.c.family_id == bindparam("of_family")),
    from_row=_standing_from,
)
"""A quarter of the columns of `ISSUED_BY_FAMILY`, and a third of its price: resource servers ask for each request."""

ISSUED_IN_SESSION: Query[Issued] = Query(
    select(*_ISSUED_COLUMNS)
    .select_from(_ISSUED)
    .where(
        family.c.subject_id == bindparam("of_subject", type_=Text),
        family.c.client_id == bindparam("of_client", type_=Text),
        family.c.sid == bindparam("of_sid", type_=Text),
        family.c.parent_id.is_(None),
        family.c.revoked_at.is_(None),
        family.c.expires_at > bindparam("now", type_=BigInteger),
    )
    .order_by(family.c.created_at.desc(), family.c.family_id.desc())
    .limit(1),
    from_row=_issued_from,
)
"""What a client was last issued for somebody in the session that it knows by this `sid`, as long as it stands."""

CODE: Query[IssuedCode] = Query(
    select(*_ISSUED_COLUMNS, *_CODE_COLUMNS)
    .select_from(code.join(_ISSUED, code.c.family_id == family.c.family_id))
    .where(code.c.code_id == bindparam("code_id")),
    from_row=_code_from,
)

REFRESH_TOKEN: Query[IssuedRefreshToken] = Query(
    select(*_ISSUED_COLUMNS, *_REFRESH_TOKEN_COLUMNS)
    .select_from(
        refresh_token.join(_ISSUED, refresh_token.c.family_id == family.c.family_id).outerjoin(
            _successor, refresh_token.c.successor_id == _successor.c.token_id
        )
    )
    .where(refresh_token.c.token_id == bindparam("token_id")),
    from_row=_refresh_token_from,
)

INSERT_FAMILY = insert_into(family)


def family_columns(record: Family) -> dict[str, Any]:
    """A new family as `INSERT_FAMILY` takes it."""
    columns = {field.name: getattr(record, field.name) for field in fields(record)}
    return columns | {
        "is_offline": int(record.is_offline),
        "amr": json.dumps(record.amr),
        "actor": record.actor.text() if record.actor else "",
        "confirmation": record.confirmation.text(),
    }


INSERT_CODE = insert_into(code)
INSERT_REFRESH_TOKEN = insert_into(refresh_token)

# A client's own family is written only to revoke it; a second revocation changes nothing.
INSERT_REVOKED_FAMILY = insert_into(family, or_nothing=True)

REDEEM_CODE = Write(
    update(code)
    .where(code.c.code_id == bindparam("of_code"), code.c.redeemed_at.is_(None))
    .values(redeemed_at=bindparam("now", type_=BigInteger))
)

REDEEM_REFRESH_TOKEN = Write(
    update(refresh_token)
    .where(refresh_token.c.token_id == bindparam("of_token"), refresh_token.c.redeemed_at.is_(None))
    .values(
        redeemed_at=bindparam("now", type_=BigInteger),
        successor_id=bindparam("successor"),
        successor_sealed=bindparam("sealed"),
        root_key_id=bindparam("sealed_by"),
    )
)

# Beside a redemption, so that nothing is issued from a family that was revoked since it was loaded.
KEEP_FAMILY = Write(
    update(family)
    .where(
        family.c.family_id == bindparam("of_family"),
        family.c.revoked_at.is_(None),
    )
    .values(revoked_at=None)
)

# Of two first proofs at once, the one that redeems the code or the refresh token binds it: this only stands beside it.
BIND_FAMILY = Write(
    update(family)
    .where(family.c.family_id == bindparam("of_family"))
    .values(confirmation=bindparam("bound_to"))
)

REVOKE_FAMILY = Write(revocation(family.c.family_id == bindparam("of_family")))
"""With all that was exchanged from it."""
