"""The mailbox's SMTP side: a sink on loopback that takes every mail and sends none on."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from idp.demo.mails import MOST_BYTES, Mails


class _Sink:
    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        content = envelope.content
        self._mails.arrived(list(envelope.rcpt_tos), content if isinstance(content, bytes) else b"")
        return "250 Message accepted for delivery"


@asynccontextmanager
async def receiving(sockets: Sequence[socket.socket], mails: Mails) -> AsyncIterator[None]:
    """Takes mail on `sockets`, in the running loop, while the context is open; closes them at its end."""
    loop = asyncio.get_running_loop()
    sink = _Sink(mails)
    connections: set[asyncio.BaseTransport] = set()

    class Connection(SMTP):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connections.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            if self.transport is not None:
                connections.discard(self.transport)
            super().connection_lost(error)

    def connection() -> SMTP:
        return Connection(
            sink, data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, hostname="localhost", loop=loop
        )

    servers = [await loop.create_server(connection, sock=listener) for listener in sockets]
    try:
        yield
    finally:
        for server in servers:
            server.close()
        for transport in list(connections):
            transport.close()
        await asyncio.gather(*(server.wait_closed() for server in servers))
