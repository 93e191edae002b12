"""Delivery by real SMTP: what arrives, what is tried again, what is given up, and what stays of it."""

import asyncio
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from prometheus_client import generate_latest

from idp.config.settings import Log
from idp.store.outbox import Status
from idp.web.logging import configure_logging
from tests.events.posting import open_node, through
from tests.support.mail import parsed
from tests.support.processes import free_port
from tests.support.relays import MemoryGateway
from tests.support.rooms import NOW, Rooms
from tests.support.smtp import LocalRelay, open_relay
from tests.support.waiting import until

_HOUR, _DAY = 3_600, 86_400


async def test_a_mail_arrives_with_both_parts_and_right_headers(rooms: Rooms) -> None:
    alice = await rooms.customer(primary_email="alice@demo.test", profile={"name": "Alice Martin"})
    async with open_relay() as relay:
        node = open_node(rooms, through(relay))
        message_id = await node.write(subject_id=alice.subject_id)
        await node.deliver()
    ((recipient, content),) = relay.taken
    mail = parsed(recipient, content)
    assert mail.to == "alice@demo.test"
    assert mail.subject == f"Your Demo Hosting sign-in code \N{EN DASH} {alice.customer_id}"
    assert mail.text.startswith("1234 5678 is your code to sign in to Demo Hosting.\n")
    assert mail.html.count("1234 5678") == 1
    for part in (mail.text, mail.html):
        for words in ("Manager", "Firefox, Linux", "Lille, France", "15 January 2027 at 08:00 UTC"):
            assert words in part
        assert "https://login.example.com/not-me/0192f3a4-sample" in part
        assert part.rindex(alice.customer_id) > part.index("This wasn’t you?")
    assert mail.headers["From"] == "Demo Hosting <no-reply@idp.test>"
    assert mail.headers["To"] == "alice@demo.test"
    assert mail.headers["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert mail.headers["Message-ID"] == f"<{message_id}@idp.test>"
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.headers["Content-Language"] == "en"
    assert mail.headers.keys() <= {
        *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"),
        *("Auto-Submitted", "Content-Type", "Content-Language"),
    }
    assert max(map(len, content.splitlines())) <= 78
    assert content.isascii()


async def test_what_was_delivered_leaves_a_log_without_words(rooms: Rooms) -> None:
    async with open_relay() as relay:
        node = open_node(rooms, through(relay))
        message_id = await node.write()
        assert (await node.row(message_id))["sealed"]
        await node.deliver()
    assert await node.row(message_id) == {
        "status": "delivered",
        "reply": "250 2.0.0",
        "attempts": 1,
        "due_at": NOW,
        "finished_at": NOW,
        "sealed": None,
        "root_key_id": None,
        "recipient": "a•••@d•••.test",
    }
    exposed = generate_latest(node.metrics.registry).decode()
    assert 'idp_messages_total{channel="mail",outcome="delivered"} 1.0' in exposed
    assert "idp_oldest_message_seconds 0.0" in exposed


async def test_the_language_is_the_recipients(rooms: Rooms) -> None:
    async with open_relay() as relay:
        node = open_node(rooms, through(relay))
        await node.write(locale="fr-CA")
        await node.write("sms-code", to="+33612345678", locale="fr")
        await node.deliver()
    mail = parsed(*relay.taken[0])
    assert mail.headers["Content-Language"] == "fr"
    assert mail.text.startswith("1234 5678 est votre code de connexion à Demo Hosting.")
    assert "Navigateur\N{NO-BREAK SPACE}: Firefox, Linux" in mail.text
    assert '<html lang="fr"' in mail.html


async def test_a_text_is_one_text(rooms: Rooms) -> None:
    gateway = MemoryGateway()
    node = open_node(rooms, through(), sms=gateway)
    await node.write("sms-code", to="+33612345678", locale="fr")
    message_id = await node.write("sms-code", to="+33612345678")
    await node.deliver()
    assert {number for number, _ in gateway.taken} == {"+33612345678"}
    for _, text in gateway.taken:
        assert text.startswith("1234 5678 ")
        assert len(text) <= 160
        # The alphabet of phones has these letters; another one would cut what fits into one text to 70.
        assert all(letter.isascii() or letter in "éèàù" for letter in text), text
    assert (await node.row(message_id))["recipient"] == "•••78"


async def test_a_relay_that_is_busy_is_asked_again_later_and_later(rooms: Rooms) -> None:
    async with open_relay() as relay:
        relay.replies = {"recipient": ["450 4.2.0 greylisted"] * 12}
        node = open_node(rooms, through(relay))
        message_id = await node.write(lifetime_seconds=_DAY)
        pauses = []
        for _ in range(12):
            await node.deliver()
            row = await node.row(message_id)
            assert (row["status"], row["reply"]) == ("queued", "450 4.2.0")
            assert row["sealed"]
            pauses.append(row["due_at"] - node.clock.at)
            await node.deliver()
            assert (await node.row(message_id))["attempts"] == row["attempts"], "it is not due yet"
            node.clock.at = row["due_at"]
        await node.deliver()
    assert pauses == [5, 15, 30, 60, 120, 300, 900, 1_800, 3_600, 3_600, 3_600, 3_600]
    assert (await node.row(message_id))["status"] == "delivered"
    assert len(relay.taken) == 1


async def test_what_is_refused_for_good_is_a_dead_letter(rooms: Rooms) -> None:
    async with open_relay() as relay:
        relay.replies = {"message": ["554 5.7.1 looks like spam"]}
        node = open_node(rooms, through(relay))
        message_id = await node.write()
        await node.deliver()
        node.clock.at += _DAY
        await node.deliver()
    row = await node.row(message_id)
    assert (row["status"], row["reply"], row["attempts"]) == ("failed", "554 5.7.1", 1)
    assert row["sealed"] is None
    assert relay.sessions == 1


async def test_a_code_is_not_sent_after_its_life(rooms: Rooms) -> None:
    node = open_node(rooms, through(free_port()))
    message_id = await node.write(lifetime_seconds=600)
    while (row := await node.row(message_id))["status"] == "queued":
        node.clock.at = row["due_at"]
        await node.deliver()
    assert (row["status"], row["reply"], row["sealed"]) == ("expired", "unreachable", None)
    assert row["finished_at"] == NOW + 600
    async with open_relay() as relay:
        late = open_node(rooms, through(relay))
        await late.write(lifetime_seconds=600)
        late.clock.at += 601
        await late.deliver()
    assert relay.sessions == 0


async def test_mail_that_is_down_shows_within_thirty_seconds(rooms: Rooms) -> None:
    node = open_node(rooms, through(free_port()))
    message_id = await node.write()
    sending = await node.sending(message_id)
    assert not sending.is_in_trouble(NOW + 2)
    assert sending.is_in_trouble(NOW + 20), "however long the relay keeps us"
    await node.deliver()
    sending = await node.sending(message_id)
    assert (sending.status, sending.reply, sending.attempts) == ("queued", "unreachable", 1)
    assert sending.is_in_trouble(NOW + 1)
    async with open_relay() as relay:
        mended = open_node(rooms, through(relay), clock=node.clock)
        node.clock.at += 5
        await mended.deliver()
    assert not (await node.sending(message_id)).is_in_trouble(NOW + 60)


async def test_a_second_relay_takes_over(rooms: Rooms) -> None:
    async with open_relay() as second:
        node = open_node(rooms, through(free_port(), second))
        message_id = await node.write()
        await node.deliver()
    assert (await node.row(message_id))["status"] == "delivered"


async def test_a_committed_code_leaves_at_once(rooms: Rooms) -> None:
    async with open_relay() as relay:
        node = open_node(rooms, through(relay))
        running = asyncio.create_task(node.delivery.run_for_ever())
        await node.write()
        node.outbox.wake()
        await until(lambda: _taken(relay, 1), what="the first, when delivery has begun")
        began = asyncio.get_running_loop().time()
        await node.write()
        node.outbox.wake()
        await until(lambda: _taken(relay, 2), what="the second")
        assert asyncio.get_running_loop().time() - began < 4, (
            "it looks every five seconds without being woken"
        )
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def _taken(relay: LocalRelay, count: int) -> bool:
    return len(relay.taken) >= count


async def test_a_slow_relay_holds_eight_at_most_and_nobody_else(rooms: Rooms) -> None:
    async with open_relay() as relay:
        relay.replies = {"message": [""] * 20}
        gateway = MemoryGateway()
        node = open_node(rooms, through(relay), sms=gateway)
        for _ in range(7):
            await node.write("new-sign-in")
        running = asyncio.create_task(node.delivery.run_for_ever())
        await until(lambda: _waiting(relay, 7), what="seven to wait")
        await node.write("sms-code", to="+33612345678")
        node.outbox.wake()
        await until(lambda: _texted(gateway), what="a text to overtake them")
        for _ in range(5):
            await node.write("new-sign-in")
        node.outbox.wake()
        await until(lambda: _waiting(relay, 8), what="the eighth")
        relay.released.set()
        await until(lambda: _taken(relay, 12), what="all of them")
        assert relay.most_at_once == 8
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def _waiting(relay: LocalRelay, count: int) -> bool:
    return relay.most_at_once >= count


async def _texted(gateway: MemoryGateway) -> bool:
    return bool(gateway.taken)


async def test_a_stop_lets_what_is_under_way_end(rooms: Rooms) -> None:
    async with open_relay() as relay:
        relay.replies = {"message": [""]}
        node = open_node(rooms, through(relay))
        message_id = await node.write()
        running = asyncio.create_task(node.delivery.run_for_ever())
        await relay.reached.wait()
        running.cancel()
        relay.released.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert (await node.sending(message_id)).status == Status.DELIVERED


async def test_what_was_never_tried_goes_first(rooms: Rooms) -> None:
    async with open_relay() as relay:
        relay.replies = {"recipient": ["450 4.2.0 later"] * 30}
        node = open_node(rooms, through(relay))
        for number in range(30):
            await node.write("new-sign-in", to=f"old{number}@demo.test")
        await node.deliver()
        node.clock.at += 5
        await node.write(to="now@demo.test")
        relay.taken.clear()
        await node.deliver()
    assert "now@demo.test" in [recipient for recipient, _ in relay.taken[:8]]
    assert len(relay.taken) == 31


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, at the finest level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = StringIO()
    configure_logging(Log(level="debug"), stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.requirement("S85")
async def test_neither_the_log_nor_the_table_holds_a_code_a_link_or_an_address(
    log: StringIO, rooms: Rooms
) -> None:
    async with open_relay() as relay:
        relay.replies = {
            "recipient": ["450 4.2.0 <alice@demo.test> 1234 5678", "550 5.1.1 <alice@demo.test>: 1234 5678"]
        }
        node = open_node(rooms, through(free_port(), relay))
        await node.write()
        await node.write(to="bad address@@nowhere")
        await node.deliver()
        row = str(await rooms.rows("SELECT sealed FROM outbox"))
        node.clock.at += 5
        await node.deliver()
    written = log.getvalue()
    table = str(await rooms.rows("SELECT message_id, recipient, reply, template, status FROM outbox"))
    assert "450 4.2.0" in written
    assert "550 5.1.1" in table
    for secret in ("1234 5678", "1234", "not-me", "alice", "demo.test", "nowhere", "Lille", "Firefox"):
        for where in (written, table, row):
            assert secret not in where, secret
