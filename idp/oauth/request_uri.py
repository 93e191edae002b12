"""Request objects by reference: OpenID Connect Core §6.2, RFC 9101 §5.2.

Only addresses that the client registered are fetched, and as everything of others is: `adapters/outside.py` refuses
private networks and redirects. A fragment never leaves us. It names a version of what is there, so another one is
fetched anew: what a client registered is the address, of which its fragment is no part (§6.2, Registration §2).
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

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
    _fetching: dict[str, asyncio.Task[str]] = field(default_factory=dict)

    async def get(self, uri: str, client: Client, now: int) -> str:
        """The object at an address of the client, not yet to be believed. Raises InvalidRequestUri."""
        if len(uri) > _LONGEST_URI or not uri.isascii():
            raise InvalidRequestUri("request_uri is too long, or not ASCII")
        if not any(_address(uri) == _address(registered) for registered in client.request_uris):
            raise InvalidRequestUri("request_uri is not registered")
        kept = self._kept.get(uri)
        if kept is not None and now < kept.until:
            return kept.token
        # Who comes while it is being fetched waits for the same answer, or the same failure.
        task = self._fetching.get(uri)
        if task is None:
            task = self._fetching[uri] = asyncio.create_task(self._fetch(uri, now))
            task.add_done_callback(lambda done: self._done(uri, done))
        return await asyncio.shield(task)

    def forget(self, uri: str) -> None:
        """What is at this address was of no use: another one may be there next time."""
        self._kept.pop(uri, None)

    def _done(self, uri: str, task: asyncio.Task[str]) -> None:
        self._fetching.pop(uri, None)
        if not task.cancelled():
            task.exception()  # Looked at, even where nobody waits for it any more.

    async def _fetch(self, uri: str, now: int) -> str:
        self.forget(uri)
        try:
            found = await self.outside.fetch(_address(uri), most_bytes=LARGEST_ENCRYPTED)
            token = found.content.decode("ascii").strip()
        except (NotFetched, UnicodeDecodeError) as error:
            raise InvalidRequestUri("request_uri can't be fetched", log_reason=str(error)) from None
        seconds = _KEPT_SECONDS if found.max_age is None else min(found.max_age, _KEPT_SECONDS)
        if seconds:
            self._kept[uri] = _Kept(token=token, until=now + seconds)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return token


def _address(uri: str) -> str:
    return uri.partition("#")[0]
