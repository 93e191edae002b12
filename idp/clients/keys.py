"""The public keys of clients: registered with them, or fetched from their `jwks_uri`. OpenID Connect Registration §2.

A fetched set is kept for as long as its server says, within bounds, and fetched anew for a key that it lacks, but not
more often than every `_PAUSE_SECONDS`: a stranger's invented `kid` makes no flood. What can't be fetched leaves the
former set.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from idp.records.ports import NotFetched, Outside
from idp.signing.public_keys import LARGEST_SET, BadKeySet, PublicKey, read_key_set

_SHORTEST_SECONDS, _LONGEST_SECONDS, _USUAL_SECONDS = 60, 86_400, 3_600
_PAUSE_SECONDS = 30
_MOST_SETS = 1_000
_log = structlog.get_logger(__name__)


class KeyOwner(Protocol):
    """Whoever has keys, as a client has them: here, or there, or none."""

    @property
    def jwks(self) -> Mapping[str, Any] | None: ...

    @property
    def jwks_uri(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    keys: tuple[PublicKey, ...]
    tried_at: int
    fresh_until: int


class ClientKeys:
    """One for the whole node; the sets are kept by address, which several clients may share."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}

    async def find(self, client: KeyOwner, now: int, *, lacking: str | None = None) -> tuple[PublicKey, ...]:
        """The keys of a client; none where it has none, or they were never to be had. With `lacking`, a `kid` or empty
        where a signature named none and no key fitted, they are fetched anew if that is allowed again.
        """
        if client.jwks is not None:
            return read_key_set(client.jwks)
        if not client.jwks_uri:
            return ()
        uri = client.jwks_uri
        kept = self._kept.get(uri)
        if kept is None or self._is_due(kept, now, lacking=lacking):
            kept = await self._fetched(uri, now, lacking=lacking)
        return kept.keys

    async def _fetched(self, uri: str, now: int, *, lacking: str | None) -> _Kept:
        async with self._fetching.setdefault(uri, asyncio.Lock()):
            kept = self._kept.get(uri)
            if kept is None or self._is_due(kept, now, lacking=lacking):
                kept = self._kept[uri] = await self._fetch(uri, now, kept)
                self._kept.move_to_end(uri)
                if len(self._kept) > _MOST_SETS:
                    forgotten, _ = self._kept.popitem(last=False)
                    self._fetching.pop(forgotten, None)
            return kept

    async def _fetch(self, uri: str, now: int, former: _Kept | None) -> _Kept:
        try:
            found = await self._outside.fetch(uri, most_bytes=LARGEST_SET)
            keys = read_key_set(found.content)
        except (NotFetched, BadKeySet) as error:
            _log.warning("keys of a client could not be fetched", uri=uri, reason=str(error))
            return _Kept(keys=former.keys if former else (), tried_at=now, fresh_until=now + _PAUSE_SECONDS)
        seconds = _USUAL_SECONDS if found.max_age is None else found.max_age
        fresh_until = now + min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
        return _Kept(keys=keys, tried_at=now, fresh_until=fresh_until)

    def _is_due(self, kept: _Kept, now: int, *, lacking: str | None) -> bool:
        if now >= kept.fresh_until:
            return True
        is_unknown = lacking is not None and (not lacking or all(key.kid != lacking for key in kept.keys))
        return is_unknown and now - kept.tried_at >= _PAUSE_SECONDS
