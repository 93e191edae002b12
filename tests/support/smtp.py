"""A mail relay on loopback that does as it is told: refuses, delays, encrypts, asks for a name and a password."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(kw_only=True)
class LocalRelay:
    """`taken` are recipients and messages. `replies` come first, a list for each stage; then everything is taken.

    A reply may be empty: the relay then says nothing until `released` is set.
    """

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    asks_for_login: bool = False
    hangs_up_at: str = ""
    greetings: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    sessions: int = 0
    most_at_once: int = 0
    _open: int = 0

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.asks_for_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        self.options = options
        return await self._answer(server, "sender", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "recipient", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        reply = await self._answer(server, "message", "250 2.0.0 taken")
        if reply.startswith("2"):
            self.taken.extend((recipient, content) for recipient in envelope.rcpt_tos)
        return reply

    async def handle_QUIT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self._hang_up(server, "goodbye")
        return "221 2.0.0 bye"

    def _hang_up(self, server: SMTP, stage: str) -> None:
        if self.hangs_up_at == stage:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()

    async def _answer(self, server: SMTP, stage: str, usual: str) -> str:
        self._hang_up(server, stage)
        waiting = self.replies.get(stage)
        reply = waiting.pop(0) if waiting else usual
        if not reply:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self.reached.set()
            await self.released.wait()
            self._open -= 1
        return reply or usual


@asynccontextmanager
async def open_relay(
    *,
    tls: ssl.SSLContext | None = None,
    is_starttls: bool = False,
    login: tuple[str, str] | None = None,
    takes_utf8: bool = True,
) -> AsyncIterator[LocalRelay]:
    """A relay in the running loop. With `tls` it encrypts from the start, or after STARTTLS."""
    loop = asyncio.get_running_loop()
    relay = LocalRelay(asks_for_login=login is not None)
    connections: set[asyncio.BaseTransport] = set()

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        is_right = (given.login.decode(), given.password.decode()) == login
        return AuthResult(success=is_right, handled=is_right)

    class Connection(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connections.add(transport)
            relay.sessions += 1
            super().connection_made(transport)

    def connection() -> SMTP:
        return Connection(
            relay,
            hostname="relay.test",
            enable_SMTPUTF8=takes_utf8,
            loop=loop,
            tls_context=tls if is_starttls else None,
            require_starttls=is_starttls,
            authenticator=authenticate if login else None,
            auth_require_tls=is_starttls,  # It doesn't see what encrypts from the start.
        )

    server = await loop.create_server(
        connection, "127.0.0.1", 0, family=socket.AF_INET, ssl=None if is_starttls else tls
    )
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay.released.set()
        server.close()
        for transport in list(connections):
            transport.close()
        await server.wait_closed()
