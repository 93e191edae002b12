"""Delegations in the hands of whoever forges, repeats, races or injects."""

import asyncio

import pytest

from tests.portal.addressing import mails_about
from tests.portal.pressing import forms_of, press
from tests.support.delegating import (
    BOB,
    LIST,
    NEW,
    NOBODY,
    ask,
    events,
    living,
    signed_in,
)
from tests.support.world import ISSUER, World

_DAY = 86_400


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
