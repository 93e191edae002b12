"""An account is found with its owner, whoever else signs in to it."""

from dataclasses import replace

import pytest

from idp.records.client import ClientId
from idp.store.accounts import (
    CREDENTIAL_BY_CUSTOMER_ID,
    CREDENTIAL_BY_EMAIL,
    INSERT_SUBJECT,
    PEOPLE_BY_BACKUP_EMAIL,
    PERSON_BY_CUSTOMER_ID,
    PERSON_BY_EMAIL,
)
from idp.store.clients import CLIENT, INSERT_CLIENT, metadata_text
from idp.store.support import PERSON_BY_ACCOUNT
from tests.support.clients import CLIENTS
from tests.support.world import START, World


@pytest.mark.parametrize("member_id", ["0" * 32, "f" * 32])
async def test_a_member_of_an_account_is_never_taken_for_its_owner(world: World, member_id: str) -> None:
    database, alice = world.house.database, world.people["alice"]
    program = replace(CLIENTS[0][0], client_id=ClientId("svc-1"))
    made = INSERT_CLIENT.effect(
        client_id=program.client_id,
        metadata=metadata_text(program),
        created_at=START,
        updated_at=START,
        owner_id=alice.account_id,
    )
    member = INSERT_SUBJECT.effect(
        subject_id=member_id, account_id=alice.account_id, sub=member_id, kind="member", created_at=START
    )
    assert await database.apply([made, member])

    [client] = await database.all(CLIENT, client_id="svc-1")
    assert client.owner is not None
    assert client.owner.sub == alice.sub
    email = str(alice.primary_email)
    found = [
        *await database.all(PERSON_BY_CUSTOMER_ID, customer_id=alice.customer_id),
        *await database.all(PERSON_BY_EMAIL, email_key=email),
        *await database.all(PERSON_BY_ACCOUNT, of_account=alice.account_id),
        *(one.person for one in await database.all(CREDENTIAL_BY_CUSTOMER_ID, customer_id=alice.customer_id)),
        *(one.person for one in await database.all(CREDENTIAL_BY_EMAIL, email_key=email)),
    ]
    assert [person.sub for person in found] == [alice.sub] * 5
    backed = await database.all(PEOPLE_BY_BACKUP_EMAIL, email_key=str(alice.backup_email))
    assert all(person.sub != member_id for person in backed)
