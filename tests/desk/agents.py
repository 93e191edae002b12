"""Agents and customers for tests of the support desk, and how an agent gets in."""

import httpx2

from idp.account.creation import NewAccount, create_account
from idp.records.account import AccountStatus, Person, Role
from idp.records.event import Occasion
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from tests.portal.pressing import forms_of, press
from tests.support.factors import TOTP_SECRET, give_factors, totp_at
from tests.support.world import PASSWORD, Browser, World, is_asking


async def make_agent(world: World, first: str, *, role: Role = Role.SUPPORT, number: int = 1) -> Person:
    """An agent with an authenticator app."""
    person = await make_person(world, first, f"{first[0] * 2}9000{number}-ovh", role=role)
    await give_factors(world.house, person.subject_id)
    return person


async def make_person(
    world: World,
    first: str,
    customer_id: str,
    *,
    role: Role = Role.CUSTOMER,
    backup: str | None = None,
    language: str = "en",
) -> Person:
    """Somebody with a password."""
    house, now = world.house, world.clock.now()
    occasion = Occasion(now=now, actor="system")
    new = NewAccount(
        primary_email=f"{first}@example.test",
        is_primary_email_verified=True,
        backup_email=backup,
        is_backup_email_verified=backup is not None,
        profile={"name": f"{first.title()} Test"},
        role=role,
        language=language,
        status=AccountStatus.ACTIVE,
        customer_id=customer_id,
    )
    person = await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    pepper = house.secrets.newest(Purpose.PEPPER)
    encoded = await house.hasher.hash(PASSWORD, pepper=pepper.value)
    effect = PUT_PASSWORD.effect(
        subject_id=person.subject_id, encoded=encoded, pepper_id=pepper.secret_id, changed_at=now
    )
    assert await house.database.apply([effect])
    world.people[first] = person
    return person


async def open_desk(world: World, agent: Person, path: str = "/support") -> tuple[Browser, httpx2.Response]:
    """A browser in which the agent is signed in with the app, and the page that the way in ends at."""
    browser = world.browser()
    page = await browser.follow(await browser.get(path))
    page = await browser.follow(await browser.submit(page, username=agent.customer_id, password=PASSWORD))
    assert is_asking(page, "second-factor"), page.text
    world.clock.pass_(30)
    code = totp_at(world.clock.now(), TOTP_SECRET)
    return browser, await browser.follow(await browser.submit(page, "second-factor", code=code))


async def look(browser: Browser, person: Person) -> httpx2.Response:
    return await browser.get(path_of(person))


def path_of(person: Person) -> str:
    return f"/support/accounts/{person.account_id}"


async def do(
    browser: Browser, person: Person, act: str, why: str = "asked on the phone", **fields: str
) -> httpx2.Response:
    """Open the account, and press the button of an act."""
    page = await look(browser, person)
    return await press(browser, page, act, act, why=why, **fields)


async def search(browser: Browser, term: str) -> httpx2.Response:
    page = await browser.get("/support")
    assert "search" in forms_of(page), page.text
    return await press(browser, page, "search", "search", term=term)
