"""An enrolment link works once, for its person, for its time."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from idp.account.enrolment import Enrolment, find_enrolment, issue_enrolment_link, redeem_enrolment
from idp.account.status import disable_account
from idp.records.account import AccountStatus, Person
from idp.records.event import Occasion
from idp.store.accounts import CREDENTIAL_BY_SUBJECT
from tests.support.rooms import NOW, OCCASION, Rooms

pytestmark = pytest.mark.requirement("S48", "S52")


async def _issue(rooms: Rooms, person: Person, occasion: Occasion = OCCASION) -> str:
    return await issue_enrolment_link(
        rooms.db, rooms.audit, rooms.entropy, occasion, person.subject_id, seconds=60
    )


async def _redeem(rooms: Rooms, enrolment: Enrolment, password: str = "correct horse battery") -> bool:
    return await redeem_enrolment(
        rooms.db, rooms.audit, OCCASION, enrolment, password, secrets=rooms.secrets, hasher=rooms.hasher
    )


async def test_link_lets_its_person_choose_a_password(rooms: Rooms) -> None:
    person = await rooms.customer()
    value = await _issue(rooms, person)
    enrolment = await find_enrolment(rooms.db, value, NOW)
    assert enrolment is not None
    assert enrolment.person == person
    assert await _redeem(rooms, enrolment)
    credential = await rooms.db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    assert credential is not None
    assert credential.encoded is not None
    assert credential.person.status is AccountStatus.ACTIVE
    assert await rooms.events() == ["account.created", "link.issued", "link.redeemed", "password.set"]


async def test_link_is_a_digest_at_rest(rooms: Rooms) -> None:
    value = await _issue(rooms, await rooms.customer())
    assert await rooms.rows("SELECT digest FROM link") == [(hashlib.sha256(value.encode()).digest(),)]


async def test_link_works_once_however_many_try(rooms: Rooms) -> None:
    value = await _issue(rooms, await rooms.customer())
    enrolment = await find_enrolment(rooms.db, value, NOW)
    assert enrolment is not None
    done = await asyncio.gather(*(_redeem(rooms, enrolment, f"correct horse {n:08}") for n in range(20)))
    assert sum(done) == 1
    assert await find_enrolment(rooms.db, value, NOW) is None
    assert (await rooms.events()).count("password.set") == 1


async def test_link_ends_with_its_time(rooms: Rooms) -> None:
    value = await _issue(rooms, await rooms.customer())
    enrolment = await find_enrolment(rooms.db, value, NOW + 59)
    assert enrolment is not None
    assert await find_enrolment(rooms.db, value, NOW + 60) is None
    late = replace(OCCASION, now=NOW + 60)
    assert not await redeem_enrolment(
        rooms.db, rooms.audit, late, enrolment, "correct horse", secrets=rooms.secrets, hasher=rooms.hasher
    )


async def test_new_link_ends_the_one_before(rooms: Rooms) -> None:
    person = await rooms.customer()
    first, second = await _issue(rooms, person), await _issue(rooms, person)
    assert await find_enrolment(rooms.db, first, NOW) is None
    assert await find_enrolment(rooms.db, second, NOW) is not None


async def test_disabled_account_enrols_nobody(rooms: Rooms) -> None:
    person = await rooms.customer()
    value = await _issue(rooms, person)
    enrolment = await find_enrolment(rooms.db, value, NOW)
    assert enrolment is not None
    await disable_account(rooms.db, rooms.audit, OCCASION, person)
    assert await find_enrolment(rooms.db, value, NOW - 1) is None
    assert not await _redeem(rooms, enrolment)


async def test_altered_link_is_no_link(rooms: Rooms) -> None:
    value = await _issue(rooms, await rooms.customer())
    other = await _issue(rooms, await rooms.customer())
    for altered in (value[:-1], value + "A", "", value[:22] + other[22:], value.swapcase()):
        assert await find_enrolment(rooms.db, altered, NOW) is None
