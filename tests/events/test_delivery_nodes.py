"""Several nodes deliver from one table: each message goes once, and what a dead node left is sent by another."""

import asyncio

from idp.events.delivery import Delivery
from idp.records.ports import NotDelivered
from idp.store.outbox import CLAIM_MESSAGE, DUE_MESSAGES, Status
from tests.events.posting import HandClock, open_node, through
from tests.support.relays import MemoryRelay
from tests.support.rooms import NOW, Rooms
from tests.support.smtp import open_relay


async def test_nodes_at_once_send_each_message_once(rooms: Rooms) -> None:
    async with open_relay() as relay:
        clock = HandClock()
        nodes = [open_node(rooms, through(relay), clock=clock) for _ in range(4)]
        for number in range(30):
            await nodes[0].write(to=f"a{number}@demo.test")
        await asyncio.gather(*(node.deliver() for node in nodes))
    recipients = [recipient for recipient, _ in relay.taken]
    assert sorted(recipients) == sorted(f"a{number}@demo.test" for number in range(30))
    assert await rooms.rows("SELECT attempts FROM outbox WHERE attempts <> 1") == []


async def test_what_a_dead_node_left_is_sent_again_as_the_same_message(rooms: Rooms) -> None:
    relay = MemoryRelay()
    clock = HandClock()
    dead, alive = (open_node(rooms, relay, clock=clock) for _ in range(2))
    message_id = await dead.write()
    (due,) = await rooms.db.all(DUE_MESSAGES, now=NOW)
    first = await _sent_but_never_finished(dead.delivery, due.message_id, rooms, relay)
    await alive.deliver()
    assert relay.taken == [], "it is the other's for a while"
    assert (await alive.sending(message_id)).attempts == 1
    clock.at += 120
    await alive.deliver()
    assert [content for _, content in relay.taken] == [first]
    sending = await alive.sending(message_id)
    assert (sending.status, sending.attempts) == (Status.DELIVERED, 2)


async def _sent_but_never_finished(
    delivery: Delivery, message_id: str, rooms: Rooms, relay: MemoryRelay
) -> bytes:
    """What a node sent that died before it could say so."""
    (due,) = await rooms.db.all(DUE_MESSAGES, now=NOW)
    claim = CLAIM_MESSAGE.effect(expects=1, of_message=message_id, seen_attempts=0, now=NOW, until=NOW + 120)
    assert await rooms.db.apply([claim])
    await delivery._hand_over(due, delivery.outbox.open(due))  # noqa: SLF001 - the half that a death leaves
    return relay.taken.pop()[1]


class StallingRelay(MemoryRelay):
    """Is slower than a claim lasts: says at last that it refuses for good."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    async def send(self, *, recipient: str, message: bytes) -> str:
        self.reached.set()
        await self.released.wait()
        raise NotDelivered("550 5.1.1", is_final=True, details={"stage": "recipient"})


async def test_a_node_that_was_away_too_long_changes_nothing_any_more(rooms: Rooms) -> None:
    alice = await rooms.customer(primary_email="alice@demo.test")
    clock, stalling, relay = HandClock(), StallingRelay(), MemoryRelay()
    slow, quick = open_node(rooms, stalling, clock=clock), open_node(rooms, relay, clock=clock)
    message_id = await slow.write(subject_id=alice.subject_id)
    late = asyncio.create_task(slow.deliver())
    await stalling.reached.wait()
    clock.at += 120
    await quick.deliver()
    stalling.released.set()
    await late
    assert len(relay.taken) == 1
    assert (await quick.sending(message_id)).status == Status.DELIVERED
    refused = await rooms.rows("SELECT primary_email_refused_at FROM account")
    assert refused == [(None,)]


class BrokenRelay(MemoryRelay):
    """Has a bug that shows with one recipient."""

    async def send(self, *, recipient: str, message: bytes) -> str:
        if recipient == "alice@demo.test":
            raise RuntimeError("a bug")
        return await super().send(recipient=recipient, message=message)


async def test_a_bug_with_one_message_keeps_no_other_from_going(rooms: Rooms) -> None:
    relay = BrokenRelay()
    node = open_node(rooms, relay)
    broken = await node.write()
    await node.write(to="bob@demo.test")
    await node.deliver()
    assert [recipient for recipient, _ in relay.taken] == ["bob@demo.test"]
    assert (await node.sending(broken)).status == Status.QUEUED
    node.clock.at += 86_400
    await node.deliver()
    assert (await node.sending(broken)).status == Status.EXPIRED
