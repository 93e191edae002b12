"""A house whose customers may let others act for them, and the steps by which Alice lets Bob."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from idp.account.delegation import Offer, accept, offer
from idp.account.delegation_notices import Notice
from idp.config.settings import Delegation
from idp.records.event import Occasion
from idp.store.delegations import OFFERS_OF_SUBJECT
from tests.portal.pressing import open_account, press
from tests.support.world import ISSUER, Browser, World, open_world, settings_for

LIST = "/account/delegations"
NEW = "/account/delegations/new"
HISTORY = "/account/delegations/history"
ALICE, BOB, DAN, ADA = "aa11111-ovh", "bb22222-ovh", "dd44444-ovh", "ad90000-ovh"
NOBODY = "zz99999-ovh"
OFFERED = ("invoices:read", "invoices:pay")


@pytest.fixture
async def delegating_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Once on each kind of database."""
    settings = replace(
        settings_for(database_url, tmp_path),
        delegation=Delegation(enabled=True, scopes=OFFERED, most=3, offers_each_day=5),
    )
    async with open_world(settings) as world:
        yield world


async def ask(
    browser: Browser, to: str = BOB, *scopes: str, note: str = "", days: str = "30", **more: str
) -> httpx2.Response:
    """Fill in the form of a new delegation, signed in."""
    page = await browser.follow(await browser.get(NEW))
    assert 'id="new-delegation"' in page.text, page.text
    token = re.search(r'id="new-delegation".*?name="csrf_token" value="([^"]*)"', page.text, re.DOTALL)
    assert token
    fields = {"csrf_token": token[1], "customer_id": to, "days": days, "note": note, **more}
    pairs = [*fields.items(), *(("scope", scope) for scope in scopes or ("invoices:read",))]
    return await browser.http.post(
        NEW,
        content=str(httpx2.QueryParams(pairs)),
        headers={"origin": ISSUER, "content-type": "application/x-www-form-urlencoded"},
    )


async def signed_in(world: World, identifier: str = ALICE) -> Browser:
    browser = world.browser()
    await open_account(browser, identifier=identifier)
    return browser


async def answer(browser: Browser, action: str = "accept") -> httpx2.Response:
    """Answer the first that asks."""
    return await press(browser, await browser.get(LIST), "answer-delegation", action)


async def let_bob_act(world: World, *scopes: str, days: str = "30") -> tuple[Browser, Browser]:
    """Alice asks, Bob accepts: their browsers."""
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    assert (await ask(alice, BOB, *scopes, days=days)).status_code == 303
    assert (await answer(bob)).status_code == 303
    return alice, bob


async def agreed(
    world: World, *scopes: str, customer: str = "alice", delegate: str = "bob", days: int = 30
) -> str:
    """The same at once, by the acts behind the pages: the identifier."""
    house, people = world.house, world.people
    notice = Notice(occasion=Occasion(now=world.clock.now(), actor="system"))
    made = Offer(
        customer_id=people[delegate].customer_id, scopes=scopes or ("invoices:read",), note="", days=days
    )
    assert await offer(house, notice, people[customer], made) is None
    [found] = await house.database.all(
        OFFERS_OF_SUBJECT, of_subject=people[customer].subject_id, now=world.clock.now()
    )
    assert await accept(house, notice, people[delegate], found.delegation.delegation_id)
    return found.delegation.delegation_id


async def living(world: World) -> list[tuple[str, str, bool]]:
    """Who may act with which scopes, and whether they accepted."""
    rows = await world.rows(
        "SELECT delegate_customer_id, scope, accepted_at FROM delegation WHERE ended_by = '' ORDER BY delegation_id"
    )
    return [(who, scope, accepted is not None) for who, scope, accepted in rows]


async def events(world: World, who: str) -> list[str]:
    rows = await world.rows(
        "SELECT type FROM audit_event WHERE type LIKE 'delegation.%' AND subject_id ="
        f" '{world.people[who].subject_id}' ORDER BY event_id"
    )
    return [kind for (kind,) in rows]
