"""Servers of a test's own on loopback, of which nothing is left when the test ends."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port at which `handler` serves each connection, in a task that ends with this block at the latest."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await handler(reader, writer)
        finally:
            # Aborted unless it is closed already: a caller who stopped reading would keep it open.
            await _end(writer)

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        # Whoever was let in before the door closed gets its task within a turn of the loop or, with TLS, never.
        await asyncio.sleep(0)  # noqa: TID251 - one turn
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _end(writer: asyncio.StreamWriter) -> None:
    with suppress(Exception):
        writer.close()
        async with asyncio.timeout(1):
            await writer.wait_closed()
    writer.transport.abort()
