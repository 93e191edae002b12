"""Acting for a customer who lets somebody: token exchange with `requested_subject`, and everything that ends it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from idp.account.delegation import end
from idp.account.delegation_notices import Notice
from idp.app import create_app
from idp.config.delegation import Delegation
from idp.records.event import Occasion
from tests.oauth.exchange.exchanging import (
    changed,
    claims_of,
    disable_person,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    is_active,
    panel_tokens,
    refused_and_recorded,
)
from tests.oauth.wire import Tokens
from tests.portal.pressing import open_account
from tests.support.clients import LEDGER
from tests.support.delegating import ALICE, BOB, HISTORY, LIST, agreed
from tests.support.world import World

_NOBODY = "requested_subject: nobody by that name lets this person act for them"


async def bobs(world: World, **asked: Any) -> Tokens:
    return await panel_tokens(world, identifier=BOB, **asked)


async def acting(world: World, subject: str, **form: str) -> Tokens:
    return await exchanged(world, subject, "panel", **{"requested_subject": ALICE, **form})


async def end_it(world: World, delegation_id: str, who: str = "alice") -> None:
    notice = Notice(occasion=Occasion(now=world.clock.now(), actor="system"))
    assert await end(world.house, notice, world.people[who], delegation_id)


async def test_a_delegate_acts_for_their_customer_and_both_read_of_it(trading: World) -> None:
    await agreed(trading)
    own = await bobs(trading)
    tokens = await acting(trading, own["access_token"])
    claims = claims_of(trading, tokens)
    alice, bob = trading.people["alice"], trading.people["bob"]
    assert (claims["sub"], claims["act"], claims["scope"]) == (
        alice.sub,
        {"sub": bob.sub},
        "invoices:read",
    )
    assert await is_active(trading, tokens["access_token"])
    by_sub = await acting(trading, own["access_token"], requested_subject=alice.sub)
    assert claims_of(trading, by_sub)["sub"] == alice.sub
    page = await open_account(trading.browser(), HISTORY)
    assert "bb22222-ovh acted for you through Panel" in page.text
    assert "last used" in (await open_account(trading.browser(), LIST)).text
    page = await open_account(trading.browser(), HISTORY, identifier=BOB)
    assert "You acted for aa11111-ovh through Panel" in page.text


async def test_a_service_behind_it_adds_itself_to_the_chain(trading: World) -> None:
    await agreed(trading, "invoices:read", "ledger:read")
    tokens = await acting(trading, (await bobs(trading))["access_token"], scope="invoices:read ledger:read")
    further = await exchanged(trading, tokens["access_token"], "gateway", audience=LEDGER)
    claims = claims_of(trading, further)
    assert claims["sub"] == trading.people["alice"].sub
    assert claims["act"] == {
        "sub": "gateway",
        "client_id": "gateway",
        "act": {"sub": trading.people["bob"].sub},
    }


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_its_end_ends_every_token_at_once(trading: World, who: str) -> None:
    delegation_id = await agreed(trading, "invoices:read", "ledger:read")
    own = (await bobs(trading))["access_token"]
    tokens = await acting(trading, own, scope="invoices:read ledger:read")
    further = await exchanged(trading, tokens["access_token"], "gateway", audience=LEDGER)
    await end_it(trading, delegation_id, who)
    assert not await is_active(trading, tokens["access_token"])
    assert not await is_active(trading, further["access_token"])
    assert await is_active(trading, own)
    refused = await exchange(trading, own, "panel", requested_subject=ALICE)
    assert await refused_and_recorded(trading, refused, "invalid_request") == _NOBODY


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_a_block_of_either_ends_them(trading: World, who: str) -> None:
    await agreed(trading)
    tokens = await acting(trading, (await bobs(trading))["access_token"])
    await disable_person(trading, who)
    assert not await is_active(trading, tokens["access_token"])
    assert await trading.rows("SELECT ended_by FROM delegation") == [("system",)]


async def test_the_delegate_s_sign_out_ends_them(trading: World) -> None:
    await agreed(trading)
    browser = trading.browser()
    own = await panel_tokens(trading, browser, identifier=BOB)
    tokens = await acting(trading, own["access_token"])
    page = await browser.get("/account")
    await browser.follow(await browser.submit(page, "sign-out"))
    assert not await is_active(trading, tokens["access_token"])


async def test_the_customer_s_sign_out_ends_nothing(trading: World) -> None:
    """They let somebody act while they are away."""
    await agreed(trading)
    tokens = await acting(trading, (await bobs(trading))["access_token"])
    browser = trading.browser()
    page = await open_account(browser)
    await browser.follow(await browser.submit(page, "sign-out"))
    assert await is_active(trading, tokens["access_token"])


async def test_whoever_acts_for_somebody_acts_under_none_of_their_delegations(trading: World) -> None:
    """Bob lets Alice, and Alice lets Bob: in Alice's name Bob can't go on to whom Alice acts for."""
    await agreed(trading)
    await agreed(trading, customer="bob", delegate="alice")
    tokens = await acting(trading, (await bobs(trading))["access_token"])
    refused = await exchange(trading, tokens["access_token"], "panel", requested_subject=BOB)
    description = await refused_and_recorded(trading, refused, "invalid_request")
    assert description == "requested_subject: the subject token is not a person's own"


async def test_nobody_acts_without_being_let(trading: World) -> None:
    own = (await bobs(trading))["access_token"]
    for named in (ALICE, trading.people["alice"].sub, "zz99999-ovh", BOB, "'; --", "x" * 5_000, "é"):
        refused = await exchange(trading, own, "panel", requested_subject=named)
        assert await refused_and_recorded(trading, refused, "invalid_request") == _NOBODY


async def test_never_with_more_than_was_allowed(trading: World) -> None:
    await agreed(trading, "invoices:read")
    own = (await bobs(trading, scope="openid invoices:read invoices:pay"))["access_token"]
    assert claims_of(trading, await acting(trading, own))["scope"] == "invoices:read"
    for scope in ("invoices:pay", "openid", "invoices:read invoices:pay"):
        refused = await exchange(trading, own, "panel", requested_subject=ALICE, scope=scope)
        await refused_and_recorded(trading, refused, "invalid_scope")


async def test_never_beyond_its_time(trading: World) -> None:
    await agreed(trading, days=1)
    trading.clock.pass_(86_400 - 60)
    own = (await bobs(trading))["access_token"]
    tokens = await acting(trading, own)
    assert tokens["expires_in"] <= 60
    trading.clock.pass_(60)
    refused = await exchange(trading, own, "panel", requested_subject=ALICE)
    await refused_and_recorded(trading, refused, "invalid_request")
    assert not await is_active(trading, tokens["access_token"])


async def test_what_is_not_offered_any_more_is_void(trading: World) -> None:
    await agreed(trading)
    own = (await bobs(trading))["access_token"]
    for delegation in (Delegation(enabled=True, scopes=("ledger:read",)), Delegation()):
        settings = replace(trading.house.settings, delegation=delegation)
        trading.app = create_app(replace(trading.house, settings=settings))
        refused = await exchange(trading, own, "panel", requested_subject=ALICE)
        assert await refused_and_recorded(trading, refused, "invalid_request") == _NOBODY


async def test_a_client_without_a_rule_for_it_acts_for_nobody(sqlite_url: str, tmp_path: Any) -> None:
    rules = changed(panel={"acts_for_others": False})
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        await agreed(world)
        refused = await exchange(world, (await bobs(world))["access_token"], "panel", requested_subject=ALICE)
        await refused_and_recorded(world, refused, "invalid_request")


async def test_an_authorization_request_acts_for_nobody(trading: World) -> None:
    """`requested_subject` means nothing there: whoever signs in is who the tokens are for."""
    await agreed(trading)
    tokens = await bobs(trading, requested_subject=ALICE)
    assert claims_of(trading, tokens)["sub"] == trading.people["bob"].sub


async def test_an_end_beside_exchanges_leaves_no_living_token(trading: World) -> None:
    delegation_id = await agreed(trading)
    own = (await bobs(trading))["access_token"]
    answers, _ = await asyncio.gather(
        asyncio.gather(*(exchange(trading, own, "panel", requested_subject=ALICE) for _ in range(8))),
        end_it(trading, delegation_id),
    )
    for answer in answers:
        if answer.status_code == 200:
            assert not await is_active(trading, answer.json()["access_token"])
        else:
            assert answer.json()["error"] in ("invalid_request", "temporarily_unavailable")
    assert await trading.rows(
        "SELECT COUNT(*) FROM family WHERE delegation_id IS NOT NULL AND revoked_at IS NULL"
    ) == [(0,)]
