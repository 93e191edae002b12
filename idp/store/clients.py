"""Statements of clients and their secrets, and the JSON form of client metadata.

The form has the names of RFC 7591 §2 and OpenID Connect Registration §2 where they have one; `scope` is one text, as
there. It is what commands read and print, too.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import BigInteger, Text, and_, bindparam, delete, select, update

from idp.records.account import AccountStatus
from idp.records.client import (
    LOCALIZED,
    ApplicationType,
    Client,
    ClientId,
    ClientSecret,
    Owner,
    RefreshPolicy,
)
from idp.store.people import IS_OWNER
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.client import client, client_secret

# What a row holds beside its metadata.
_OF_THE_ROW = frozenset(
    {
        "client_id",
        "secrets",
        "created_at",
        "updated_at",
        "disabled_at",
        "registered_by",
        "owner_id",
        "used_at",
        "disabled_by",
        "owner",
    }
)
# What is said even if it is empty: without them a client would be one for authorization codes.
_ALWAYS = frozenset({"grant_types", "response_types"})
_FLAGS = {field.name: field.default for field in fields(Client) if isinstance(field.default, bool)}
METADATA_FIELDS = tuple(field.name for field in fields(Client) if field.name not in _OF_THE_ROW)


def metadata_of(record: Client) -> dict[str, Any]:
    """The metadata of a client as JSON has it, without what is empty or absent."""
    values: dict[str, Any] = {name: getattr(record, name) for name in METADATA_FIELDS}
    localized: Mapping[str, str] = values.pop("localized")
    values["scope"] = " ".join(sorted(values.pop("scopes")))
    plain = {
        name: sorted(value)
        if isinstance(value, frozenset)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in values.items()
    }
    kept = {name: value for name, value in plain.items() if name in _ALWAYS or not _is_silent(name, value)}
    return kept | dict(sorted(localized.items()))


def _is_silent(name: str, value: object) -> bool:
    """Whether a member needs no mention: it is empty, or a flag that says what it says anyway."""
    if isinstance(value, bool):
        return value is _FLAGS[name]
    # Zero is a value, though it equals False.
    return value is None or value in ("", [])


def client_of(client_id: str, metadata: Mapping[str, Any], **row: Any) -> Client:
    """The client of metadata that `metadata_of` made, or that was checked. Absent names are the record's defaults."""
    values = {name: metadata[name] for name in METADATA_FIELDS if name in metadata}
    values["localized"] = {
        name: value for name, value in metadata.items() if name.partition("#")[0] in LOCALIZED and "#" in name
    }
    values["scopes"] = frozenset(metadata.get("scope", "").split())
    for name in ("grant_types", "response_types", "resources"):
        if name in values:
            values[name] = frozenset(values[name])
    for name in (
        "redirect_uris",
        "post_logout_redirect_uris",
        "contacts",
        "default_acr_values",
        "request_uris",
    ):
        if name in values:
            values[name] = tuple(values[name])
    if "application_type" in values:
        values["application_type"] = ApplicationType(values["application_type"])
    if "refresh" in values:
        values["refresh"] = RefreshPolicy(values["refresh"])
    return Client(client_id=ClientId(client_id), **values, **row)


def metadata_text(record: Client) -> str:
    """The column `client.metadata`."""
    return json.dumps(metadata_of(record), separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def read_client(*, client_id: str, metadata: str, **row: Any) -> Client:
    """A row of `CLIENT_COLUMNS`."""
    return client_of(client_id, json.loads(metadata), **row)


CLIENT_COLUMNS = (
    client.c.client_id,
    client.c.metadata,
    client.c.created_at,
    client.c.updated_at,
    client.c.disabled_at,
    client.c.registered_by,
    client.c.owner_id,
    client.c.used_at,
    client.c.disabled_by,
)

_CLIENT = select(*CLIENT_COLUMNS).where(client.c.deleted_at.is_(None))


def _owned_client_of(
    *, owner_sub: str | None, owner_customer_id: str, owner_status: str, **row: Any
) -> Client:
    if owner_sub is None:
        return read_client(**row)
    is_active = owner_status == AccountStatus.ACTIVE.value
    return read_client(owner=Owner(sub=owner_sub, customer_id=owner_customer_id, is_active=is_active), **row)


CLIENT: Query[Client] = Query(
    select(
        *CLIENT_COLUMNS,
        subject.c.sub.label("owner_sub"),
        account.c.customer_id.label("owner_customer_id"),
        account.c.status.label("owner_status"),
    )
    .select_from(
        client.outerjoin(account, client.c.owner_id == account.c.account_id).outerjoin(
            subject, and_(subject.c.account_id == account.c.account_id, IS_OWNER)
        )
    )
    .where(client.c.client_id == bindparam("client_id"), client.c.deleted_at.is_(None)),
    into=_owned_client_of,
)
"""Without its secrets, but with its owner, if it has one."""

ALL_CLIENTS: Query[Client] = Query(_CLIENT.order_by(client.c.client_id), into=read_client)
"""Without their secrets."""

DEMO_CLIENTS: Query[str] = Query(
    select(client.c.client_id)
    .where(
        client.c.metadata.like('%"is_demo":true%'),
        # Who registers itself, or makes a service account, may have the same written somewhere in its keys.
        client.c.registered_by == "",
        client.c.owner_id.is_(None),
        client.c.deleted_at.is_(None),
    )
    .limit(1),
    into=lambda *, client_id: str(client_id),
)

SECRETS_OF_CLIENT: Query[ClientSecret] = Query(
    select(
        client_secret.c.secret_id,
        client_secret.c.digest,
        client_secret.c.created_at,
        client_secret.c.expires_at,
        client_secret.c.sealed,
        client_secret.c.root_key_id,
    )
    .where(client_secret.c.client_id == bindparam("client_id"))
    .order_by(client_secret.c.created_at.desc(), client_secret.c.secret_id.desc()),
    into=ClientSecret,
)
"""The newest first."""

INSERT_CLIENT = insert_into(client, or_nothing=True)
"""With `expects=1`: an identifier is given once, deleted clients included."""

UPDATE_METADATA = Write(
    update(client)
    .where(client.c.client_id == bindparam("of_client"), client.c.deleted_at.is_(None))
    .values(metadata=bindparam("metadata", type_=Text), updated_at=bindparam("now", type_=BigInteger))
)

UPDATE_DISABLED = Write(
    update(client)
    .where(client.c.client_id == bindparam("of_client"), client.c.deleted_at.is_(None))
    .values(
        disabled_at=bindparam("disabled_at", type_=BigInteger),
        disabled_by="",
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""By an operator, whose word counts more than an owner's."""

DELETE_CLIENT = Write(
    update(client)
    .where(client.c.client_id == bindparam("of_client"), client.c.deleted_at.is_(None))
    .values(
        metadata="{}",
        registration_digest=None,
        updated_at=bindparam("now", type_=BigInteger),
        disabled_at=bindparam("now", type_=BigInteger),
        deleted_at=bindparam("now", type_=BigInteger),
    )
)
"""Its row stays: an identifier that came back would inherit what others remember of it."""

INSERT_SECRET = insert_into(client_secret)

EXPIRE_SECRET = Write(
    update(client_secret)
    .where(
        client_secret.c.secret_id == bindparam("of_secret"),
        client_secret.c.expires_at.is_not_distinct_from(bindparam("former", type_=BigInteger)),
    )
    .values(expires_at=bindparam("until", type_=BigInteger))
)
"""With `expects=1`: `former` is its end so far, or None."""

DELETE_SECRET = Write(delete(client_secret).where(client_secret.c.secret_id == bindparam("of_secret")))

DELETE_SECRETS_OF_CLIENT = Write(
    delete(client_secret).where(client_secret.c.client_id == bindparam("of_client"))
)
