"""What an application remembers of a browser, on its own side: the cookie holds a random key and nothing else.

So tokens never reach the browser, and Authlib's state of a sign-in under way doesn't either: it finds
`request.session` here. In memory and bounded, as befits a demo.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.demo.chain import Chain
from idp.records.ports import Clock, Entropy

_MOST = 10_000
_IDLE_SECONDS = 86_400
_KEY_BYTES = 32

TWO_FACTORS = "2"
"""The rung (`acr`) of two factors. The issuer's are "1" to "3", each above the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, by verified claims, and the tokens that came with it."""

    claims: Mapping[str, Any]
    token: Mapping[str, Any]

    @property
    def sub(self) -> str:
        return str(self.claims["sub"])

    @property
    def sid(self) -> str:
        return str(self.claims.get("sid", ""))

    @property
    def name(self) -> str:
        return str(self.claims.get("name") or self.customer_id or self.sub)

    @property
    def email(self) -> str:
        return str(self.claims.get("email", ""))

    @property
    def customer_id(self) -> str:
        return str(self.claims.get("customer_id", ""))

    @property
    def has_two_factors(self) -> bool:
        return str(self.claims.get("acr", "")) >= TWO_FACTORS


@dataclass(slots=True, kw_only=True)
class Visit:
    """One browser. `session` is Authlib's; `lock` lets one request at a time refresh its tokens. `chain` is the request
    that it last followed, which outlives the sign-in.
    """

    key: str
    used_at: int
    session: dict[str, Any] = field(default_factory=dict)
    signed_in: SignedIn | None = None
    chain: Chain | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_worth_keeping(self) -> bool:
        return bool(self.session or self.signed_in or self.chain)


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit of the browser that sent this."""
    visit: Visit = connection.state.visit
    return visit


class Visits:
    """ASGI middleware around one application; `cookie` is a name that no neighbour on this host uses."""

    def __init__(self, app: ASGIApp, *, cookie: str, clock: Clock, entropy: Entropy) -> None:
        self._app = app
        self._cookie = cookie
        self._clock = clock
        self._entropy = entropy
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent_key = HTTPConnection(scope).cookies.get(self._cookie, "")
        visit = self._find(sent_key)
        scope.setdefault("state", {})["visit"] = visit
        scope["session"] = visit.session

        def answer(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                self._keep(visit, sent_key, message)
            return send(message)

        await self._app(scope, receive, answer)

    def renew(self, visit: Visit) -> None:
        """A new key for a browser whose rights change, so that one planted before is worth nothing."""
        self._visits.pop(visit.key, None)
        visit.key = self._new_key()

    def end(self, sid: str) -> None:
        """Sign out whoever signed in with a session of the issuer."""
        for visit in self._visits.values():
            if visit.signed_in is not None and visit.signed_in.sid == sid:
                visit.signed_in = None

    def _find(self, key: str) -> Visit:
        now = self._clock.now()
        visit = self._visits.get(key)
        if visit is None or visit.used_at + _IDLE_SECONDS < now:
            return Visit(key=self._new_key(), used_at=now)
        visit.used_at = now
        self._visits.move_to_end(key)
        return visit

    def _keep(self, visit: Visit, sent_key: str, message: Message) -> None:
        if not visit.is_worth_keeping:
            self._visits.pop(visit.key, None)
            return
        self._visits[visit.key] = visit
        while len(self._visits) > _MOST:
            self._visits.popitem(last=False)
        if visit.key != sent_key:
            # Not Secure: a demo is plain http on loopback, and some browsers would drop it.
            cookie = f"{self._cookie}={visit.key}; Path=/; HttpOnly; SameSite=Lax"
            message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode())]

    def _new_key(self) -> str:
        return self._entropy.token_bytes(_KEY_BYTES).hex()
