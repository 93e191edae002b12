"""Every upgrade of a database that is in use: whoever is signed in stays so, and whoever is signing in goes on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, create_engine, insert, select
from sqlalchemy.pool import NullPool

from idp.app import create_app, open_house
from idp.store.migrations import upgrade as module
from idp.store.migrations.revision import REVISIONS
from idp.store.migrations.upgrade import check, upgrade
from tests.support.atlas import Atlas
from tests.support.mail import delivered
from tests.support.relays import MemoryGateway, MemoryRelay
from tests.support.world import (
    PASSWORD,
    Browser,
    HandClock,
    World,
    answer,
    is_asking,
    open_world,
    risky_settings,
    settings_for,
)

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What browsers held when the old release stopped."""

    signed_in: Browser
    refresh_token: str
    typing: httpx2.Response
    proven: tuple[Browser, str]
    consenting: tuple[Browser, httpx2.Response]


def _engine(url: str) -> Engine:
    scheme, separator, rest = url.partition("://")
    driver = url if scheme == "sqlite" else f"postgresql+psycopg{separator}{rest}"
    return create_engine(driver, poolclass=NullPool)


def _make_as_it_was(url: str, revision: str) -> None:
    """The tables of a release before."""
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parent))
    with _engine(url).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _fill(url: str, source: str) -> None:
    """Every row of `source`, as far as the release before knew its columns."""
    known = MetaData()
    with _engine(url).begin() as to, _engine(source).begin() as at:
        known.reflect(to)
        for table in known.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [dict(row) for row in at.execute(select(table)).mappings()]
            if rows:
                to.execute(insert(table), rows)


async def _live_on(world: World) -> Before:
    """People who sign in, and some who are in the middle of it."""
    alice = world.browser()
    tokens = (await alice.redeem(await alice.sign_in())).json()
    typing = await alice.authorize(prompt="login", state="typing")
    bob = world.browser()
    page = await bob.authorize(state="proven")
    proven = await bob.submit(page, username="bb22222-ovh", password=PASSWORD)
    third = world.browser()
    consent = await third.sign_in(**SPA, state="consenting")
    assert is_asking(consent, "consent")
    return Before(
        signed_in=alice,
        refresh_token=tokens["refresh_token"],
        typing=typing,
        proven=(bob, proven.headers["location"]),
        consenting=(third, consent),
    )


@asynccontextmanager
async def _reopened(url: str, folder: Path) -> AsyncIterator[World]:
    """The house of the new release, in which risk counts."""
    clock, relay = HandClock(), MemoryRelay()
    clock.pass_(60)
    gateway, atlas = MemoryGateway(), Atlas()
    async with open_house(
        risky_settings(url, folder), clock=clock, mail=relay, sms=gateway, geography=atlas
    ) as house:
        world = World(
            house=house,
            app=create_app(house),
            clock=clock,
            people={},
            relay=relay,
            gateway=gateway,
            atlas=atlas,
        )
        yield world
        for http in world.opened:
            await http.aclose()


async def _put_off(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    """A release that knew no backup address never asked for one, so the new one does."""
    if page.is_redirect:
        return page
    assert is_asking(page, "backup-address")
    return await browser.follow(await browser.submit(page, "backup-address", action="skip"))


def _again(world: World, browser: Browser) -> Browser:
    same = world.browser()
    for cookie in browser.http.cookies.jar:
        same.http.cookies.jar.set_cookie(cookie)
    return same


@pytest.mark.parametrize("former", REVISIONS[:-1])
async def test_who_was_signing_in_goes_on_after_the_upgrade(
    former: str, sqlite_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    async with open_world(settings_for(sqlite_url, tmp_path)) as world:
        before = await _live_on(world)
    _make_as_it_was(empty_database_url, former)
    _fill(empty_database_url, sqlite_url)

    done = upgrade(empty_database_url)

    assert (done.former, done.applied) == (former, REVISIONS[REVISIONS.index(former) + 1 :])
    assert check(empty_database_url) == []
    async with _reopened(empty_database_url, tmp_path) as world:
        await _check_signed_in(world, before)
        await _check_signing_in(world, before)
        await _check_new_sign_ins(world)


async def _check_signed_in(world: World, before: Before) -> None:
    """The session, its tokens and its browser are as they were."""
    browser = _again(world, before.signed_in)
    assert "code" in answer(await browser.authorize(prompt="none"))
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=before.refresh_token)
    assert refreshed.status_code == 200
    bearer = {"authorization": f"Bearer {refreshed.json()['access_token']}"}
    assert (await browser.get("/userinfo", headers=bearer)).json()["customer_id"] == "aa11111-ovh"
    assert "Security" in (await browser.get("/account/security")).text
    # The page that was open still takes the password, and the browser is still a known one.
    asked = await browser.follow(
        await browser.submit(before.typing, username="aa11111-ovh", password=PASSWORD)
    )
    assert answer(await _put_off(browser, asked))["state"] == "typing"


async def _check_signing_in(world: World, before: Before) -> None:
    """What was proven before counts, once."""
    proving, dispatcher = before.proven
    browser = _again(world, proving)
    wished = await browser.follow(await browser.get(dispatcher))
    assert answer(await _put_off(browser, wished))["state"] == "proven"
    asked, page = before.consenting
    consenting = _again(world, asked)
    done = await consenting.follow(await consenting.submit(page, action="allow"))
    assert answer(done)["state"] == "consenting"


async def _check_new_sign_ins(world: World) -> None:
    """A browser that nobody knows owes a code now; staff owe a factor."""
    fresh = world.browser(address="203.0.113.9")
    page = await fresh.sign_in("bb22222-ovh")
    assert is_asking(page, "email-code")
    [mail] = [
        mail for mail in await delivered(world) if mail.to == "bob@example.test" and "code" in mail.subject
    ]
    code = re.search(r"\b\d{4} \d{4}\b", mail.text)
    assert code
    assert "code" in answer(await fresh.follow(await fresh.submit(page, "email-code", code=code[0])))
    staff = await world.browser(address="203.0.113.9").sign_in("ad90000-ovh")
    assert is_asking(staff, "email-code")
