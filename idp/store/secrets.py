"""Statements of the sealed secrets."""

from sqlalchemy import select

from idp.records.key import SealedSecret
from idp.store.statement import Query, insert_into
from idp.store.tables.key import secret

all_secrets = Query(select(secret).order_by(secret.c.created_at, secret.c.secret_id), into=SealedSecret)

insert_secret = insert_into(secret, or_nothing=True)
"""Touches no row if the secret exists."""
