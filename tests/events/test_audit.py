"""Events become rows that name no address."""

import json
from typing import Any

import pytest

from idp.records.event import Circumstances, Event, EventType
from idp.signing.secrets import Purpose, add_secret
from tests.support.rooms import NOW, Rooms

pytestmark = pytest.mark.requirement("S85", "S86")


async def _record(rooms: Rooms, address: str) -> tuple[Any, ...]:
    event = Event(type=EventType.SIGN_IN_FAILED, actor="system", outcome="failure", reason="wrong_password")
    await rooms.db.apply(
        [rooms.audit.effect(event, Circumstances(correlation_id="c9", address=address), now=NOW)]
    )
    rows = await rooms.rows(
        "SELECT address_digest, address_key_id, type, outcome, reason, actor, correlation_id, details, at"
        " FROM audit_event ORDER BY event_id"
    )
    return rows[-1]


async def test_event_is_recorded_with_its_circumstances(rooms: Rooms) -> None:
    row = await _record(rooms, "")
    assert row[0:2] == ("", "")
    assert row[2:] == ("sign_in.failed", "failure", "wrong_password", "system", "c9", "{}", NOW)


async def test_address_is_a_keyed_digest(rooms: Rooms) -> None:
    first, again, other = [
        await _record(rooms, address) for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8")
    ]
    assert first[0] == again[0] != other[0]
    assert len(first[0]) == 64
    assert first[1] == "address-1"


async def test_new_address_key_changes_digests(rooms: Rooms) -> None:
    before = await _record(rooms, "192.0.2.7")
    await add_secret(rooms.db, rooms.root_keys, rooms.entropy, NOW + 1, purpose=Purpose.ADDRESS)
    await rooms.secrets.reload()
    after = await _record(rooms, "192.0.2.7")
    assert before[0] != after[0]
    assert after[1] == "address-2"


async def test_details_are_json(rooms: Rooms) -> None:
    event = Event(
        type=EventType.TOKEN_ISSUED, actor="client:x", client_id="x", details={"scopes": ["a"], "n": 1}
    )
    await rooms.db.apply([rooms.audit.effect(event, Circumstances(), now=NOW)])
    [(details, client_id)] = await rooms.rows("SELECT details, client_id FROM audit_event")
    assert json.loads(details) == {"scopes": ["a"], "n": 1}
    assert client_id == "x"
