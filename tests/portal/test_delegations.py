"""`/account/delegations`: asking another account to act, accepting, declining, and what both learn of it."""

import pytest

from idp.account.address_mails import NOWHERE
from idp.account.delegation_telling import tell_ended
from idp.account.deletion import plan_deletion
from idp.records.event import Occasion
from tests.portal.addressing import mails_about
from tests.portal.pressing import open_account, press
from tests.support.delegating import (
    ADA,
    ALICE,
    BOB,
    DAN,
    HISTORY,
    LIST,
    NEW,
    NOBODY,
    answer,
    ask,
    events,
    living,
    signed_in,
)
from tests.support.world import World

_DAY = 86_400


async def test_whoever_accepts_may_act_until_either_ends_it(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await mails_about(world)
    asked = await ask(alice, "BB 22222", "invoices:read", "invoices:pay", note="Contract 7")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{LIST}?offered=1")
    page = await alice.get(asked.headers["location"])
    assert "We asked." in page.text
    assert "Waits for an answer" in page.text
    assert "Bob Durand" not in page.text
    told = await mails_about(world)
    assert [mail.subject for mail in told["alice@example.test"]] == [
        "You asked another account to act for yours \u2013 aa11111-ovh"
    ]
    assert [mail.subject for mail in told["bob@example.test"]] == [
        "Customer aa11111-ovh asks you to act for them \u2013 bb22222-ovh"
    ]
    assert "Contract 7" not in told["bob@example.test"][0].text
    page = await bob.get(LIST)
    assert "Alice Martin" in page.text
    assert "Contract 7" in page.text
    assert "See invoices" in page.text
    assert "Pay invoices" in page.text
    assert (await answer(bob)).status_code == 303
    assert await living(world) == [(BOB, "invoices:read invoices:pay", True)]
    told = await mails_about(world)
    assert "may act for you now" in told["alice@example.test"][0].subject
    assert "You may act for another account now" in told["bob@example.test"][0].subject
    page = await alice.get(LIST)
    assert "Bob Durand" in page.text
    assert "never used" in page.text
    assert (await press(alice, page, "end-delegation", "end")).status_code == 303
    assert await living(world) == []
    assert "Nobody may act for you." in (await alice.get(LIST)).text
    assert "You act for nobody." in (await bob.get(LIST)).text
    told = await mails_about(world)
    assert "A permission to act for an account was ended" in told["alice@example.test"][0].subject
    assert "You no longer act for customer aa11111-ovh" in told["bob@example.test"][0].subject
    kinds = ["delegation.offered", "delegation.accepted", "delegation.ended"]
    assert (await events(world, "alice"), await events(world, "bob")) == (kinds, kinds)
    history = (await alice.get(HISTORY)).text
    assert "You asked bb22222-ovh to act for you" in history
    assert "You no longer let bb22222-ovh act for you" in history
    assert "aa11111-ovh no longer lets you act for them" in (await bob.get(HISTORY)).text


async def test_the_delegate_may_decline_or_stop(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await ask(alice)
    await mails_about(world)
    await answer(bob, "decline")
    assert await living(world) == []
    told = await mails_about(world)
    assert list(told) == ["alice@example.test"]
    assert "Customer bb22222-ovh declined to act for you" in told["alice@example.test"][0].subject
    assert (await ask(alice)).status_code == 303
    await answer(bob)
    assert (await press(bob, await bob.get(LIST), "end-acting", "end")).status_code == 303
    assert await living(world) == []
    told = await mails_about(world)
    assert "Customer bb22222-ovh no longer acts for you" in told["alice@example.test"][-1].subject
    assert "bb22222-ovh stopped acting for you" in (await alice.get(HISTORY)).text


async def test_asking_tells_nothing_about_who_has_a_customer_id(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    seen = []
    for to in (BOB, NOBODY, DAN, ADA):
        asked = await ask(alice, to)
        page = await alice.get(LIST)
        again = await ask(alice, to)
        row = page.text.partition('id="delegates"')[2].partition("<form")[0].replace(to, "-")
        seen.append((asked.status_code, asked.headers["location"], row, again.status_code))
        assert "You have asked this account already." in again.text
        await press(alice, page, "end-delegation", "end")
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert seen[0][2]
    assert set(await mails_about(world)) == {"alice@example.test", "bob@example.test"}


@pytest.mark.parametrize("to", [ADA, NOBODY])
async def test_nobody_can_accept_what_staff_or_nobody_was_asked(delegating_world: World, to: str) -> None:
    world = delegating_world
    alice = await signed_in(world)
    assert (await ask(alice, to)).status_code == 303
    rows = await world.rows("SELECT delegate_id FROM delegation")
    assert rows == [(None,)]
    world.clock.pass_(31 * _DAY)
    await mails_about(world)
    await tell_ended(world.house, world.clock.now())
    assert await mails_about(world) == {}


async def test_staff_and_accounts_that_will_be_deleted_ask_nobody(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    await plan_deletion(
        world.house, Occasion(now=world.clock.now(), actor="system"), world.people["alice"], NOWHERE
    )
    page = await alice.get(NEW)
    assert (page.status_code, page.headers["location"]) == (303, LIST)
    assert "can’t let another one act for it" in (await alice.get(LIST)).text


async def test_one_cannot_ask_oneself(delegating_world: World) -> None:
    alice = await signed_in(delegating_world)
    page = await ask(alice, ALICE)
    assert page.status_code == 422
    assert "That is your own customer ID" in page.text
    assert await living(delegating_world) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"to": "nonsense"}, "Enter a customer ID, such as ab12345-ovh"),
        ({"to": ""}, "Enter a customer ID"),
        ({"to": "bob@example.test"}, "Enter a customer ID"),
        ({"days": "31"}, "Choose one of the list"),
        ({"days": "99999999999999999999"}, "Choose one of the list"),
        ({"days": ""}, "Choose one of the list"),
        ({"note": "x" * 121}, "Use at most 120 characters"),
    ],
)
async def test_what_is_typed_wrong_is_said_and_kept(
    delegating_world: World, fields: dict[str, str], problem: str
) -> None:
    page = await ask(await signed_in(delegating_world), **{"note": "A note", **fields})
    assert page.status_code == 422
    assert "Error:" in page.text
    assert problem in page.text
    assert await living(delegating_world) == []


async def test_no_more_accounts_than_the_settings_say(delegating_world: World) -> None:
    alice = await signed_in(delegating_world)
    for number in range(3):
        assert (await ask(alice, f"xx1000{number}-ovh")).status_code == 303
    page = await ask(alice, BOB)
    assert page.status_code == 422
    assert "End one of the others first." in page.text
    assert len(await living(delegating_world)) == 3


async def test_no_more_offers_a_day_than_the_settings_say(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    for _ in range(5):
        assert (await ask(alice)).status_code == 303
        await press(alice, await alice.get(LIST), "end-delegation", "end")
    page = await ask(alice)
    assert page.status_code == 422
    assert "Try again tomorrow." in page.text
    world.clock.pass_(_DAY + 1)
    alice = await signed_in(world)
    assert (await ask(alice)).status_code == 303


async def test_without_the_setting_there_are_no_such_pages(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser)
    assert LIST not in page.text
    for path in (LIST, NEW, HISTORY):
        assert (await browser.get(path)).status_code == 404
