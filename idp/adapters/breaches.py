"""Which passwords were stolen somewhere, from a service that is not told which one we ask about (k-anonymity, S38).

The service gets the first five hexadecimal digits of the password's SHA-1, as the range API of Have I Been Pwned does,
and answers the rest of all those that begin so. Padding hides from whoever counts bytes which digits those were.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import httpx2
import structlog

from idp.spec.password_text import password_text

_log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 2
# A range with padding has about a thousand lines of forty bytes.
_LONGEST_ANSWER = 1_048_576
_PREFIX = 5


@dataclass(frozen=True, kw_only=True)
class HttpBreaches:
    """A `Breaches`. `url` is what stands before the digits; `observe` is told stolen, unknown or failed."""

    url: str
    observe: Callable[[str], None] | None = None
    timeout_seconds: float = _TIMEOUT_SECONDS

    async def is_stolen(self, password: str) -> bool:
        """Redirects are not followed, and a service that does not answer well refuses nobody's password."""
        text = password_text(password).encode("utf-8", "surrogatepass")
        digest = hashlib.sha1(text, usedforsecurity=False).hexdigest().upper()
        try:
            # For all of it: a service that drips its answer keeps nobody waiting either.
            async with asyncio.timeout(self.timeout_seconds):
                body = await self._range(digest[:_PREFIX])
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, _Unfit) as error:
            _log.warning("the list of stolen passwords can't be asked", reason=type(error).__name__)
            self._observed("failed")
            return False
        is_stolen = _holds(body, digest[_PREFIX:])
        self._observed("stolen" if is_stolen else "unknown")
        return is_stolen

    async def _range(self, prefix: str) -> str:
        client = httpx2.AsyncClient(timeout=self.timeout_seconds, trust_env=False, verify=self._trusted)
        headers = {"add-padding": "true", "accept": "text/plain"}
        async with client, client.stream("GET", self.url + prefix, headers=headers) as response:
            if response.status_code != 200:
                raise _Unfit
            body = b""
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LONGEST_ANSWER:
                    raise _Unfit
        return body.decode("ascii", "replace")

    def _observed(self, outcome: str) -> None:
        if self.observe is not None:
            self.observe(outcome)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context()


class NoBreaches:
    """Where the operator asks nobody."""

    async def is_stolen(self, password: str) -> bool:
        return False


class _Unfit(Exception):
    """Not the answer of such a service."""


def _holds(body: str, rest: str) -> bool:
    """Whether a range names this digest. Padding lines have the count 0."""
    for line in body.splitlines():
        suffix, _, count = line.strip().partition(":")
        if suffix.upper() == rest:
            return count.strip() != "0"
    return False
