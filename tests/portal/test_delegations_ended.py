"""What ends a delegation without either of the two, and what is kept of it."""

from dataclasses import replace

from idp.account.address_mails import NOWHERE
from idp.account.delegation_telling import tell_ended
from idp.account.deletion import delete_due, plan_deletion
from idp.app import create_app
from idp.config.settings import Delegation
from idp.records.event import Occasion
from tests.portal.addressing import mails_about
from tests.portal.pressing import press
from tests.support.delegating import (
    ALICE,
    BOB,
    HISTORY,
    LIST,
    answer,
    ask,
    let_bob_act,
    living,
    signed_in,
)
from tests.support.world import World

_DAY = 86_400


async def test_a_block_of_either_ends_it_and_tells_the_other(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await let_bob_act(world)
    await mails_about(world)
    assert (await press(bob, await bob.get("/account/block"), "block", "block")).status_code == 200
    assert await living(world) == []
    await mails_about(world)
    await tell_ended(world.house, world.clock.now())
    await tell_ended(world.house, world.clock.now())
    told = await mails_about(world)
    assert [(to, len(mails)) for to, mails in told.items()] == [("alice@example.test", 1)]
    assert "no longer acts for you" in told["alice@example.test"][0].subject
    assert "bb22222-ovh may no longer act for you" in (await alice.get(HISTORY)).text


async def test_a_deletion_ends_it_and_forgets_the_note(delegating_world: World) -> None:
    world = delegating_world
    await let_bob_act(world, days="365")
    occasion = Occasion(now=world.clock.now(), actor="system")
    assert await plan_deletion(world.house, occasion, world.people["alice"], NOWHERE)
    world.clock.pass_(world.house.settings.recovery.deletion_days * _DAY + 1)
    await delete_due(world.house, world.clock.now())
    assert await living(world) == []
    assert await world.rows("SELECT note FROM delegation") == [("",)]


async def test_its_time_ends_it_and_both_learn_of_it(delegating_world: World) -> None:
    world = delegating_world
    await let_bob_act(world)
    await mails_about(world)
    world.clock.pass_(30 * _DAY)
    await tell_ended(world.house, world.clock.now())
    told = await mails_about(world)
    assert "no longer acts for you" in told["alice@example.test"][0].subject
    assert "You no longer act for" in told["bob@example.test"][0].subject
    alice = await signed_in(world)
    assert "Nobody may act for you." in (await alice.get(LIST)).text
    assert (await ask(alice)).status_code == 303


async def test_a_report_that_a_sign_in_was_not_ones_own_ends_who_may_act(delegating_world: World) -> None:
    """Whoever was in the account may have let somebody in for good."""
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await mails_about(world)
    await ask(alice)
    [mail] = (await mails_about(world))["alice@example.test"]
    await answer(bob)
    link = next(word for word in mail.text.split() if "/not-me/" in word)
    browser = world.browser()
    page = await browser.get(link)
    assert (await browser.submit(page)).status_code == 303
    assert await living(world) == []


async def test_what_is_not_offered_any_more_cannot_be_accepted(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    await ask(alice)
    narrowed = replace(
        world.house,
        settings=replace(world.house.settings, delegation=Delegation(enabled=True, scopes=("invoices:pay",))),
    )
    world.app = create_app(narrowed)
    bob = await signed_in(world, BOB)
    assert "not offered now" in (await bob.get(LIST)).text
    assert (await answer(bob)).status_code == 409


async def test_the_copy_of_one_s_data_has_them_and_says_who_did_what(delegating_world: World) -> None:
    alice, bob = await let_bob_act(delegating_world)
    for browser, you_are, other in ((alice, "customer", BOB), (bob, "delegate", ALICE)):
        page = await browser.follow(await browser.get("/account/export"))
        data = (await press(browser, page, "export", "export")).json()
        [one] = data["delegations"]
        assert (one["you_are"], one["other"], one["scopes"]) == (you_are, other, ["invoices:read"])
        by = [each["by"] for each in data["events"] if each["what"].startswith("delegation.")]
        assert sorted(by) == ["other account", "you"]
