"""The schema. Columns are integers, text, bytes and JSON as text only, so that a compiled statement means the
same to both drivers. Times are epoch seconds; identifiers are UUIDv7 in 32 hexadecimal digits unless said.
"""

from idp.store.tables import account, client, event, grant, key, login
from idp.store.tables.metadata import metadata

__all__ = ["account", "client", "event", "grant", "key", "login", "metadata"]
