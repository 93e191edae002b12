"""The issuer as an API needs it: its metadata (RFC 8414) and its keys (RFC 7517), fetched when first wanted and kept.

One request fetches, the others wait for it. A key that is unknown has the set fetched again, at most once a minute,
whoever asks; a set that cannot be fetched leaves the old one in use, for a day at most.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

from idp.resource.jws import Key, read_key, serves

_log = logging.getLogger(__name__)
_WELL_KNOWN = "/.well-known/oauth-authorization-server"
_KEPT_SECONDS = 3_600
_STALE_SECONDS = 86_400
_REFETCH_SECONDS = 60
_RETRY_SECONDS = 5
_LARGEST = 262_144


class IssuerUnavailable(Exception):
    """The issuer doesn't answer, and nothing of it is known that could stand in. `wait_seconds`: when to come back."""

    wait_seconds = _RETRY_SECONDS


@dataclass(slots=True, kw_only=True)
class Issuer:
    """`connect` makes the HTTP client of each conversation with it."""

    issuer: str
    clock: Callable[[], float]
    connect: Callable[[], httpx2.AsyncClient]
    _metadata: Mapping[str, Any] = field(default_factory=dict)
    _keys: list[tuple[dict[str, Any], Key]] = field(default_factory=list)
    _fetched_at: float = 0
    _tried_at: float | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def key(self, kid: str, algorithm: str) -> Key | None:
        """The key of this name, if it is for this algorithm. Raises IssuerUnavailable."""
        await self._fresh()
        found = self._find(kid)
        if found is None:
            await self._fetch(again_after=_REFETCH_SECONDS)
            found = self._find(kid)
        return found[1] if found is not None and serves(found[0], algorithm) else None

    async def endpoint(self, name: str) -> str:
        """An address of the metadata. Raises IssuerUnavailable."""
        await self._fresh()
        address = self._metadata.get(name)
        if not isinstance(address, str):
            raise IssuerUnavailable(f"the issuer's metadata has no {name}")
        return address

    def _find(self, kid: str) -> tuple[dict[str, Any], Key] | None:
        return next((known for known in self._keys if known[0].get("kid") == kid), None)

    async def _fresh(self) -> None:
        age = self.clock() - self._fetched_at
        if not self._keys:
            await self._fetch(again_after=_RETRY_SECONDS)
        elif age >= _KEPT_SECONDS and not self._lock.locked():  # The others needn't wait for who asks.
            await self._fetch(again_after=_REFETCH_SECONDS)
        if not self._keys or self.clock() - self._fetched_at >= _STALE_SECONDS:
            raise IssuerUnavailable("the issuer's keys cannot be read")

    async def _fetch(self, *, again_after: int) -> None:
        """Read metadata and keys, unless somebody tried within `again_after` seconds."""
        async with self._lock:
            now = self.clock()
            if self._tried_at is not None and now - self._tried_at < again_after:
                return
            self._tried_at = now
            try:
                async with self.connect() as http:
                    metadata = await _get(http, _metadata_url(self.issuer))
                    if metadata.get("issuer") != self.issuer:
                        raise ValueError("the metadata belongs to another issuer")  # RFC 8414 §3.3
                    keys = _usable(await _get(http, str(metadata["jwks_uri"])))
            except (
                httpx2.HTTPError,
                httpx2.InvalidURL,
                ValueError,
                TypeError,
                KeyError,
                RecursionError,
            ) as error:
                _log.warning("the issuer's keys cannot be read: %r", error)
                return
            self._metadata, self._keys, self._fetched_at = metadata, keys, now


def _metadata_url(issuer: str) -> str:
    """RFC 8414 §3.1: between host and path."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}{_WELL_KNOWN}{parts.path.rstrip('/')}"


async def _get(http: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    async with http.stream("GET", url, follow_redirects=False) as response:
        response.raise_for_status()
        content = bytearray()
        async for part in response.aiter_bytes():
            content += part
            if len(content) > _LARGEST:
                raise ValueError("too large")
    found = json.loads(bytes(content))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _usable(document: Mapping[str, Any]) -> list[tuple[dict[str, Any], Key]]:
    listed = document.get("keys")
    sets = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    keys = [(members, key) for members in sets if (key := read_key(members)) is not None]
    if not keys:
        raise ValueError("no usable key")
    return keys
