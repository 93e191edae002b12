"""Seeds the demo world's people and clients: once, and again without harm.

People who are there stay as they are, changed passwords included. Clients follow the code and the ports: their
redirect URIs move with `--port`.
"""

import asyncio
from dataclasses import dataclass

from idp.account.creation import NewAccount, create_account
from idp.account.password import set_password
from idp.clients.registration import register_client
from idp.config.settings import CustomerId
from idp.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from idp.demo.addresses import Addresses
from idp.demo.clients import DemoClient, clients
from idp.events.audit import Audit
from idp.records.event import Occasion
from idp.records.ports import Entropy, PasswordHasher
from idp.signing.secrets import Secrets
from idp.store.accounts import CREDENTIAL_BY_CUSTOMER_ID
from idp.store.clients import CLIENT, UPDATE_METADATA, metadata_text
from idp.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeding:
    """What seeding needs of the house."""

    db: Database
    audit: Audit
    entropy: Entropy
    secrets: Secrets
    hasher: PasswordHasher
    rules: CustomerId
    now: int

    @property
    def occasion(self) -> Occasion:
        return Occasion(now=self.now, actor="system")


async def seed(seeding: Seeding, addresses: Addresses) -> None:
    """Make what is missing."""
    await asyncio.gather(*(_seed_account(seeding, account) for account in ACCOUNTS))
    for client in clients(addresses):
        await _seed_client(seeding, client)


async def _seed_account(seeding: Seeding, account: DemoAccount) -> None:
    """An account that a stopped seeding left without its password gets it now."""
    found = await seeding.db.one(CREDENTIAL_BY_CUSTOMER_ID, customer_id=account.customer_id)
    if found is not None and found.encoded is not None:
        return
    person = found.person if found else None
    if person is None:
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
        person = await create_account(
            seeding.db, seeding.audit, seeding.entropy, seeding.occasion, new, rules=seeding.rules
        )
    await set_password(
        seeding.db,
        seeding.audit,
        seeding.occasion,
        person,
        PASSWORD,
        secrets=seeding.secrets,
        hasher=seeding.hasher,
    )


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
        )
    elif metadata_text(found) != (metadata := metadata_text(demo.client)):
        await seeding.db.apply(
            [UPDATE_METADATA.effect(of_client=demo.client.client_id, metadata=metadata, now=seeding.now)]
        )
