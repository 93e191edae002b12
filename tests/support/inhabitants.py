"""Who is in a house for tests: people, and the clients that they sign in to."""

from idp.account.creation import NewAccount, create_account
from idp.app import House
from idp.clients.registration import register_client
from idp.records.account import AccountStatus, Person, Role
from idp.records.event import Occasion
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from tests.support.clients import CLIENTS


async def people_of(house: House, password: str, *, now: int) -> dict[str, Person]:
    """Three customers, of whom the last is disabled, and an administrator, by their first names; one password."""
    occasion = Occasion(now=now, actor="system")
    pepper = house.secrets.newest(Purpose.PEPPER)
    encoded = await house.hasher.hash(password, pepper=pepper.value)
    people = {}
    for name, customer_id, role, status in (
        ("Alice Martin", "aa11111-ovh", Role.CUSTOMER, AccountStatus.ACTIVE),
        ("Bob Durand", "bb22222-ovh", Role.CUSTOMER, AccountStatus.ACTIVE),
        ("Dan Petit", "dd44444-ovh", Role.CUSTOMER, AccountStatus.DISABLED),
        ("Ada Admin", "ad90000-ovh", Role.ADMINISTRATOR, AccountStatus.ACTIVE),
    ):
        first = name.split()[0].lower()
        new = NewAccount(
            primary_email=f"{first}@example.test",
            is_primary_email_verified=True,
            profile={"name": name, "given_name": name.split()[0], "family_name": name.split()[1]},
            role=role,
            status=status,
            customer_id=customer_id,
        )
        person = await create_account(
            house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
        )
        effect = PUT_PASSWORD.effect(
            subject_id=person.subject_id, encoded=encoded, pepper_id=pepper.secret_id, changed_at=now
        )
        assert await house.database.apply([effect])
        people[first] = person
    return people


async def clients_of(house: House, *, now: int) -> None:
    """`CLIENTS`, with their secrets."""
    occasion = Occasion(now=now, actor="system")
    for client, secret in CLIENTS:
        await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)
