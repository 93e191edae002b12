"""Statements of device requests. Each answer is one conditional update: of two that come at once, one counts."""

from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, func, select, update

from idp.records.device_request import DeviceRequest
from idp.spec.confirmation import read_confirmation
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.grant import device_request

_NOW = bindparam("now", type_=BigInteger)
_COLUMNS = tuple(
    column for column in device_request.columns if column.name not in ("user_code_digest", "key_id")
)
_IS_OPEN = (
    device_request.c.request_id == bindparam("of_request"),
    device_request.c.family_id.is_(None),
    device_request.c.denied_at.is_(None),
    device_request.c.expires_at > _NOW,
)


def _request_of(*, confirmation: str, **row: Any) -> DeviceRequest:
    return DeviceRequest(confirmation=read_confirmation(confirmation), **row)


DEVICE_REQUEST: Query[DeviceRequest] = Query(
    select(*_COLUMNS).where(device_request.c.request_id == bindparam("of_request")), into=_request_of
)

DEVICE_REQUEST_BY_CODE: Query[DeviceRequest] = Query(
    select(*_COLUMNS).where(device_request.c.user_code_digest == bindparam("of_digest", type_=LargeBinary)),
    into=_request_of,
)

# Another device may wait with the same user code: then nothing is written, and another code is drawn.
INSERT_DEVICE_REQUEST = insert_into(device_request, or_nothing=True)
"""With `expects=1`."""

POLL_DEVICE_REQUEST = Write(
    update(device_request)
    .where(
        device_request.c.request_id == bindparam("of_request"),
        func.coalesce(device_request.c.polled_at, 0) == bindparam("former", type_=BigInteger),
    )
    .values(polled_at=_NOW, interval_seconds=bindparam("interval", type_=BigInteger))
)
"""With `expects=1`: `former` is when it asked before, 0 for never."""

APPROVE_DEVICE_REQUEST = Write(update(device_request).where(*_IS_OPEN).values(family_id=bindparam("granted")))
"""With `expects=1`."""

DENY_DEVICE_REQUEST = Write(update(device_request).where(*_IS_OPEN).values(denied_at=_NOW))
"""With `expects=1`."""

REDEEM_DEVICE_REQUEST = Write(
    update(device_request)
    .where(
        device_request.c.request_id == bindparam("of_request"),
        device_request.c.family_id.is_not(None),
        device_request.c.redeemed_at.is_(None),
    )
    .values(redeemed_at=_NOW, polled_at=_NOW)
)
"""With `expects=1`."""
