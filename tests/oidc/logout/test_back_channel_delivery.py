"""How logout tokens get there: again and again, once each, and no mail waits for them. Back-Channel Logout 1.0 §2.8."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from idp.account.ending import end_session
from idp.app.upkeep import Upkeep
from idp.clients.registration import disable_client
from idp.records.event import Occasion
from idp.records.ports import NotFetched
from idp.store.statement import Write
from tests.oidc.logout.parties import (
    HTML,
    TOLD,
    claims_of,
    deliver,
    delivery,
    register_listener,
    sign_in,
)
from tests.support.waiting import until
from tests.support.world import World


async def test_nothing_of_it_stays_at_rest(world: World) -> None:
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)

    rows = await world.rows(
        "SELECT recipient, status, reply, sealed, subject_id FROM outbox WHERE channel = 'logout'"
    )
    assert rows == [("shop", "delivered", "200", None, None)]


async def test_nobody_forgets_whom_to_tell_before_they_are_told(world: World) -> None:
    """Sessions of weeks outlive what was issued, which would go if whoever tidies up comes before whoever tells."""
    await register_listener(world)
    tokens = await sign_in(world.browser(headers=HTML), "shop")
    house, ends_at = world.house, world.clock.now() + 30 * 86_400
    assert await house.database.apply([Write(text(f"UPDATE session SET expires_at = {ends_at}")).effect()])
    world.clock.pass_(4 * 86_400)
    now = world.clock.now()
    ((session_id,),) = await world.rows("SELECT session_id FROM session")
    occasion = Occasion(now=now, actor="system")
    alice = world.people["alice"].subject_id
    await end_session(house.database, house.audit, occasion, subject_id=alice, session_id=session_id)

    await Upkeep(house=house, holder="node").once(now)

    sid = claims_of(world, tokens["id_token"])["sid"]
    assert [one.claims["sid"] for one in await deliver(world)] == [sid]


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
async def test_what_is_not_taken_is_tried_again_with_a_fresh_token(sqlite_world: World, status: int) -> None:
    world = sqlite_world
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[TOLD.format("shop")] = status
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    (first,) = await deliver(world)
    assert await deliver(world) == []
    world.outside.answers[TOLD.format("shop")] = 204
    world.clock.pass_(600)
    (second,) = await deliver(world)

    assert second.claims["iat"] == first.claims["iat"] + 600
    assert second.claims["exp"] == second.claims["iat"] + 120
    assert second.claims["jti"] != first.claims["jti"]
    assert await world.rows("SELECT status, reply, attempts FROM outbox WHERE channel = 'logout'") == [
        ("delivered", "204", 2)
    ]


async def test_an_application_that_says_no_is_not_asked_again(sqlite_world: World) -> None:
    """§2.8: 400 means that the token was understood and refused."""
    world = sqlite_world
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[TOLD.format("shop")] = 400
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)
    world.clock.pass_(80_000)

    assert await deliver(world) == []
    assert await world.rows("SELECT status, reply, sealed FROM outbox WHERE channel = 'logout'") == [
        ("failed", "400", None)
    ]


async def test_an_application_that_never_answers_is_given_up_after_a_day(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    async def post(url: str, form: object) -> int:
        raise NotFetched("it took longer than 5 s")

    monkeypatch.setattr(world.outside, "post", post)
    for _ in range(60):
        await deliver(world)
        world.clock.pass_(3_600)
    assert await world.rows("SELECT status, reply FROM outbox WHERE channel = 'logout'") == [
        ("expired", "unreachable")
    ]


async def test_an_application_that_is_gone_is_not_told(sqlite_world: World) -> None:
    world = sqlite_world
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[TOLD.format("shop")] = 500
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)
    house = world.house
    await disable_client(house.database, house.audit, Occasion(now=world.clock.now(), actor="system"), "shop")
    house.clients.forget("shop")
    world.clock.pass_(3_600)

    assert await deliver(world) == []
    assert await world.rows("SELECT status, reply FROM outbox WHERE channel = 'logout'") == [
        ("failed", "no client")
    ]


async def test_applications_that_keep_us_waiting_keep_no_mail_waiting(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    await register_listener(world)
    waiting: list[str] = []
    for _ in range(12):
        browser = world.browser(headers=HTML)
        tokens = await sign_in(browser, "shop")
        await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    async def post(url: str, form: object) -> int:
        waiting.append(url)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(world.outside, "post", post)
    delivering = asyncio.create_task(replace(delivery(world), stop_seconds=0.01).run_for_ever())

    async def are_busy() -> bool:
        return len(waiting) >= 8

    async def is_there() -> bool:
        return any(recipient == "carol@example.test" for recipient, _ in world.relay.taken)

    await until(are_busy)
    await world.house.database.apply(
        [
            world.house.outbox.mail(
                "address-code",
                to="carol@example.test",
                locale="en",
                context={"code": "1234 5678", "minutes": 10},
                subject_id=None,
                now=world.clock.now(),
            )
        ]
    )
    world.house.outbox.wake()
    await until(is_there)
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering


async def test_nobody_is_told_twice_by_two_nodes(world: World) -> None:
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    nodes = [delivery(world) for _ in range(4)]
    await asyncio.gather(*(node.deliver_due() for node in nodes))

    assert len(world.outside.posted) == 1
