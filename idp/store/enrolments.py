"""Statements of enrolments: factors that are being set up, step by step."""

from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, select, update

from idp.records.account import SubjectId
from idp.records.factor import Enrolment, Kind
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.factor import enrolment

_NOW = bindparam("now", type_=BigInteger)


def _enrolment_of(**row: Any) -> Enrolment:
    row["subject_id"] = SubjectId(row["subject_id"])
    row["kind"] = Kind(row["kind"])
    row["turns_on"] = bool(row["turns_on"])
    return Enrolment(**row)


_UNVERIFIED = (
    enrolment.c.enrolment_id == bindparam("of_enrolment"),
    enrolment.c.verified_at.is_(None),
    enrolment.c.completed_at.is_(None),
    enrolment.c.expires_at > _NOW,
)

ENROLMENT: Query[Enrolment] = Query(
    select(enrolment).where(enrolment.c.enrolment_id == bindparam("of_enrolment")), into=_enrolment_of
)
INSERT_ENROLMENT = insert_into(enrolment)

SPEND_FIRST_CODE = Write(
    update(enrolment)
    .where(*_UNVERIFIED, enrolment.c.tries_left > 0)
    .values(tries_left=enrolment.c.tries_left - 1)
)
"""With `expects=1`, alone in its transaction: the first code of a device may be compared."""

SEAL_ENROLMENT = Write(
    update(enrolment)
    .where(*_UNVERIFIED, enrolment.c.sealed.is_(None))
    .values(sealed=bindparam("new_sealed", type_=LargeBinary), root_key_id=bindparam("new_root_key"))
)
"""With `expects=1`: what is being set up is known now."""

VERIFY_ENROLMENT = Write(
    update(enrolment)
    .where(*_UNVERIFIED)
    .values(
        verified_at=_NOW,
        name=bindparam("device_name"),
        sealed=bindparam("new_sealed", type_=LargeBinary),
        root_key_id=bindparam("new_root_key"),
        completed_at=bindparam("done_at", type_=BigInteger),
    )
)
"""With `expects=1`: the device works. What it was set up with is kept no longer; backup codes that wait may be."""

COMPLETE_ENROLMENT = Write(
    update(enrolment)
    .where(
        enrolment.c.enrolment_id == bindparam("of_enrolment"),
        enrolment.c.completed_at.is_(None),
        enrolment.c.expires_at > _NOW,
    )
    .values(completed_at=_NOW, sealed=None, root_key_id=None)
)
"""With `expects=1`: everything is done, and backup codes that waited are known to their owner alone."""
