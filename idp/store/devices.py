"""Statements of devices: the browsers that a subject has used. At most ten each, so all of them are loaded at once."""

from typing import Any

from sqlalchemy import BigInteger, BindParameter, LargeBinary, bindparam, or_, select, update

from idp.records.session import Device
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.login import device

_NOW = bindparam("now", type_=BigInteger)
_OF_SUBJECT: BindParameter[str] = bindparam("of_subject")
MOST_DEVICES = 10
MOST_TOKENS = 5


def _device_of(**row: Any) -> Device:
    return Device(**row)


# By the tokens that a browser presents, of which one at most is this subject's.
_PRESENTED = tuple(bindparam(f"token_{number}", type_=LargeBinary) for number in range(MOST_TOKENS))
DEVICES_BY_TOKENS: Query[Device] = Query(
    select(device).where(
        device.c.subject_id == _OF_SUBJECT,
        or_(
            *(device.c.digest == token for token in _PRESENTED),
            *(device.c.former_digest == token for token in _PRESENTED),
        ),
    ),
    into=_device_of,
)
"""Takes of_subject and token_0 to token_4, digests; None for those that there are not."""

DEVICES_OF_SUBJECT: Query[Device] = Query(
    select(device)
    .where(device.c.subject_id == _OF_SUBJECT, device.c.revoked_at.is_(None), device.c.expires_at > _NOW)
    .order_by(device.c.seen_at.desc(), device.c.device_id.desc()),
    into=_device_of,
)

INSERT_DEVICE = insert_into(device)

ROTATE_DEVICE = Write(
    update(device)
    .where(
        device.c.device_id == bindparam("of_device"),
        device.c.revoked_at.is_(None),
        device.c.digest == bindparam("former", type_=LargeBinary),
    )
    .values(
        digest=bindparam("new_digest", type_=LargeBinary),
        former_digest=device.c.digest,
        rotated_at=_NOW,
        seen_at=_NOW,
        expires_at=bindparam("until", type_=BigInteger),
        browser=bindparam("with_browser"),
        system=bindparam("on_system"),
        country=bindparam("in_country"),
        place=bindparam("at_place"),
        trusted_until=bindparam("trusted", type_=BigInteger),
    )
)
"""With `expects=1`: the next token, from the one that was shown. One of two sign-ins at once does it."""

SEE_DEVICE = Write(
    update(device)
    .where(device.c.device_id == bindparam("of_device"), device.c.revoked_at.is_(None))
    .values(seen_at=_NOW, expires_at=bindparam("until", type_=BigInteger))
)

REVOKE_DEVICE = Write(
    update(device)
    .where(
        device.c.device_id == bindparam("of_device"),
        device.c.subject_id == _OF_SUBJECT,
        device.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW, revoked_reason=bindparam("reason"))
)

REVOKE_OTHER_DEVICES = Write(
    update(device)
    .where(
        device.c.subject_id == _OF_SUBJECT,
        device.c.device_id.is_distinct_from(bindparam("kept_device")),
        device.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW, revoked_reason=bindparam("reason"))
)

# The ones longest unused make room. A subquery, since neither database limits an update; with a limit, since SQLite
# knows no offset without one.
REVOKE_SURPLUS = Write(
    update(device)
    .where(
        device.c.device_id.in_(
            select(device.c.device_id)
            .where(device.c.subject_id == _OF_SUBJECT, device.c.revoked_at.is_(None))
            .order_by(device.c.seen_at.desc(), device.c.device_id.desc())
            .limit(1_000)
            .offset(MOST_DEVICES)
        )
    )
    .values(revoked_at=_NOW, revoked_reason="too_many")
)

END_TRUST = Write(
    update(device)
    .where(device.c.device_id == bindparam("of_device"), device.c.subject_id == _OF_SUBJECT)
    .values(trusted_until=None)
)
"""With `expects=1`: the browser is asked for a second factor again."""

END_TRUSTS = Write(
    update(device)
    .where(device.c.subject_id == _OF_SUBJECT, device.c.trusted_until.is_not(None))
    .values(trusted_until=None)
)
"""Whatever was trusted was so with the password and the factors of then."""

END_OTHER_TRUSTS = Write(
    update(device)
    .where(
        device.c.subject_id == _OF_SUBJECT,
        device.c.device_id.is_distinct_from(bindparam("kept_device")),
        device.c.trusted_until.is_not(None),
    )
    .values(trusted_until=None)
)
"""The same, but for the browser that is in front of its owner."""
