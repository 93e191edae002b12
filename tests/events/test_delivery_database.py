"""Delivery while the database is away, or a relay is slower than we wait: nothing is lost, nothing ends."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from idp.store.database import Database, DatabaseUnavailable
from idp.store.outbox import Status
from idp.store.statement import Effect
from tests.events.posting import open_node
from tests.support.relays import MemoryRelay
from tests.support.rooms import Rooms
from tests.support.waiting import until


@dataclass
class FlakyDatabase:
    """Is away for as many reads and writes as it is told."""

    inner: Database
    reads_refused: int = 0
    writes_refused_after: int | None = None

    async def one(self, query: Any, /, **values: Any) -> Any:
        return await self.inner.one(query, **values)

    async def all(self, query: Any, /, **values: Any) -> Any:
        if self.reads_refused:
            self.reads_refused -= 1
            raise DatabaseUnavailable("away")
        return await self.inner.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        if self.writes_refused_after is not None:
            if self.writes_refused_after == 0:
                raise DatabaseUnavailable("away")
            self.writes_refused_after -= 1
        return await self.inner.apply(effects)

    def generation(self) -> int:
        return self.inner.generation()

    async def open(self) -> None:
        await self.inner.open()

    async def close(self) -> None:
        await self.inner.close()


async def test_a_database_that_is_away_ends_nothing(rooms: Rooms) -> None:
    relay, flaky = MemoryRelay(), FlakyDatabase(inner=rooms.db, reads_refused=3)
    node = open_node(replace(rooms, db=flaky), relay)
    await node.write()
    running = asyncio.create_task(node.delivery.run_for_ever())
    await until(lambda: _woken_until_taken(node.outbox.wake, relay), what="the mail")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert flaky.reads_refused == 0


async def _woken_until_taken(wake: Any, relay: MemoryRelay) -> bool:
    wake()
    return bool(relay.taken)


async def test_an_outcome_that_could_not_be_written_is_found_by_the_next_try(rooms: Rooms) -> None:
    relay, flaky = MemoryRelay(), FlakyDatabase(inner=rooms.db)
    node = open_node(replace(rooms, db=flaky), relay)
    message_id = await node.write()
    flaky.writes_refused_after = 1
    await node.deliver()
    assert (await node.sending(message_id)).status == Status.QUEUED
    flaky.writes_refused_after = None
    node.clock.at += 120
    await node.deliver()
    assert (await node.sending(message_id)).status == Status.DELIVERED
    first, second = (content for _, content in relay.taken)
    assert first == second, "whoever got both sees one message"


class SilentRelay(MemoryRelay):
    """Says nothing, for ever."""

    async def send(self, *, recipient: str, message: bytes) -> str:
        await asyncio.Event().wait()
        raise AssertionError("never")


async def test_a_try_ends_before_its_claim_does(rooms: Rooms) -> None:
    node = open_node(rooms, SilentRelay())
    assert node.delivery.try_seconds < 120
    node.delivery = replace(node.delivery, try_seconds=0.05)
    message_id = await node.write()
    await node.deliver()
    sending = await node.sending(message_id)
    assert (sending.status, sending.reply, sending.attempts) == ("queued", "timeout", 1)


async def test_a_stop_leaves_what_hangs_to_its_claim(rooms: Rooms) -> None:
    node = open_node(rooms, SilentRelay())
    node.delivery = replace(node.delivery, stop_seconds=0.05)
    message_id = await node.write()
    running = asyncio.create_task(node.delivery.run_for_ever())
    await until(lambda: _is_claimed(node.row, message_id), what="a node to take it")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    relay = MemoryRelay()
    other = open_node(rooms, relay, clock=node.clock)
    await other.deliver()
    assert relay.taken == []
    node.clock.at += 120
    await other.deliver()
    assert len(relay.taken) == 1


async def _is_claimed(row: Any, message_id: str) -> bool:
    return bool((await row(message_id))["attempts"])
