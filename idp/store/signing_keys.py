"""Statements of the signing keys. Every change of state names the state that it leaves: a compare-and-swap."""

from sqlalchemy import bindparam, select, update

from idp.records.key import SigningKey
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.key import signing_key

_kid = signing_key.c.kid == bindparam("id")
# The private half goes as soon as the key stops signing.
_ERASED = {"sealed": b"", "root_key_id": ""}

all_signing_keys = Query(
    select(signing_key).order_by(signing_key.c.created_at, signing_key.c.kid), into=SigningKey
)

insert_signing_key = insert_into(signing_key, or_nothing=True)
"""Touches no row if the key exists, or if its algorithm has another key in the same state, active or next."""

activate_signing_key = Write(
    update(signing_key)
    .where(_kid, signing_key.c.state == "next")
    .values(state="active", activated_at=bindparam("activated_at"))
)
"""Takes `id`, `activated_at`."""

retire_signing_key = Write(
    update(signing_key)
    .where(_kid, signing_key.c.state == "active")
    .values(
        state="retired",
        retired_at=bindparam("retired_at"),
        unpublished_at=bindparam("unpublished_at"),
        **_ERASED,
    )
)
"""Takes `id`, `retired_at`, `unpublished_at`."""

withdraw_signing_key = Write(
    update(signing_key)
    .where(_kid, signing_key.c.state == bindparam("former_state"))
    .values(
        state="withdrawn",
        retired_at=bindparam("retired_at"),
        unpublished_at=bindparam("unpublished_at"),
        **_ERASED,
    )
)
"""Takes `id`, `former_state`, `retired_at`, `unpublished_at`."""
