"""Logos of applications, copied to us. OpenID Connect Registration §2, `logo_uri`.

A picture on an application's own server would tell that server who signs in, when and from where. So we fetch it, once
for everybody, and show our copy: pictures of points alone, told by their first bytes, since one of shapes can hold
scripts.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import structlog

from idp.records.client import Client
from idp.records.ports import NotFetched, Outside

_LARGEST = 131_072
_MOST = 200
_KEPT_SECONDS, _PAUSE_SECONDS = 86_400, 300
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    logo: Logo | None
    until: int


class Logos:
    """One for the whole node."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fetching: dict[str, asyncio.Lock] = {}

    async def find(self, client: Client, name: str, now: int) -> Logo | None:
        """The copy of the logo that `logo_name` names so; None for what can't be had, or is no picture."""
        uri = next((uri for uri in _logo_uris(client) if logo_name(uri) == name), None)
        if uri is None:
            return None
        kept = self._kept.get(uri)
        if kept is None or now >= kept.until:
            async with self._fetching.setdefault(uri, asyncio.Lock()):
                kept = self._kept.get(uri)
                if kept is None or now >= kept.until:
                    kept = await self._keep(uri, now)
        return kept.logo

    async def _keep(self, uri: str, now: int) -> _Kept:
        try:
            found = await self._outside.fetch(uri, most_bytes=_LARGEST)
            media_type = picture_type(found.content)
        except NotFetched as error:
            _log.info("a logo could not be fetched", uri=uri, reason=str(error))
            found, media_type = None, None
        logo = Logo(content=found.content, media_type=media_type) if found and media_type else None
        kept = _Kept(logo=logo, until=now + (_KEPT_SECONDS if logo else _PAUSE_SECONDS))
        self._kept[uri] = kept
        self._kept.move_to_end(uri)
        if len(self._kept) > _MOST:
            forgotten, _ = self._kept.popitem(last=False)
            self._fetching.pop(forgotten, None)
        return kept


def logo_path(client: Client, locale: str) -> str:
    """Where our copy is, or empty where it has none. Another logo has another address, so browsers may keep each."""
    uri = client.said("logo_uri", locale)
    return f"/logo/{client.client_id}/{logo_name(uri)}" if uri else ""


def logo_name(uri: str) -> str:
    return sha256(uri.encode()).hexdigest()[:16]


def picture_type(content: bytes) -> str | None:
    """What kind of picture of points it is, whatever its server calls it."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _logo_uris(client: Client) -> Iterable[str]:
    localized = (uri for name, uri in client.localized.items() if name.startswith("logo_uri#"))
    return (uri for uri in (client.logo_uri, *localized) if uri)
