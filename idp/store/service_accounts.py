"""Statements of service accounts: clients that belong to a customer's account."""

from sqlalchemy import BigInteger, Text, bindparam, delete, func, or_, select, update

from idp.records.account import AccountStatus
from idp.records.client import OWNER, Client
from idp.store.clients import CLIENT_COLUMNS, read_client
from idp.store.statement import Query, Write
from idp.store.tables.account import account
from idp.store.tables.client import client, client_secret

_NOW = bindparam("now", type_=BigInteger)
_OF_CLIENT = bindparam("of_client", type_=Text)
_OF_OWNER = bindparam("of_owner", type_=Text)
_is_there = client.c.deleted_at.is_(None)
_is_active = account.c.status == AccountStatus.ACTIVE.value

OWN_CLIENTS: Query[Client] = Query(
    select(*CLIENT_COLUMNS)
    .where(client.c.owner_id == _OF_OWNER, _is_there)
    .order_by(client.c.created_at.desc(), client.c.client_id),
    into=read_client,
)
"""The newest first, without their secrets."""

WORKING_OWN_CLIENTS: Query[int] = Query(
    select(func.count().label("count"))
    .select_from(client)
    .where(client.c.owner_id == _OF_OWNER, client.c.disabled_at.is_(None), _is_there),
    into=lambda *, count: int(count),
)
"""How many are on."""

HOLD_OWNER = Write(
    update(account).where(account.c.account_id == _OF_OWNER, _is_active).values(status=account.c.status)
)
"""With `expects=1`, and first: what an active account gets at the same time is done one after the other."""

_counted = (
    select(func.count())
    .select_from(client)
    .where(
        client.c.owner_id == _OF_OWNER,
        or_(_is_there, client.c.created_at > bindparam("since", type_=BigInteger)),
    )
    .scalar_subquery()
)
FIND_ROOM = Write(
    update(account)
    .where(account.c.account_id == _OF_OWNER, _counted < bindparam("most", type_=BigInteger))
    .values(status=account.c.status)
)
"""With `expects=1`, after `HOLD_OWNER`, so that it counts what others have just made. What was made after `since`
counts even if it was deleted: its row stays for ever.
"""

CHANGE_OWN = Write(
    update(client)
    .where(
        client.c.client_id == _OF_CLIENT,
        client.c.owner_id == _OF_OWNER,
        client.c.metadata == bindparam("former", type_=Text),
        _is_there,
    )
    .values(metadata=bindparam("changed", type_=Text), updated_at=_NOW)
)
"""With `expects=1`: somebody else may have changed it meanwhile."""

TOUCH_OWN = Write(
    update(client)
    .where(client.c.client_id == _OF_CLIENT, client.c.owner_id == _OF_OWNER, _is_there)
    .values(updated_at=_NOW)
)
"""With `expects=1`, beside a change of its secrets."""

TURN_OFF_OWN = Write(
    update(client)
    .where(
        client.c.client_id == _OF_CLIENT,
        client.c.owner_id == _OF_OWNER,
        client.c.disabled_at.is_(None),
        _is_there,
    )
    .values(disabled_at=_NOW, disabled_by=OWNER, updated_at=_NOW)
)
TURN_ON_OWN = Write(
    update(client)
    .where(
        client.c.client_id == _OF_CLIENT,
        client.c.owner_id == _OF_OWNER,
        client.c.disabled_by == OWNER,
        _is_there,
    )
    .values(disabled_at=None, disabled_by="", updated_at=_NOW)
)
"""With `expects=1`: nobody turns on what an operator turned off."""

TURN_OFF_CHANGED = Write(
    update(client)
    .where(
        client.c.owner_id == _OF_OWNER,
        client.c.disabled_at.is_(None),
        client.c.updated_at >= bindparam("since", type_=BigInteger),
        _is_there,
    )
    .values(disabled_at=_NOW, disabled_by=OWNER)
)
"""Those of an account that somebody else was in, who made or changed them since. The owner turns on what is known."""

USE_OWN = Write(update(client).where(client.c.client_id == _OF_CLIENT).values(used_at=_NOW))

DROP_SECRETS_OF_OWNER = Write(
    delete(client_secret).where(
        client_secret.c.client_id.in_(select(client.c.client_id).where(client.c.owner_id == _OF_OWNER))
    )
)
DROP_OWN_CLIENTS = Write(
    update(client)
    .where(client.c.owner_id == _OF_OWNER, _is_there)
    .values(metadata="{}", used_at=None, disabled_at=_NOW, deleted_at=_NOW, updated_at=_NOW)
)
"""As `DELETE_CLIENT` does it, with the account. Their identifiers are never given again."""
