"""Sessions end, and what was issued in them; offline families live on until their own end."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from idp.account.ending import (
    end_all_sessions,
    end_other_sessions,
    end_session,
    revoke_application,
    sign_out_effects,
)
from idp.account.problem import ChangedMeanwhile
from idp.account.status import disable_account, enable_account
from idp.clients.registration import register_client
from idp.records.account import AccountStatus, Person
from idp.records.client import Client, ClientId
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.sessions import CONSENTS_OF_SUBJECT, RECORD_CONSENT
from tests.support.rooms import NOW, OCCASION, Rooms

pytestmark = pytest.mark.requirement("S31", "S61", "S62")


class _World:
    """A person with two sessions and an offline family, and a bystander, at two applications."""

    person: Person
    bystander: Person
    sessions: list[str]
    others: list[str]


@pytest.fixture
async def world(rooms: Rooms) -> _World:
    made = _World()
    for name in ("shop", "blog"):
        client = Client(client_id=ClientId(name), client_name=name)
        await register_client(rooms.db, rooms.audit, rooms.entropy, OCCASION, client)
    made.person = await rooms.customer_with_password("correct horse battery")
    made.bystander = await rooms.customer()
    made.sessions = [await rooms.session(made.person) for _ in range(2)]
    made.others = [await rooms.session(made.bystander)]
    for number, owner, session_id in (
        (1, made.person, made.sessions[0]),
        (2, made.person, made.sessions[1]),
        (3, made.bystander, made.others[0]),
    ):
        await rooms.family(
            client_id="shop", subject_id=owner.subject_id, session_id=session_id, scope=f"bound-{number}"
        )
    for number, client_id in ((1, "shop"), (2, "blog")):
        await rooms.family(
            client_id=client_id,
            subject_id=made.person.subject_id,
            session_id=made.sessions[0],
            is_offline=1,
            scope=f"offline-{number}",
        )
    return made


async def _ended(rooms: Rooms) -> tuple[int, list[str]]:
    sessions = await rooms.rows("SELECT session_id FROM session WHERE ended_at IS NOT NULL")
    families = await rooms.rows("SELECT scope FROM family WHERE revoked_at IS NOT NULL ORDER BY scope")
    return len(sessions), [row[0] for row in families]


async def test_signing_out_ends_one_session_with_its_families(rooms: Rooms, world: _World) -> None:
    effects = sign_out_effects(
        rooms.audit, OCCASION, session_id=world.sessions[0], subject_id=world.person.subject_id
    )
    assert await rooms.db.apply(effects)
    assert await _ended(rooms) == (1, ["bound-1"])
    assert await rooms.db.apply(
        sign_out_effects(
            rooms.audit, OCCASION, session_id=world.sessions[0], subject_id=world.person.subject_id
        )
    ), "a second time harms nobody"


async def test_owner_ends_a_session_from_a_list(rooms: Rooms, world: _World) -> None:
    ended = await end_session(
        rooms.db, rooms.audit, OCCASION, subject_id=world.person.subject_id, session_id=world.sessions[1]
    )
    assert ended
    assert await _ended(rooms) == (1, ["bound-2"])


async def test_nobody_ends_anothers_session(rooms: Rooms, world: _World) -> None:
    before = await rooms.events()
    assert not await end_session(
        rooms.db, rooms.audit, OCCASION, subject_id=world.person.subject_id, session_id=world.others[0]
    )
    assert await _ended(rooms) == (0, [])
    assert await rooms.events() == before


async def test_other_sessions_end_and_this_one_lives(rooms: Rooms, world: _World) -> None:
    await end_other_sessions(
        rooms.db,
        rooms.audit,
        OCCASION,
        subject_id=world.person.subject_id,
        kept_session_id=world.sessions[0],
    )
    assert await _ended(rooms) == (1, ["bound-2"])


async def test_all_sessions_end_and_offline_families_live(rooms: Rooms, world: _World) -> None:
    await end_all_sessions(rooms.db, rooms.audit, OCCASION, subject_id=world.person.subject_id)
    assert await _ended(rooms) == (2, ["bound-1", "bound-2"])
    assert (await rooms.events())[-1] == "sessions.ended"


async def test_revoked_application_loses_consent_and_everything_issued(rooms: Rooms, world: _World) -> None:
    subject_id = world.person.subject_id
    for client_id in ("shop", "blog"):
        await rooms.db.apply(
            [RECORD_CONSENT.effect(subject_id=subject_id, client_id=client_id, scope="openid", now=NOW)]
        )
    await revoke_application(rooms.db, rooms.audit, OCCASION, subject_id=subject_id, client_id="shop")
    consents = await rooms.db.all(CONSENTS_OF_SUBJECT, of_subject=subject_id)
    assert [consent.client_id for consent in consents] == ["blog"]
    assert await _ended(rooms) == (0, ["bound-1", "bound-2", "offline-1"])


async def test_disabled_account_loses_everything_at_once(rooms: Rooms, world: _World) -> None:
    assert await disable_account(rooms.db, rooms.audit, OCCASION, world.person)
    assert await _ended(rooms) == (2, ["bound-1", "bound-2", "offline-1", "offline-2"])
    person = await _reload(rooms, world.person)
    assert person.status is AccountStatus.DISABLED
    assert not await disable_account(rooms.db, rooms.audit, OCCASION, person)


async def test_enabled_account_is_as_it_was(rooms: Rooms, world: _World) -> None:
    for made, status in ((world.person, AccountStatus.ACTIVE), (world.bystander, AccountStatus.INCOMPLETE)):
        assert not await enable_account(rooms.db, rooms.audit, OCCASION, made)
        await disable_account(rooms.db, rooms.audit, OCCASION, made)
        assert await enable_account(rooms.db, rooms.audit, OCCASION, await _reload(rooms, made))
        assert (await _reload(rooms, made)).status is status


@pytest.mark.parametrize("act", [disable_account, enable_account])
async def test_act_on_an_outdated_account_is_refused(
    rooms: Rooms, world: _World, act: Callable[..., Awaitable[Any]]
) -> None:
    await disable_account(rooms.db, rooms.audit, OCCASION, world.person)
    disabled = await _reload(rooms, world.person)
    await enable_account(rooms.db, rooms.audit, OCCASION, disabled)
    outdated = disabled if act is enable_account else world.bystander
    if act is disable_account:
        await disable_account(rooms.db, rooms.audit, OCCASION, world.bystander)
    with pytest.raises(ChangedMeanwhile):
        await act(rooms.db, rooms.audit, OCCASION, outdated)


async def _reload(rooms: Rooms, person: Person) -> Person:
    found = await rooms.db.one(PERSON_BY_SUBJECT, subject_id=person.subject_id)
    assert found is not None
    return found
