"""The world of the battery: the default configuration with the conformance section, and one customer who holds every
standard claim.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2

from idp.account.creation import NewAccount, create_account
from idp.app import House, create_app, open_house
from idp.config.reading import read_settings
from idp.config.settings import Password, Settings
from idp.demo.accounts import ACCOUNTS
from idp.records.account import AccountStatus
from idp.records.event import Occasion
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from tests.conformance.client import Suite
from tests.conformance.modules import Run
from tests.conformance.person import CUSTOMER_ID, Person
from tests.support.outside import MemoryOutside
from tests.support.processes import ROOT
from tests.support.world import PASSWORD, START, HandClock, World

ISSUER = "https://op.example"


SECTION = ROOT / "docs" / "conformance.example.toml"


def conformance_settings(database_url: str, folder: Path) -> Settings:
    """The defaults and the documentation's section, with passwords that are hashed at the least cost."""
    installation = f"""
        issuer = "{ISSUER}"
        database.url = "{database_url}"
        keys.directory = "{folder / "keys"}"
    """
    settings = read_settings(installation + SECTION.read_text("utf-8"), {})
    return replace(settings, password=Password(time_cost=1, memory_cost_kib=8, threads=2))


@asynccontextmanager
async def open_suite(run: Run, database_url: str, folder: Path) -> AsyncIterator[Suite]:
    """The suite before its first request, with nobody signed in. Every client that it registers has to go again."""
    clock, outside = HandClock(), MemoryOutside()
    settings = conformance_settings(database_url, folder)
    async with open_house(settings, clock=clock, outside=outside) as house:
        await _customer(house)
        world = World(house=house, app=create_app(house), clock=clock, people={}, outside=outside)
        async with _http(world) as http, _http(world, accept="text/html") as browser:
            suite = Suite(world=world, run=run, http=http, person=Person(http=browser, issuer=ISSUER))
            await suite.discover()
            yield suite
            await suite.unregister()


def _http(world: World, **headers: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=world.app, client=("127.0.0.1", 40_000))
    return httpx2.AsyncClient(transport=transport, base_url=ISSUER, headers=headers)


async def _customer(house: House) -> None:
    """The demo's Carol."""
    account = next(account for account in ACCOUNTS if account.customer_id == CUSTOMER_ID)
    new = NewAccount(
        primary_email=account.email,
        is_primary_email_verified=True,
        profile=account.profile,
        status=AccountStatus.ACTIVE,
        customer_id=account.customer_id,
    )
    person = await create_account(
        house.database,
        house.audit,
        house.entropy,
        Occasion(now=START, actor="system"),
        new,
        rules=house.settings.customer_id,
    )
    pepper = house.secrets.newest(Purpose.PEPPER)
    effect = PUT_PASSWORD.effect(
        subject_id=person.subject_id,
        encoded=await house.hasher.hash(PASSWORD, pepper=pepper.value),
        pepper_id=pepper.secret_id,
        changed_at=START,
    )
    assert await house.database.apply([effect])
