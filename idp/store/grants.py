"""Statements of families, codes and refresh tokens.

Redeeming is one conditional update: `expects=1` decides between two requests that both saw the value unused.
"""

import json
from dataclasses import fields
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, case, literal, null, or_, select, update

from idp.records.grant import Code, Family, Issued, IssuedCode, IssuedRefreshToken, RefreshToken
from idp.spec.actor import read_actor
from idp.spec.confirmation import read_confirmation
from idp.store.endings import revocation
from idp.store.people import PERSON_COLUMNS, person_of
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.grant import code, family, refresh_token
from idp.store.tables.login import session

_FAMILY_COLUMNS = tuple(
    column.label("family_" + column.name) for column in family.columns if column.name != "revoked_reason"
)
_FAMILY_FIELDS = tuple((column.name, column.name.removeprefix("family_")) for column in _FAMILY_COLUMNS)
_successor = refresh_token.alias("successor")


@lru_cache(maxsize=64)
def _amr_of(text: str) -> tuple[str, ...]:
    """There are few ways to sign in."""
    return tuple(json.loads(text))


def _family_of(row: dict[str, Any]) -> Family:
    take = {field: row.pop(label) for label, field in _FAMILY_FIELDS}
    take["amr"] = _amr_of(take["amr"])
    take["is_offline"] = bool(take["is_offline"])
    take["actor"] = read_actor(take["actor"])
    take["confirmation"] = read_confirmation(take["confirmation"])
    return Family(**take)


def _issued_of(row: dict[str, Any]) -> Issued:
    row["family_sub"] = row["family_sub"] or row["person_sub"] or ""
    found, session_ends_at = _family_of(row), row.pop("session_ends_at")
    if found.subject_id is None:
        for column in PERSON_COLUMNS:
            row.pop(column.name)
        return Issued(family=found, person=None, session_ends_at=session_ends_at)
    return Issued(family=found, person=person_of(row), session_ends_at=session_ends_at)


def _code_of(**row: Any) -> IssuedCode:
    issued = _issued_of(row)
    return IssuedCode(code=Code(**row), issued=issued)


def _refresh_token_of(**row: Any) -> IssuedRefreshToken:
    issued = _issued_of(row)
    return IssuedRefreshToken(token=RefreshToken(**row), issued=issued)


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
    into=lambda **row: _issued_of(row),
)

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
    into=lambda **row: _issued_of(row),
)
"""What a client was last issued for somebody in the session that it knows by this `sid`, as long as it stands."""

CODE: Query[IssuedCode] = Query(
    select(
        code.c.code_id,
        code.c.digest,
        code.c.redirect_uri,
        code.c.code_challenge,
        code.c.nonce,
        code.c.dpop_jkt,
        code.c.created_at,
        code.c.expires_at,
        code.c.redeemed_at,
        *_ISSUED_COLUMNS,
    )
    .select_from(code.join(_ISSUED, code.c.family_id == family.c.family_id))
    .where(code.c.code_id == bindparam("code_id")),
    into=_code_of,
)

REFRESH_TOKEN: Query[IssuedRefreshToken] = Query(
    select(
        refresh_token.c.token_id,
        refresh_token.c.digest,
        refresh_token.c.created_at,
        refresh_token.c.expires_at,
        refresh_token.c.redeemed_at,
        refresh_token.c.successor_id,
        refresh_token.c.successor_sealed,
        refresh_token.c.root_key_id,
        _successor.c.redeemed_at.label("successor_redeemed_at"),
        *_ISSUED_COLUMNS,
    )
    .select_from(
        refresh_token.join(_ISSUED, refresh_token.c.family_id == family.c.family_id).outerjoin(
            _successor, refresh_token.c.successor_id == _successor.c.token_id
        )
    )
    .where(refresh_token.c.token_id == bindparam("token_id")),
    into=_refresh_token_of,
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
