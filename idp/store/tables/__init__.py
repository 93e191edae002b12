"""The schema. Columns are integers, text, bytes and JSON as text only, so that a compiled statement means the
same to both drivers. Times are epoch seconds; identifiers are UUIDv7 in 32 hexadecimal digits unless said.
"""

from idp.store.tables import account, case, client, delegation, event, factor, grant, key, login, outbox, risk
from idp.store.tables.metadata import metadata

__all__ = [
    "account",
    "case",
    "client",
    "delegation",
    "event",
    "factor",
    "grant",
    "key",
    "login",
    "metadata",
    "outbox",
    "risk",
]
