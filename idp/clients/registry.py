"""Finding clients: every endpoint needs one, so each node keeps copies.

A copy is at most `cache_seconds` old: what a disabled client or a rotated secret lives on at other nodes. Of customers'
service accounts none is kept. Strangers choose the identifiers that they ask for, so the number of copies, absences
included, is bounded.
"""

import asyncio
from dataclasses import dataclass, replace

from idp.records.client import Client
from idp.store.clients import CLIENT, SECRETS_OF_CLIENT
from idp.store.database import Database

_MOST_COPIES = 4_096
# No client is registered with a longer one, and copies of whatever strangers send would fill the memory.
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    client: Client | None
    read_at: int
    generation: int


class Clients:
    """`cache_seconds` 0 reads anew each time, though requests that wait together still share one read."""

    def __init__(self, db: Database, *, cache_seconds: int) -> None:
        self._db = db
        self._cache_seconds = cache_seconds
        self._copies: dict[str, _Copy] = {}
        self._reading: dict[str, asyncio.Task[Client | None]] = {}

    async def find(self, client_id: str, now: int) -> Client | None:
        """The client with its secrets, or None if there is none, or it or its owner is disabled."""
        if len(client_id) > _LONGEST_ID:
            return None
        copy = self._copies.get(client_id)
        if copy is not None and self._is_fresh(copy, now):
            return copy.client
        reading = self._reading.get(client_id)
        if reading is None:
            reading = asyncio.create_task(self._read(client_id, now))
            self._reading[client_id] = reading
        # A request that goes away must not take the others' answer along.
        return await asyncio.shield(reading)

    def forget(self, client_id: str) -> None:
        """Read it anew next time: it has just changed here."""
        self._copies.pop(client_id, None)
        self._reading.pop(client_id, None)

    def _is_fresh(self, copy: _Copy, now: int) -> bool:
        # A clock that was set back must not prolong a copy.
        is_young = 0 <= now - copy.read_at < self._cache_seconds
        return is_young and copy.generation == self._db.generation()

    async def _read(self, client_id: str, now: int) -> Client | None:
        this = asyncio.current_task()
        generation = self._db.generation()
        try:
            client = await load_client(self._db, client_id)
            found = client if client is not None and client.is_usable else None
            # `forget` came while we read: what we read may be what it meant. And a customer's service account ends with
            # the account, in the same moment and at every node.
            if self._reading.get(client_id) is this and (client is None or client.owner_id is None):
                self._keep(client_id, _Copy(client=found, read_at=now, generation=generation))
            return found
        finally:
            if self._reading.get(client_id) is this:
                del self._reading[client_id]

    def _keep(self, client_id: str, copy: _Copy) -> None:
        self._copies.pop(client_id, None)
        if len(self._copies) >= _MOST_COPIES:
            self._copies.pop(next(iter(self._copies)))
        self._copies[client_id] = copy


async def load_client(db: Database, client_id: str) -> Client | None:
    """The client as it is now, disabled or not, with its secrets, the newest first."""
    client = await db.one(CLIENT, client_id=client_id)
    if client is None or not client.has_secret:
        return client
    return replace(client, secrets=tuple(await db.all(SECRETS_OF_CLIENT, client_id=client_id)))
