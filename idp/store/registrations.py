"""Statements of clients that register themselves, and of the tokens that let them."""

import json
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text, and_, bindparam, or_, select, update

from idp.records.client import OPEN, InitialToken, SelfRegistered
from idp.store.clients import CLIENT_COLUMNS, client_of
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.client import client, initial_access_token
from idp.store.tables.login import consent

UNUSED_BATCH = 100


def _registered_of(
    *, client_id: str, metadata: str, registration_digest: bytes, **row: Any
) -> SelfRegistered:
    record = client_of(client_id, json.loads(metadata), **row)
    return SelfRegistered(client=record, digest=bytes(registration_digest))


SELF_REGISTERED: Query[SelfRegistered] = Query(
    select(*CLIENT_COLUMNS, client.c.registration_digest).where(
        client.c.client_id == bindparam("client_id"),
        client.c.registration_digest.is_not(None),
        client.c.deleted_at.is_(None),
    ),
    into=_registered_of,
)
"""Without its secrets."""

# As `DELETE_CLIENT` does it; and nobody looks for it among those that nobody uses.
_GONE = {
    "metadata": "{}",
    "registration_digest": None,
    "registered_by": "",
    "updated_at": bindparam("now", type_=BigInteger),
    "disabled_at": bindparam("now", type_=BigInteger),
    "deleted_at": bindparam("now", type_=BigInteger),
}

_is_own = (
    client.c.client_id == bindparam("of_client"),
    client.c.registration_digest == bindparam("former", type_=LargeBinary),
    client.c.deleted_at.is_(None),
)

UPDATE_REGISTRATION = Write(
    update(client)
    .where(*_is_own)
    .values(
        metadata=bindparam("changed", type_=Text),
        registration_digest=bindparam("next_digest", type_=LargeBinary),
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`: `former` is the digest of the token that is given up for the next one."""

END_REGISTRATION = Write(update(client).where(*_is_own).values(_GONE))
"""With `expects=1`."""

# The text of a member can't hold this, since its quotes are escaped; and what its keys say comes after it, the members
# being in their order (`metadata_text`). A set of keys may hold anything, so one that holds this proves nothing.
_GRANT_TYPES = '%"grant_types":["'
_gets_tokens_for_itself = and_(
    or_(
        client.c.metadata.like(f'{_GRANT_TYPES}client_credentials"%'),
        client.c.metadata.like(f'{_GRANT_TYPES}authorization_code","client_credentials"%'),
    ),
    ~client.c.metadata.like(f'%"jwks":{{{_GRANT_TYPES}%'),
)

# Whom nobody ever allowed anything. Who gets tokens for itself needs no allowing, and is nobody's business here.
_is_unused = (
    client.c.registered_by == OPEN,
    client.c.deleted_at.is_(None),
    ~select(consent.c.client_id).where(consent.c.client_id == client.c.client_id).exists(),
    ~_gets_tokens_for_itself,
)

UNUSED_CLIENTS: Query[str] = Query(
    select(client.c.client_id)
    .where(
        *_is_unused,
        client.c.created_at < bindparam("before", type_=BigInteger),
        client.c.updated_at < bindparam("before", type_=BigInteger),
    )
    .order_by(client.c.created_at)
    .limit(UNUSED_BATCH),
    into=lambda *, client_id: str(client_id),
)
"""The oldest first."""

UNUSED_BEYOND: Query[str] = Query(
    select(client.c.client_id)
    .where(*_is_unused)
    .order_by(client.c.created_at)
    .limit(1)
    .offset(bindparam("fewer", type_=BigInteger)),
    into=lambda *, client_id: str(client_id),
)
"""The one after so many."""

FORGET_CLIENT = Write(
    update(client)
    .where(
        client.c.client_id == bindparam("of_client"),
        *_is_unused,
        client.c.updated_at < bindparam("before", type_=BigInteger),
    )
    .values(_GONE)
)
"""With `expects=1`."""


def _token_of(*, policy: str, digest: bytes, **row: Any) -> InitialToken:
    return InitialToken(policy=json.loads(policy), digest=bytes(digest), **row)


_TOKEN = select(
    initial_access_token.c.token_id,
    initial_access_token.c.digest,
    initial_access_token.c.note,
    initial_access_token.c.policy,
    initial_access_token.c.uses_left,
    initial_access_token.c.created_at,
    initial_access_token.c.expires_at,
    initial_access_token.c.revoked_at,
)
_of_token = initial_access_token.c.token_id == bindparam("of_token")

INITIAL_TOKEN: Query[InitialToken] = Query(_TOKEN.where(_of_token), into=_token_of)

ALL_INITIAL_TOKENS: Query[InitialToken] = Query(
    _TOKEN.order_by(initial_access_token.c.token_id), into=_token_of
)
"""The oldest first."""

INSERT_INITIAL_TOKEN = insert_into(initial_access_token)

SPEND_INITIAL_TOKEN = Write(
    update(initial_access_token)
    .where(
        _of_token,
        initial_access_token.c.revoked_at.is_(None),
        initial_access_token.c.expires_at > bindparam("now", type_=BigInteger),
        or_(initial_access_token.c.uses_left.is_(None), initial_access_token.c.uses_left > 0),
    )
    .values(uses_left=initial_access_token.c.uses_left - 1)
)
"""With `expects=1`. Where any number is left, that stays so."""

REVOKE_INITIAL_TOKEN = Write(
    update(initial_access_token)
    .where(_of_token, initial_access_token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`."""
