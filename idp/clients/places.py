"""The places that entry links and sign-outs may lead to: those of our own applications, by their registrations.

A place belongs to a first-party client if it lies within its `client_uri` (same origin, its path or below), or is, to
the letter, its `initiate_login_uri` or one of its `post_logout_redirect_uris`. Somebody else's application is no place
to be sent to by a link of ours, and neither is a redirect URI, which expects an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.records.client import Client
from idp.spec.place import Place, read_place
from idp.store.clients import ALL_CLIENTS
from idp.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    clients: tuple[Client, ...]
    read_at: int
    generation: int


class Places:
    """Which of our applications a place belongs to. A copy of them is at most `cache_seconds` old."""

    def __init__(self, db: Database, *, cache_seconds: int) -> None:
        self._db = db
        self._cache_seconds = cache_seconds
        self._copy: _Copy | None = None

    async def find(self, text: str, now: int, *, client_id: str = "") -> Client | None:
        """The application whose place `text` is; with `client_id`, only that one. None for every other text."""
        place = read_place(text)
        if place is None:
            return None
        clients = [client for client in await self._own(now) if client_id in ("", client.client_id)]
        return owner_of(place, clients)

    async def _own(self, now: int) -> tuple[Client, ...]:
        copy, generation = self._copy, self._db.generation()
        is_fresh = copy is not None and 0 <= now - copy.read_at < self._cache_seconds
        if copy is None or not is_fresh or copy.generation != generation:
            found = await self._db.all(ALL_CLIENTS)
            own = tuple(client for client in found if client.is_first_party and client.disabled_at is None)
            copy = self._copy = _Copy(clients=own, read_at=now, generation=generation)
        return copy.clients


def owner_of(place: Place, clients: Sequence[Client]) -> Client | None:
    """The first of `clients` that has `place`."""
    return next((client for client in clients if _has(client, place)), None)


def _has(client: Client, place: Place) -> bool:
    if place.text in (client.initiate_login_uri, *client.post_logout_redirect_uris):
        return True
    home = read_place(client.client_uri)
    return home is not None and place.is_within(home)
