"""`/account/addresses` says no: not fresh, not different, somebody else’s, too often, too late."""

import asyncio

import pytest
from sqlalchemy import bindparam, update

from idp.account.address_change import apply_due_changes
from idp.account.creation import NewAccount, create_account
from idp.account.new_password import find_password_link, password_link
from idp.account.status import disable_account
from idp.records.event import Occasion
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.login.coded import other_than
from tests.login.proving import sign_in_by_app
from tests.portal.addressing import (
    ADDRESSES,
    BACKUP,
    NEW,
    PRIMARY,
    SPARE,
    addresses,
    apply_now,
    cancel_path,
    codes,
    give_backup,
    mails_about,
    plan_primary,
    prove,
    type_address,
    waiting,
)
from tests.portal.pressing import open_account, press
from tests.support.factors import totp_at
from tests.support.world import PASSWORD, World, is_asking

OLD = "alice@example.test"
_DAY = 86_400


async def upkeep(world: World, seconds: int = 0) -> None:
    """What a running server does by itself, as far as it is about addresses."""
    world.clock.pass_(seconds)
    await apply_due_changes(world.house, Occasion(now=world.clock.now(), actor="system"))


@pytest.mark.requirement("S50")
async def test_a_change_needs_a_fresh_sign_in(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PRIMARY)
    sqlite_world.clock.pass_(301)
    asked = await browser.follow(await press(browser, page, "new-address", "continue", email=NEW))
    assert is_asking(asked, "login")
    assert await mails_about(sqlite_world) == {}
    page = await browser.follow(await browser.submit(asked, username="aa11111-ovh", password=PASSWORD))
    assert 'id="new-address"' in page.text
    sqlite_world.clock.pass_(301)
    assert is_asking(await browser.follow(await browser.get(f"{BACKUP}")), "login")
    assert (await browser.get(ADDRESSES)).status_code == 200


async def test_a_fresh_factor_alone_is_not_enough_and_neither_is_a_password(risky_world: World) -> None:
    """Bob has two-factor authentication on: both are asked for again."""
    visitor = await sign_in_by_app(risky_world, "bb22222-ovh")
    browser = visitor.browser
    risky_world.clock.pass_(301)
    page = await browser.follow(await browser.get(PRIMARY))
    assert is_asking(page, "login")
    page = await browser.follow(
        await browser.submit(page, "login", username="bb22222-ovh", password=PASSWORD)
    )
    assert is_asking(page, "second-factor")
    code = totp_at(risky_world.clock.now())
    page = await browser.follow(await browser.submit(page, "second-factor", code=code))
    assert 'id="new-address"' in page.text


async def test_the_code_may_be_entered_although_the_sign_in_is_not_fresh_any_more(
    sqlite_world: World,
) -> None:
    browser = sqlite_world.browser()
    page = await type_address(browser, PRIMARY, NEW)
    [code] = codes((await mails_about(sqlite_world))[NEW])
    sqlite_world.clock.pass_(400)
    page = await prove(browser, page, code)
    assert await waiting(sqlite_world) == [("primary", NEW)]


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        (PRIMARY, "", "Enter an e-mail address"),
        (PRIMARY, "alice", "Enter an e-mail address in full"),
        (PRIMARY, "ALICE@example.test", "This is your primary address."),
        (PRIMARY, SPARE.upper(), "This is your backup address."),
        (BACKUP, OLD, "This is your primary address."),
        (BACKUP, SPARE, "This is your backup address."),
    ],
)
async def test_primary_and_backup_address_differ(
    sqlite_world: World, path: str, typed: str, sentence: str
) -> None:
    browser = sqlite_world.browser()
    await give_backup(sqlite_world, browser)
    sqlite_world.clock.pass_(60)
    page = await type_address(browser, path, typed)
    assert page.status_code == 422
    assert sentence in page.text
    assert await mails_about(sqlite_world) == {}


async def test_an_address_that_waits_for_one_place_is_not_taken_for_the_other(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await plan_primary(sqlite_world, browser)
    sqlite_world.clock.pass_(60)
    page = await type_address(browser, BACKUP, NEW)
    assert "This is going to be your primary address." in page.text


async def test_an_address_of_another_account_looks_the_same_and_gets_no_code(world: World) -> None:
    browser = world.browser()
    taken = await type_address(browser, PRIMARY, "bob@example.test")
    assert await mails_about(world) == {}
    assert taken.status_code == 200
    page = await prove(browser, taken, "1234 5678")
    assert page.status_code == 422
    other = world.browser()
    free = await type_address(other, PRIMARY, "bub@example.test")
    assert free.text.count("bub@") == taken.text.count("bob@")
    assert "bub@example.test" in await mails_about(world)


async def test_an_address_that_somebody_got_meanwhile_is_not_taken_from_them(world: World) -> None:
    browser = world.browser()
    await plan_primary(world, browser)
    house = world.house
    new = NewAccount(primary_email=NEW.upper(), customer_id="zz90001-ovh")
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    await upkeep(world, _DAY)
    assert await addresses(world) == (OLD, None)
    assert await world.rows("SELECT ended_reason FROM address_change") == [("taken",)]
    told = await mails_about(world)
    [mail] = told[OLD]
    assert "Your e-mail address could not be changed" in mail.subject
    await upkeep(world, _DAY)
    assert await mails_about(world) == {}


async def test_a_right_code_for_an_address_that_somebody_got_says_so(world: World) -> None:
    browser = world.browser()
    page, mails = await plan_primary(world, browser)
    take = Write(
        update(account)
        .where(account.c.account_id == bindparam("of_account"))
        .values(primary_email=bindparam("address"), primary_email_key=bindparam("address"))
    )
    await world.house.database.apply([take.effect(of_account=world.people["bob"].account_id, address=NEW)])
    page = await apply_now(browser, page, codes(mails[OLD])[0])
    assert page.status_code == 409
    assert "Enter another one." in page.text
    assert await addresses(world) == (OLD, None)
    assert await waiting(world) == []


async def test_five_wrong_codes_end_a_code_and_not_the_change(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page, mails = await plan_primary(sqlite_world, browser)
    [code] = codes(mails[OLD])
    for _ in range(5):
        page = await apply_now(browser, page, other_than(code))
    assert "that was the last try" in page.text
    page = await browser.follow(await press(browser, page, "address-change-code", "continue", code=code))
    assert await addresses(sqlite_world) == (OLD, None)
    sqlite_world.clock.pass_(60)
    page = await browser.follow(await press(browser, page, "address-change-code", "resend"))
    [code] = codes((await mails_about(sqlite_world))[OLD])
    await apply_now(browser, page, code)
    assert await addresses(sqlite_world) == (NEW, None)


async def test_a_disabled_account_changes_nothing_by_itself(world: World) -> None:
    browser = world.browser()
    await plan_primary(world, browser)
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    await disable_account(house.database, house.audit, occasion, world.people["alice"])
    await mails_about(world)
    await upkeep(world, _DAY)
    assert await addresses(world) == (OLD, None)
    assert await mails_about(world) == {}


async def test_stopping_and_applying_at_once_does_one_of_both(world: World) -> None:
    browser, anybody = world.browser(), world.browser(address="203.0.113.9")
    page, mails = await plan_primary(world, browser)
    [code] = codes(mails[OLD])
    stopping = await anybody.get(cancel_path(mails[OLD]))
    await asyncio.gather(apply_now(browser, page, code), press(anybody, stopping, "stop-change", "stop"))
    primary, _ = await addresses(world)
    [(applied, reason)] = await world.rows("SELECT applied_at, ended_reason FROM address_change")
    assert (primary, applied is None, reason) in {(NEW, False, ""), (OLD, True, "cancelled")}


async def test_a_password_link_from_before_the_change_opens_nothing(world: World) -> None:
    browser = world.browser()
    page, mails = await plan_primary(world, browser)
    house, alice = world.house, world.people["alice"]
    path, effect = password_link(house.entropy, alice.subject_id, now=world.clock.now())
    await house.database.apply([effect])
    value = path.rsplit("/", 1)[1]
    assert await find_password_link(house.database, value, world.clock.now()) is not None
    await apply_now(browser, page, codes(mails[OLD])[0])
    assert await find_password_link(house.database, value, world.clock.now()) is None
