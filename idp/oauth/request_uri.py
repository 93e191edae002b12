"""Request objects by reference: OpenID Connect Core §6.2, RFC 9101 §5.2.

Only addresses that the client registered are fetched, and as everything of others is: `adapters/outside.py` refuses
private networks and redirects. A fragment never leaves us. It names a version of what is there, so another one is
fetched anew: what a client registered is the address, of which its fragment is no part (§6.2, Registration §2).
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from idp.records.client import Client
from idp.records.ports import NotFetched, Outside
from idp.signing.encryption import LARGEST_ENCRYPTED
from idp.spec.errors import InvalidRequestUri

_LONGEST_URI = 512  # §6.2
_MOST_KEPT = 500
_KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    token: str
    until: int


@dataclass(frozen=True, kw_only=True)
class ReferredObjects:
    """One for the whole node. What was fetched is kept by its whole address, for minutes and within bounds."""

    outside: Outside
    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _fetching: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def get(self, uri: str, client: Client, now: int) -> str:
        """The object at an address of the client, not yet to be believed. Raises InvalidRequestUri."""
        if len(uri) > _LONGEST_URI or not uri.isascii():
            raise InvalidRequestUri("request_uri is too long, or not ASCII")
        if not any(_address(uri) == _address(registered) for registered in client.request_uris):
            raise InvalidRequestUri("request_uri is not registered")
        # Who comes while it is being fetched waits for the same answer.
        lock = self._fetching.setdefault(uri, asyncio.Lock())
        async with lock:
            kept = self._kept.get(uri)
            if kept is None or now >= kept.until:
                kept = await self._fetch(uri, now)
            return kept.token

    def forget(self, uri: str) -> None:
        """What is at this address was of no use: another one may be there next time."""
        self._kept.pop(uri, None)

    async def _fetch(self, uri: str, now: int) -> _Kept:
        self.forget(uri)
        try:
            found = await self.outside.fetch(_address(uri), most_bytes=LARGEST_ENCRYPTED)
            token = found.content.decode("ascii").strip()
        except (NotFetched, UnicodeDecodeError) as error:
            raise InvalidRequestUri("request_uri can't be fetched", log_reason=str(error)) from None
        seconds = _KEPT_SECONDS if found.max_age is None else min(found.max_age, _KEPT_SECONDS)
        kept = _Kept(token=token, until=now + seconds)
        if seconds:
            self._kept[uri] = kept
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return kept


def _address(uri: str) -> str:
    return uri.partition("#")[0]
