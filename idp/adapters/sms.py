"""Texts to phones, through the operator's gateway: one POST of JSON with `to` (E.164) and `text`.

Whatever gateway an operator has, a few lines of theirs stand between: there is no standard to follow.
"""

import ssl
from dataclasses import dataclass, field
from functools import cached_property

import httpx2

from idp.records.ports import NotDelivered

_TIMEOUT_SECONDS = 10
# The gateway is busy (408, 425, 429) or doesn't know us (401, 403, 407), which the operator mends meanwhile.
_FOR_NOW = frozenset({401, 403, 407, 408, 425, 429})


@dataclass(frozen=True, kw_only=True)
class HttpSmsTransport:
    """An `SmsTransport`. `authorization` is a whole header."""

    url: str
    authorization: str = field(default="", repr=False)
    timeout_seconds: float = _TIMEOUT_SECONDS

    async def send(self, *, number: str, text: str) -> str:
        """The status, such as "200". Redirects are not followed: they would lead the number elsewhere."""
        headers = {"authorization": self.authorization} if self.authorization else {}
        try:
            async with (
                httpx2.AsyncClient(
                    timeout=self.timeout_seconds, trust_env=False, verify=self._trusted
                ) as client,
                client.stream(
                    "POST", self.url, json={"to": number, "text": text}, headers=headers
                ) as response,
            ):
                status = response.status_code
        except httpx2.TimeoutException as error:
            raise NotDelivered("timeout", is_final=False) from error
        except httpx2.HTTPError as error:
            raise NotDelivered("unreachable", is_final=False) from error
        if 200 <= status < 300:
            return str(status)
        raise NotDelivered(str(status), is_final=400 <= status < 500 and status not in _FOR_NOW)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context()


class NoSmsTransport:
    """Where the operator sends no texts: nothing writes any either, unless the settings have changed since."""

    async def send(self, *, number: str, text: str) -> str:
        raise NotDelivered("no gateway", is_final=True)
