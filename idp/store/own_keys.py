"""Statements of our keys. Every change of state names the state that it leaves: a compare-and-swap.

Keys that decrypt have a table of their own: an older release that still runs beside this one reads every signing key,
and would not know what to do with their algorithms.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select, union_all, update

from idp.records.key import OwnKey
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.key import encryption_key, signing_key

_ERASED: Mapping[str, Any] = {"sealed": b"", "root_key_id": ""}
_ENDED: Mapping[str, Any] = {
    "retired_at": bindparam("retired_at"),
    "unpublished_at": bindparam("unpublished_at"),
}

all_keys = Query(
    union_all(select(signing_key), select(encryption_key)).order_by("created_at", "kid"), into=OwnKey
)


class KeyWrites(NamedTuple):
    """What may happen to the keys of one table."""

    insert: Write
    """Touches no row if the key exists, or if its algorithm has another key in the same state, active or next."""
    activate: Write
    """Takes `id`, `activated_at`."""
    retire: Write
    """Takes `id`, `retired_at`, `unpublished_at`."""
    withdraw: Write
    """Takes `id`, `former_state`, `retired_at`, `unpublished_at`. The private half is erased."""


def _writes(table: Table, *, retired: Mapping[str, Any]) -> KeyWrites:
    kid, state = table.c.kid == bindparam("id"), table.c.state
    former = state == bindparam("former_state")
    activated = {"state": "active", "activated_at": bindparam("activated_at")}
    return KeyWrites(
        insert=insert_into(table, or_nothing=True),
        activate=Write(update(table).where(kid, state == "next").values(activated)),
        retire=Write(
            update(table).where(kid, state == "active").values({**_ENDED, "state": "retired", **retired})
        ),
        withdraw=Write(update(table).where(kid, former).values({**_ENDED, "state": "withdrawn", **_ERASED})),
    )


SIGNING_KEY_WRITES = _writes(signing_key, retired=_ERASED)
ENCRYPTION_KEY_WRITES = _writes(encryption_key, retired={})
"""A retired one keeps its private half, to decrypt what is still on its way."""
