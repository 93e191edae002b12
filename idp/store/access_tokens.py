"""Statements of opaque access tokens. JWTs have no row."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from idp.store.statement import Query, insert_into
from idp.store.tables.grant import access_token


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """`claims` are what a JWT would say."""

    digest: bytes
    claims: dict[str, Any]


ACCESS_TOKEN: Query[StoredToken] = Query(
    select(access_token.c.digest, access_token.c.claims).where(
        access_token.c.token_id == bindparam("of_token")
    ),
    into=lambda digest, claims: StoredToken(digest=digest, claims=json.loads(claims)),
)

INSERT_ACCESS_TOKEN = insert_into(access_token)
