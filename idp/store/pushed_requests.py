"""Statements of pushed authorization requests. Each is answered once: `expects=1` decides between two tabs."""

import json
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update

from idp.records.pushed_request import PushedRequest
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.grant import pushed_request


def _pushed_request_of(**row: Any) -> PushedRequest:
    row["parameters"] = json.loads(row["parameters"])
    return PushedRequest(**row)


PUSHED_REQUEST: Query[PushedRequest] = Query(
    select(pushed_request).where(pushed_request.c.request_id == bindparam("of_request")),
    into=_pushed_request_of,
)

INSERT_PUSHED_REQUEST = insert_into(pushed_request)

REDEEM_PUSHED_REQUEST = Write(
    update(pushed_request)
    .where(pushed_request.c.request_id == bindparam("of_request"), pushed_request.c.redeemed_at.is_(None))
    .values(redeemed_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`, among the effects of the answer."""
