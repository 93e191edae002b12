"""Accounts have a customer ID that never repeats and a `sub` that says nothing."""

import asyncio

import pytest

from idp.account.creation import NewAccount, create_account, initials
from idp.account.finding import find_person, get_person
from idp.account.problem import (
    AddressTaken,
    BadAddress,
    BadCustomerId,
    ChangedMeanwhile,
    CustomerIdTaken,
    UnknownAccount,
)
from idp.config.settings import CustomerId
from idp.records.account import AccountStatus, Person, Role
from idp.store.accounts import CREDENTIAL_BY_SUBJECT, PUT_PASSWORD, UPDATE_GROUPS
from idp.store.factors import STANDING
from idp.store.statement import Effect
from tests.support.rooms import OCCASION, RULES, Rooms


async def test_customer_id_is_initials_and_digits(rooms: Rooms) -> None:
    person = await rooms.customer(profile={"given_name": "Élodie", "family_name": "Martin"})
    assert person.customer_id[:2] == "em"
    assert person.customer_id[2:7].isdigit()
    assert person.customer_id[7:] == "-ovh"
    assert person.status is AccountStatus.INCOMPLETE
    assert await rooms.events() == ["account.created"]


@pytest.mark.parametrize(
    ("profile", "letters"),
    [
        ({"given_name": "Ada", "family_name": "Moreau"}, "am"),
        ({"name": "Jean Paul Sartre"}, "js"),
        ({"given_name": "Zoë", "name": "Zoë Ångström"}, "za"),
        ({"name": "Plato"}, ""),
        ({"given_name": "Иван", "family_name": "Петров"}, ""),
        ({"given_name": "1", "family_name": "Petit"}, ""),
        ({}, ""),
    ],
)
def test_initials_are_latin_or_none(profile: dict[str, str], letters: str) -> None:
    assert initials(profile) == letters


@pytest.mark.requirement("S29")
async def test_sub_and_customer_id_never_repeat(rooms: Rooms) -> None:
    people = await asyncio.gather(*(rooms.customer(profile={"name": "Ada Moreau"}) for _ in range(50)))
    assert len({person.customer_id for person in people}) == 50
    assert len({person.sub for person in people}) == 50
    assert all(len(person.sub) == 27 for person in people)


class _Monotonous:
    """Entropy whose random bytes are zeros."""

    def __init__(self, rooms: Rooms) -> None:
        self._entropy = rooms.entropy
        self._subs = 0

    def token_bytes(self, length: int) -> bytes:
        return self._entropy.token_bytes(length) if length == 20 else bytes(length)

    def uuid7(self, now: int) -> str:
        return self._entropy.uuid7(now)


async def test_crowded_customer_ids_grow_a_digit(rooms: Rooms) -> None:
    entropy = _Monotonous(rooms)
    made = [
        (
            await create_account(rooms.db, rooms.audit, entropy, OCCASION, NewAccount(), rules=RULES)
        ).customer_id
        for _ in range(3)
    ]
    assert made == ["aa00000-ovh", "aa000000-ovh", "aa0000000-ovh"]


async def test_exhausted_customer_ids_are_an_error(rooms: Rooms) -> None:
    rules, entropy = CustomerId(suffix="", digits=15), _Monotonous(rooms)
    await create_account(rooms.db, rooms.audit, entropy, OCCASION, NewAccount(), rules=rules)
    with pytest.raises(CustomerIdTaken):
        await create_account(rooms.db, rooms.audit, entropy, OCCASION, NewAccount(), rules=rules)


async def test_customer_id_of_a_lost_account_is_not_given_again(rooms: Rooms) -> None:
    await rooms.customer(customer_id="AA11111")
    with pytest.raises(CustomerIdTaken):
        await rooms.customer(customer_id="aa11111-ovh")
    with pytest.raises(BadCustomerId):
        await rooms.customer(customer_id="x")


async def test_address_in_another_spelling_is_taken(rooms: Rooms) -> None:
    await rooms.customer(primary_email="Alice@Demo.test")
    with pytest.raises(AddressTaken):
        await rooms.customer(primary_email="alice@DEMO.test")
    for address in ("nobody", "a@b"):
        with pytest.raises(BadAddress):
            await rooms.customer(primary_email=address)
        with pytest.raises(BadAddress):
            await rooms.customer(backup_email=address)
    assert await rooms.events() == ["account.created"]
    assert await rooms.rows("SELECT customer_id FROM customer_id") != []


async def test_accounts_without_address_coexist(rooms: Rooms) -> None:
    await rooms.customer()
    await rooms.customer()


async def test_person_is_found_by_any_spelling(rooms: Rooms) -> None:
    made = await rooms.customer(
        primary_email="Carol@Demo.test",
        is_primary_email_verified=True,
        backup_email="spare@demo.test",
        profile={"name": "Carol Lefèvre", "address": {"country": "FR"}},
        language="fr",
        role=Role.SUPPORT,
        customer_id="cc33333-ovh",
    )
    for typed in ("CC33333", " cc33333-ovh", "carol@demo.test", "CAROL@DEMO.TEST"):
        assert await find_person(rooms.db, typed, suffix="-ovh") == made
    for typed in ("cc33334", "spare@demo.test", "", "carol"):
        assert await find_person(rooms.db, typed, suffix="-ovh") is None
    with pytest.raises(UnknownAccount):
        await get_person(rooms.db, "cc33334", suffix="-ovh")


async def test_what_comes_with_an_account_is_made_with_it_or_not_at_all(rooms: Rooms) -> None:
    tried: list[Person] = []

    def password(person: Person) -> Effect:
        return PUT_PASSWORD.effect(
            subject_id=person.subject_id, encoded="$argon2id$", pepper_id="pepper-1", changed_at=OCCASION.now
        )

    async def also(person: Person) -> list[Effect]:
        return [password(person)]

    async def fails(person: Person) -> list[Effect]:
        tried.append(person)
        nothing = UPDATE_GROUPS.effect(
            expects=1, of_account="nobody", former="[]", groups="[]", now=OCCASION.now
        )
        return [password(person), nothing]

    new = NewAccount(primary_email="nina@new.test", asks_for_backup=True)
    with pytest.raises(ChangedMeanwhile):
        await create_account(rooms.db, rooms.audit, rooms.entropy, OCCASION, new, rules=RULES, also=fails)
    assert len(tried) == 1
    assert await find_person(rooms.db, "nina@new.test", suffix=RULES.suffix) is None
    person = await create_account(rooms.db, rooms.audit, rooms.entropy, OCCASION, new, rules=RULES, also=also)
    credential = await rooms.db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    standing = await rooms.db.one(STANDING, of_subject=person.subject_id)
    assert credential is not None
    assert credential.encoded == "$argon2id$"
    assert standing is not None
    assert standing.backup_asked_at is None
