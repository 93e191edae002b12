"""Bounces: a primary mailbox that isn't there is noted, and nothing else is taken for one."""

import pytest

from idp.events.bounces import says_no_such_mailbox
from idp.records.ports import NotDelivered
from tests.events.posting import Node, open_node, through
from tests.support.rooms import NOW, Rooms
from tests.support.smtp import LocalRelay, open_relay


@pytest.mark.parametrize(
    ("reply", "words", "is_dead"),
    [
        ("550 5.1.1", "user unknown", True),
        ("550 5.1.0", "address rejected", True),
        ("550 5.1.10", "null MX", True),
        ("554 5.2.1", "disabled", True),
        ("550", "no such user", True),
        ("551", "not here", True),
        ("553", "mailbox name not allowed", True),
        ("550 5.5.0", "requested action not taken: mailbox unavailable", True),
        ("550", "5xx blocked by a list, see https://lists.example", False),
        ("550", "message rejected as spam", False),
        ("550 5.1.7", "bad sender", False),
        ("550 5.1.8", "bad sender's domain", False),
        ("550 5.2.2", "full", False),
        ("550 5.4.1", "relay access denied", False),
        ("550 5.7.1", "policy", False),
        ("554", "no", False),
        ("5.6.7", "", False),
    ],
)
def test_only_a_mailbox_that_is_not_there_counts(reply: str, words: str, is_dead: bool) -> None:
    details = {"stage": "recipient", "words": words}
    assert says_no_such_mailbox(NotDelivered(reply, is_final=True, details=details)) is is_dead
    assert not says_no_such_mailbox(NotDelivered(reply, is_final=False, details=details))
    assert not says_no_such_mailbox(
        NotDelivered(reply, is_final=True, details={**details, "stage": "message"})
    )
    assert not says_no_such_mailbox(NotDelivered(reply, is_final=True))


async def _refused_at(rooms: Rooms, subject_id: str) -> int | None:
    rows = await rooms.rows(
        "SELECT primary_email_refused_at FROM account JOIN subject ON subject.account_id = account.account_id"
        f" WHERE subject_id = '{subject_id}'"
    )
    refused: int | None = rows[0][0]
    return refused


async def _bounce(node: Node, relay: LocalRelay, reply: str, stage: str = "recipient", **more: str) -> None:
    relay.replies = {stage: [reply]}
    await node.write(**more)
    await node.deliver()


async def test_a_primary_mailbox_that_is_not_there_is_noted_until_it_works(rooms: Rooms) -> None:
    alice = await rooms.customer(primary_email="Alice@Demo.test", backup_email="spare@demo.test")
    async with open_relay() as relay:
        node = open_node(rooms, through(relay))
        about = {"to": "alice@demo.test", "subject_id": str(alice.subject_id)}
        for harmless, stage in (
            ("450 4.2.1 later", "recipient"),
            ("550 5.7.1 we don't like you", "recipient"),
            ("550 blocked, see https://lists.example", "recipient"),
            ("552 5.2.2 full", "recipient"),
            ("550 5.1.1 no such user", "message"),
            ("553 5.1.8 who are you", "sender"),
        ):
            await _bounce(node, relay, harmless, stage, **about)
            assert await _refused_at(rooms, alice.subject_id) is None, harmless
        await _bounce(
            node, relay, "550 5.1.1 no such user", to="spare@demo.test", subject_id=alice.subject_id
        )
        assert await _refused_at(rooms, alice.subject_id) is None, "the backup address"
        for dead in (
            "550 5.1.1 no such user",
            "550 no such user here",
            "550 5.5.0 unavailable",
            "550 5.2.1 off",
        ):
            await _bounce(node, relay, dead, **about)
            assert await _refused_at(rooms, alice.subject_id) == NOW, dead
            await node.write(to="spare@demo.test", subject_id=alice.subject_id)
            await node.deliver()
            assert await _refused_at(rooms, alice.subject_id) == NOW
            await node.write(**about)
            await node.deliver()
            assert await _refused_at(rooms, alice.subject_id) is None, "it works again"
