"""`/account/delegations`: asking another account to act, accepting, ending, and what both learn of it."""

import asyncio
from dataclasses import replace

import pytest

from idp.account.address_mails import NOWHERE
from idp.account.delegation_telling import tell_ended
from idp.account.deletion import delete_due, plan_deletion
from idp.app import create_app
from idp.config.settings import Delegation
from idp.records.event import Occasion
from tests.portal.addressing import mails_about
from tests.portal.pressing import forms_of, open_account, press
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
    let_bob_act,
    signed_in,
)
from tests.support.world import ISSUER, World

_DAY = 86_400


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
    assert "See your invoices" in page.text
    assert "Pay your invoices" in page.text
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


@pytest.mark.parametrize(
    "scopes",
    [
        ("openid",),
        ("customers:read",),
        ("invoices:read", "ledger:read"),
        ("invoices:read", "invoices:read"),
        ("",),
    ],
)
async def test_a_scope_that_is_not_on_the_page_is_no_offer(
    delegating_world: World, scopes: tuple[str, ...]
) -> None:
    page = await ask(await signed_in(delegating_world), BOB, *scopes)
    assert page.status_code == 422
    assert "Choose at least one thing" in page.text
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


async def test_asking_wants_a_recent_proof(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    world.clock.pass_(world.house.settings.factors.recent_seconds + 1)
    page = await alice.follow(await alice.get(NEW))
    assert 'id="new-delegation"' not in page.text
    posted = await alice.http.post(NEW, data={"customer_id": BOB}, headers={"origin": ISSUER})
    assert posted.status_code == 303
    assert await living(world) == []


async def test_forms_of_other_sites_do_nothing(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await ask(alice)
    _, hidden = forms_of(await bob.get(LIST))["answer-delegation"]
    for fields in ({**hidden, "csrf_token": "x"}, {**hidden, "csrf_token": ""}):
        forged = await bob.http.post(LIST, data={**fields, "action": "accept"}, headers={"origin": ISSUER})
        assert forged.status_code == 403
    forged = await bob.http.post(
        LIST, data={**hidden, "action": "accept"}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403
    assert await living(world) == [(BOB, "invoices:read", False)]


async def test_nobody_touches_what_is_between_others(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await ask(alice)
    await ask(bob, NOBODY)
    rows = await world.rows("SELECT delegation_id FROM delegation ORDER BY delegation_id")
    [(of_alice,), (of_bob,)] = rows
    before = await living(world)
    for who, delegation_id in ((alice, of_bob), (alice, "0" * 32), (alice, "'--"), (bob, "x" * 5_000)):
        for action in ("accept", "end", "decline"):
            page = await press(who, await who.get(LIST), "end-delegation", action, delegation=delegation_id)
            assert page.status_code == 409
    # Nobody accepts in the place of whom they asked.
    page = await press(alice, await alice.get(LIST), "end-delegation", "accept", delegation=of_alice)
    assert page.status_code == 409
    await press(bob, await bob.get(LIST), "end-delegation", "nonsense", delegation=of_alice)
    assert await living(world) == before


async def test_the_form_of_one_session_is_nothing_in_another(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await ask(alice)
    _, hidden = forms_of(await bob.get(LIST))["answer-delegation"]
    other = await signed_in(world, BOB)
    stolen = await other.http.post(LIST, data={**hidden, "action": "accept"}, headers={"origin": ISSUER})
    assert stolen.status_code == 403
    assert await living(world) == [(BOB, "invoices:read", False)]


async def test_it_is_accepted_once_and_not_after_its_end(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    await ask(alice)
    page = await bob.get(LIST)
    assert (await press(bob, page, "answer-delegation", "accept")).status_code == 303
    again = await press(bob, page, "answer-delegation", "accept")
    assert again.status_code == 409
    assert "That has ended meanwhile" in again.text
    assert await events(world, "bob") == ["delegation.offered", "delegation.accepted"]
    await press(alice, await alice.get(LIST), "end-delegation", "end")
    assert (await press(bob, page, "answer-delegation", "accept")).status_code == 409
    assert (await press(bob, page, "answer-delegation", "decline")).status_code == 409
    assert await living(world) == []


async def test_it_cannot_be_accepted_once_its_time_is_over(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    await ask(alice, days="7")
    world.clock.pass_(7 * _DAY - 60)
    bob = await signed_in(world, BOB)
    page = await bob.get(LIST)
    world.clock.pass_(60)
    assert (await press(bob, page, "answer-delegation", "accept")).status_code == 409
    assert 'id="asked"' not in (await bob.get(LIST)).text


@pytest.mark.parametrize("note", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
async def test_a_note_is_text(delegating_world: World, note: str) -> None:
    alice, bob = await signed_in(delegating_world), await signed_in(delegating_world, BOB)
    assert (await ask(alice, note=note)).status_code == 303
    for browser in (alice, bob):
        page = (await browser.get(LIST)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{ 7*7 }}" in page or "7*7" not in note


async def test_a_note_is_one_line_and_no_mail_repeats_it(delegating_world: World) -> None:
    world = delegating_world
    alice = await signed_in(world)
    await mails_about(world)
    await ask(alice, note="a\r\nBcc: evil@example.test\r\n\r\n\u202eb")
    assert await world.rows("SELECT note FROM delegation") == [("a Bcc: evil@example.test b",)]
    for mails in (await mails_about(world)).values():
        assert all(b"evil@example.test" not in mail.source for mail in mails)


async def test_without_the_setting_there_are_no_such_pages(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser)
    assert LIST not in page.text
    for path in (LIST, NEW, HISTORY):
        assert (await browser.get(path)).status_code == 404


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


async def test_whatever_is_pressed_at_once_is_done_once(delegating_world: World) -> None:
    world = delegating_world
    alice, bob = await signed_in(world), await signed_in(world, BOB)
    pages = await asyncio.gather(*(ask(alice) for _ in range(4)))
    assert sorted(page.status_code for page in pages) == [303, 422, 422, 422]
    page = await bob.get(LIST)
    accepted = await asyncio.gather(*(press(bob, page, "answer-delegation", "accept") for _ in range(4)))
    assert sorted(each.status_code for each in accepted) == [303, 409, 409, 409]
    page = await alice.get(LIST)
    ended = await asyncio.gather(*(press(alice, page, "end-delegation", "end") for _ in range(4)))
    assert sorted(each.status_code for each in ended) == [303, 409, 409, 409]
    kinds = ["delegation.offered", "delegation.accepted", "delegation.ended"]
    assert (await events(world, "alice"), await events(world, "bob")) == (kinds, kinds)


async def test_parallel_offers_stay_below_the_most(delegating_world: World) -> None:
    alice = await signed_in(delegating_world)
    await asyncio.gather(*(ask(alice, f"xx1000{number}-ovh") for number in range(6)))
    assert len(await living(delegating_world)) == 3
