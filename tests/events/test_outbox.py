"""The outbox: a message is written with its cause or not at all, sealed, and only in the shape that its words want."""

import json
from dataclasses import replace

import pytest

from idp.events.mails import TEMPLATES, Channel, Template, template_named
from idp.events.masking import masked_email, masked_number
from idp.signing.reseal import reseal, root_key_usage, sealed_with
from idp.signing.sealing import RootKey, RootKeys, SealBroken
from idp.store.outbox import CLAIM_MESSAGE, DUE_MESSAGES, SENDING, Status
from tests.events.posting import SAMPLES, open_node
from tests.support.relays import MemoryRelay
from tests.support.rooms import NOW, Rooms


async def test_a_message_is_written_with_its_cause_or_not_at_all(rooms: Rooms) -> None:
    node = open_node(rooms, MemoryRelay())
    effect = node.outbox.mail(
        "address-code",
        to="alice@demo.test",
        locale="en",
        context=SAMPLES["address-code"],
        subject_id=None,
        now=NOW,
    )
    failing = CLAIM_MESSAGE.effect(expects=1, of_message="no such", seen_attempts=0, now=NOW, until=NOW)
    assert not await rooms.db.apply([effect, failing])
    assert await rooms.rows("SELECT message_id FROM outbox") == []


async def test_what_is_stored_names_nobody_and_says_nothing(rooms: Rooms) -> None:
    node = open_node(rooms, MemoryRelay())
    await node.write()
    await node.write("sms-code", to="+33612345678")
    rows = await rooms.rows(
        "SELECT channel, recipient, sealed, due_at, expires_at FROM outbox ORDER BY channel"
    )
    assert [row[:2] for row in rows] == [("mail", "a•••@d•••.test"), ("sms", "•••78")]
    for row in rows:
        for secret in (b"1234", b"alice", b"336123", b"not-me"):
            assert secret not in row[2]
    assert [row[4] - row[3] for row in rows] == [86_400, 600]


async def test_a_sealed_message_belongs_to_its_row(rooms: Rooms) -> None:
    node = open_node(rooms, MemoryRelay())
    for _ in range(2):
        await node.write()
    one, two = await rooms.db.all(DUE_MESSAGES, now=NOW)
    letter = node.outbox.open(one)
    assert (letter.to, letter.locale, letter.context) == ("alice@demo.test", "en", SAMPLES["email-code"])
    assert "1234" not in repr(letter)
    with pytest.raises(SealBroken):
        node.outbox.open(replace(one, sealed=two.sealed))


async def test_a_message_that_cannot_be_opened_is_a_dead_letter(rooms: Rooms) -> None:
    node = open_node(rooms, MemoryRelay())
    message_id = await node.write()
    others = RootKeys([RootKey(value=b"x" * 32, created_at=1)], entropy=rooms.entropy)
    await open_node(rooms, MemoryRelay(), root_keys=others).deliver()
    row = await node.row(message_id)
    assert (row["status"], row["reply"], row["sealed"]) == ("failed", "unreadable", None)


async def test_a_new_root_key_takes_over_what_waits(rooms: Rooms) -> None:
    relay = MemoryRelay()
    former, newer = (RootKey(value=bytes([age]) * 32, created_at=age) for age in (1, 2))
    node = open_node(rooms, relay, root_keys=RootKeys([former], entropy=rooms.entropy))
    await node.write()
    await node.write()
    assert (await root_key_usage(rooms.db))[former.root_key_id] == {"outbox": 2}
    both = RootKeys([former, newer], entropy=rooms.entropy)
    assert (await reseal(rooms.db, both)).rows["outbox"] == 2
    await open_node(rooms, relay, root_keys=RootKeys([newer], entropy=rooms.entropy)).deliver()
    assert len(relay.taken) == 2
    assert {former.root_key_id, newer.root_key_id}.isdisjoint(await root_key_usage(rooms.db))


async def test_mail_that_waits_does_not_keep_a_node_from_starting(rooms: Rooms) -> None:
    before = await sealed_with(rooms.db)
    await open_node(rooms, MemoryRelay()).write()
    assert await sealed_with(rooms.db) == before


async def test_how_the_newest_code_goes_is_told_by_subject_and_template(rooms: Rooms) -> None:
    alice = await rooms.customer(primary_email="alice@demo.test")
    node = open_node(rooms, MemoryRelay())
    about = {"of_subject": alice.subject_id, "of_template": "email-code"}
    assert await rooms.db.one(SENDING, **about) is None
    first = await node.write(subject_id=alice.subject_id)
    await node.deliver()
    await node.write("new-sign-in", subject_id=alice.subject_id)
    found = await rooms.db.one(SENDING, **about)
    assert found is not None
    assert (found.message_id, found.status) == (first, Status.DELIVERED)
    node.clock.at += 30
    second = await node.write(subject_id=alice.subject_id)
    found = await rooms.db.one(SENDING, **about)
    assert found is not None
    assert (found.message_id, found.status, found.created_at) == (second, Status.QUEUED, NOW + 30)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_samples_have_the_shape_of_their_template_and_can_be_sealed(template: Template) -> None:
    for sample in template.samples:
        template.check(sample)
        assert json.loads(json.dumps(dict(sample))) == sample


def test_another_shape_is_a_mistake_that_tests_find() -> None:
    context = dict(SAMPLES["address-code"])
    with pytest.raises(ValueError, match="password"):
        template_named("address-code", Channel.MAIL).check({**context, "password": "x"})
    with pytest.raises(ValueError, match="minutes"):
        template_named("address-code", Channel.MAIL).check({"code": "1234 5678"})
    change = {**SAMPLES["security-changed"], "what": "nothing"}
    with pytest.raises(ValueError, match="no words for nothing"):
        template_named("security-changed", Channel.MAIL).check(change)
    for name, channel in (("sms-code", Channel.MAIL), ("email-code", Channel.SMS), ("nothing", Channel.MAIL)):
        with pytest.raises(KeyError):
            template_named(name, channel)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("alice@demo.test", "a•••@d•••.test"),
        ("a@b.co.uk", "a•••@b•••.uk"),
        ("élise@école.fr", "é•••@é•••.fr"),
        ("alice@localhost", "a•••"),
        ("alice", "•••"),
        ("", "•••"),
    ],
)
def test_a_masked_address_is_too_little_to_write_to(address: str, masked: str) -> None:
    assert masked_email(address) == masked


def test_a_masked_number_has_two_digits() -> None:
    assert masked_number("+33612345678") == "•••78"
