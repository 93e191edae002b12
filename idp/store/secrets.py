"""Statements of the sealed secrets."""

from sqlalchemy import bindparam, select, update

from idp.records.key import SealedSecret
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.key import secret

all_secrets = Query(select(secret).order_by(secret.c.created_at, secret.c.secret_id), into=SealedSecret)

insert_secret = insert_into(secret, or_nothing=True)
"""Touches no row if the secret exists."""

reseal_secret = Write(
    update(secret)
    .where(secret.c.secret_id == bindparam("id"), secret.c.root_key_id == bindparam("former_root_key_id"))
    .values(sealed=bindparam("sealed"), root_key_id=bindparam("root_key_id"))
)
"""Takes `id`, `former_root_key_id`, `sealed`, `root_key_id`."""
