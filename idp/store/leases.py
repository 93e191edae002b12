"""Leases: background work that one node at a time does."""

from sqlalchemy import bindparam, delete, or_
from sqlalchemy.dialects.postgresql import insert

from idp.store.statement import Write
from idp.store.tables.key import lease

_insert = insert(lease).values(
    name=bindparam("name"), holder=bindparam("holder"), expires_at=bindparam("expires_at")
)

take_lease = Write(
    _insert.on_conflict_do_update(
        index_elements=[lease.c.name],
        set_={"holder": _insert.excluded.holder, "expires_at": _insert.excluded.expires_at},
        where=or_(lease.c.expires_at <= bindparam("now"), lease.c.holder == _insert.excluded.holder),
    )
)
"""Takes `name`, `holder`, `expires_at`, `now`. Touches no row while another node has it; the holder may prolong it."""

release_lease = Write(
    delete(lease).where(lease.c.name == bindparam("name"), lease.c.holder == bindparam("holder"))
)
"""Takes `name`, `holder`."""
