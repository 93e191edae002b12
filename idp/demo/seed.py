"""Seeds the demo world's people and clients: once, and again without harm.

People who are there stay as they are, changed passwords and factors included; whoever was seeded by a release that knew
no factors gets theirs. Clients follow the code and the ports: their redirect URIs move with `--port`.
"""

import asyncio
from dataclasses import dataclass
from typing import Self

from idp.account.creation import NewAccount, create_account
from idp.account.password import set_password
from idp.app.house import House
from idp.clients.registration import register_client
from idp.config.settings import CustomerId
from idp.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from idp.demo.addresses import Addresses
from idp.demo.clients import DemoClient, clients
from idp.demo.factors import factor_effects
from idp.events.audit import Audit
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.ports import Entropy, PasswordHasher
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Secrets
from idp.store.accounts import CREDENTIAL_BY_CUSTOMER_ID
from idp.store.clients import CLIENT, UPDATE_METADATA, metadata_text
from idp.store.database import Database
from idp.store.delegations import ACCEPT_DELEGATION, INSERT_OFFER
from idp.store.factors import SECURITY

_DELEGATED_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """What seeding needs of the house."""

    db: Database
    audit: Audit
    entropy: Entropy
    secrets: Secrets
    root_keys: RootKeys
    hasher: PasswordHasher
    rules: CustomerId
    now: int

    @classmethod
    def of(cls, house: House) -> Self:
        return cls(
            db=house.database,
            audit=house.audit,
            entropy=house.entropy,
            secrets=house.secrets,
            root_keys=house.root_keys,
            hasher=house.hasher,
            rules=house.settings.customer_id,
            now=house.clock.now(),
        )

    @property
    def occasion(self) -> Occasion:
        return Occasion(now=self.now, actor="system")


async def seed(seeding: Seeding, addresses: Addresses) -> None:
    """Make what is missing."""
    await asyncio.gather(*(_seed_account(seeding, account) for account in ACCOUNTS))
    await _seed_delegation(seeding)
    for client in clients(addresses):
        await _seed_client(seeding, client)


async def _seed_account(seeding: Seeding, account: DemoAccount) -> None:
    """An account that a stopped seeding left without its password gets it now."""
    found = await seeding.db.one(CREDENTIAL_BY_CUSTOMER_ID, customer_id=account.customer_id)
    person = found.person if found else await _create(seeding, account)
    if account.totp_secret:
        await _seed_factors(seeding, account, person)
    if found is None or found.encoded is None:
        await set_password(
            seeding.db,
            seeding.audit,
            seeding.occasion,
            person,
            PASSWORD,
            secrets=seeding.secrets,
            hasher=seeding.hasher,
        )


async def _create(seeding: Seeding, account: DemoAccount) -> Person:
    new = NewAccount(
        primary_email=account.email,
        is_primary_email_verified=True,
        backup_email=account.backup_email,
        is_backup_email_verified=account.backup_email is not None,
        profile=account.profile,
        role=account.role,
        status=account.status,
        customer_id=account.customer_id,
        is_demo=True,
    )
    return await create_account(
        seeding.db, seeding.audit, seeding.entropy, seeding.occasion, new, rules=seeding.rules
    )


async def _seed_delegation(seeding: Seeding) -> None:
    """Carol lets Alice read her invoices, unless she ever offered anybody anything."""
    carol, alice = [
        await seeding.db.one(CREDENTIAL_BY_CUSTOMER_ID, customer_id=customer_id)
        for customer_id in ("cc33333-ovh", "aa11111-ovh")
    ]
    if carol is None or alice is None:
        return
    now, delegation_id = seeding.now, seeding.entropy.uuid7(seeding.now)
    delegate_id = alice.person.subject_id
    offer = INSERT_OFFER.effect(
        expects=1,
        delegation_id=delegation_id,
        subject_id=carol.person.subject_id,
        delegate_id=delegate_id,
        delegate_customer_id=alice.person.customer_id,
        scope="invoices:read",
        note="Bookkeeping",
        until=now + _DELEGATED_SECONDS,
        most=1,
        most_recent=1,
        since=0,
        now=now,
    )
    accepted = ACCEPT_DELEGATION.effect(of_delegation=delegation_id, of_delegate=delegate_id, now=now)
    await seeding.db.apply([offer, accepted])


async def _seed_factors(seeding: Seeding, account: DemoAccount, person: Person) -> None:
    if await seeding.db.one(SECURITY, of_subject=person.subject_id) is not None:
        return
    effects = factor_effects(
        account,
        person.subject_id,
        entropy=seeding.entropy,
        root_keys=seeding.root_keys,
        now=seeding.now,
    )
    await seeding.db.apply(effects)


async def _seed_client(seeding: Seeding, demo: DemoClient) -> None:
    found = await seeding.db.one(CLIENT, client_id=demo.client.client_id)
    if found is None:
        await register_client(
            seeding.db,
            seeding.audit,
            seeding.entropy,
            seeding.occasion,
            demo.client,
            secret=demo.secret or None,
            root_keys=seeding.root_keys,
        )
    elif metadata_text(found) != (metadata := metadata_text(demo.client)):
        await seeding.db.apply(
            [UPDATE_METADATA.effect(of_client=demo.client.client_id, metadata=metadata, now=seeding.now)]
        )
