"""With what it rests on ends what was exchanged: session, grant, consent, person, clients. Also where both happen at
once.
"""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.account.ending import end_all_sessions, revoke_application
from idp.clients.registration import delete_client, enable_client
from idp.config.settings import Session
from idp.records.event import Occasion
from idp.store.logouts import CLIENTS_OF_SESSION
from idp.store.statement import Write
from idp.store.tables.grant import family
from tests.oauth.exchange.exchanging import (
    claims_of,
    disable,
    disable_person,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    is_active,
    panel_tokens,
)
from tests.oauth.wire import Tokens, userinfo
from tests.support.clients import API, LEDGER
from tests.support.world import Browser, World


async def _chain_of(world: World, browser: Browser | None = None) -> tuple[Tokens, list[str]]:
    """What the panel has, and two tokens that came of it, one after the other."""
    subject = await panel_tokens(world, browser)
    first = await exchanged(world, subject["access_token"], audience=LEDGER)
    second = await exchanged(world, first["access_token"], "ledgers", audience=LEDGER)
    both = [first["access_token"], second["access_token"]]
    assert await _living(world, both) == [True, True]
    return subject, both


async def _living(world: World, tokens: list[str]) -> list[bool]:
    return [await is_active(world, token) for token in tokens]


async def _standing(world: World) -> int:
    """How many families are not revoked, of which each has a row."""
    ((count,),) = await world.rows("SELECT count(*) FROM family WHERE revoked_at IS NULL")
    return int(count)


@pytest.mark.requirement("S13")
async def test_signing_out_ends_it(trading: World) -> None:
    browser = trading.browser()
    subject, tokens = await _chain_of(trading, browser)

    await browser.get("/logout", params={"id_token_hint": subject["id_token"]})

    assert await _living(trading, tokens) == [False, False]
    assert await _standing(trading) == 0


async def test_revoking_the_subject_token_ends_it(trading: World) -> None:
    subject, tokens = await _chain_of(trading)

    await trading.browser().call("/revoke", "panel", token=subject["access_token"])

    assert await _living(trading, tokens) == [False, False]
    assert await _standing(trading) == 0


async def test_revoking_one_in_the_middle_ends_what_came_of_it_alone(trading: World) -> None:
    subject, tokens = await _chain_of(trading)

    await trading.browser().call("/revoke", "gateway", token=tokens[0])

    assert await _living(trading, [subject["access_token"], *tokens]) == [True, False, False]


async def test_revoking_the_last_ends_nothing_else(trading: World) -> None:
    subject, tokens = await _chain_of(trading)

    await trading.browser().call("/revoke", "ledgers", token=tokens[1])

    assert await _living(trading, [subject["access_token"], *tokens]) == [True, True, False]


async def test_a_replayed_refresh_token_ends_it(trading: World) -> None:
    subject, tokens = await _chain_of(trading)
    for _ in range(2):
        await trading.browser().token(
            "panel", grant_type="refresh_token", refresh_token=subject["refresh_token"]
        )
        trading.clock.pass_(trading.house.settings.tokens.refresh_grace_seconds + 1)

    assert await _living(trading, tokens) == [False, False]


async def test_withdrawing_the_application_ends_it(trading: World) -> None:
    house, alice = trading.house, trading.people["alice"]
    _, tokens = await _chain_of(trading)

    await revoke_application(
        house.database, house.audit, _occasion(trading), subject_id=alice.subject_id, client_id="panel"
    )

    assert await _living(trading, tokens) == [False, False]


async def test_ending_all_sessions_ends_it(trading: World) -> None:
    house, alice = trading.house, trading.people["alice"]
    _, tokens = await _chain_of(trading)

    await end_all_sessions(house.database, house.audit, _occasion(trading), subject_id=alice.subject_id)

    assert await _living(trading, tokens) == [False, False]


async def test_blocking_the_person_ends_it(trading: World) -> None:
    _, tokens = await _chain_of(trading)

    await disable_person(trading, "alice")

    assert await _living(trading, tokens) == [False, False]


@pytest.mark.parametrize("client_id", ["panel", "gateway"])
async def test_turning_off_a_client_before_it_turns_it_off(trading: World, client_id: str) -> None:
    _, tokens = await _chain_of(trading)

    await disable(trading, client_id)
    assert await _living(trading, tokens) == [False, False]

    house = trading.house
    await enable_client(house.database, house.audit, _occasion(trading), client_id)
    house.clients.forget(client_id)
    assert await _living(trading, tokens) == [True, True]


@pytest.mark.parametrize("client_id", ["panel", "gateway"])
async def test_deleting_a_client_before_it_ends_it(trading: World, client_id: str) -> None:
    house = trading.house
    _, tokens = await _chain_of(trading)

    await delete_client(house.database, house.audit, _occasion(trading), client_id)
    house.clients.forget(client_id)

    assert await _living(trading, tokens) == [False, False]
    assert await _standing(trading) == (0 if client_id == "panel" else 1)


async def test_a_session_that_runs_out_ends_it(tmp_path: Path, database_url: str) -> None:
    settings = exchange_settings(database_url, tmp_path, session=Session(idle_seconds=120))
    async with exchange_world(settings) as world:
        _, tokens = await _chain_of(world)
        world.clock.pass_(130)

        assert await _living(world, tokens) == [False, False]


async def test_offline_grants_outlive_the_session_and_so_does_what_comes_of_them(trading: World) -> None:
    browser = trading.browser()
    subject = await panel_tokens(trading, browser, scope="openid offline_access invoices:read")
    answer = await exchanged(trading, subject["access_token"])

    await browser.get("/logout", params={"id_token_hint": subject["id_token"]})

    assert await is_active(trading, answer["access_token"])
    assert "offline_access" not in answer["scope"]
    await trading.browser().call("/revoke", "panel", token=subject["refresh_token"])
    assert not await is_active(trading, answer["access_token"])


async def test_userinfo_knows_it_too(trading: World) -> None:
    tokens = await panel_tokens(trading)
    answer = await exchanged(trading, tokens["access_token"], "panel", audience=API)
    browser = trading.browser()
    assert (await userinfo(browser, answer["access_token"])).status_code == 200

    await trading.browser().call("/revoke", "panel", token=tokens["refresh_token"])

    assert (await userinfo(browser, answer["access_token"])).status_code == 401


async def test_what_was_exchanged_while_its_grant_ended_is_dead(trading: World) -> None:
    """Whichever comes first. Rows that were missed would be dead too: whoever asks looks at the whole line."""
    for _ in range(4):
        subject = await panel_tokens(trading)
        answers = await asyncio.gather(
            *(exchange(trading, subject["access_token"], audience=LEDGER) for _ in range(3)),
            trading.browser().call("/revoke", "panel", token=subject["refresh_token"]),
        )
        assert answers[-1].status_code == 200
        for answer in answers[:-1]:
            assert answer.status_code in (200, 400), answer.text
            if answer.status_code == 200:
                assert not await is_active(trading, answer.json()["access_token"])


async def test_a_family_that_lost_its_parent_is_dead(sqlite_trading: World) -> None:
    subject = await panel_tokens(sqlite_trading)
    answer = await exchanged(sqlite_trading, subject["access_token"])
    child = claims_of(sqlite_trading, answer)["fid"]
    gone = Write(update(family).where(family.c.family_id == child).values(parent_id="f" * 32))
    assert await sqlite_trading.house.database.apply([gone.effect()])

    assert not await is_active(sqlite_trading, answer["access_token"])


async def test_many_exchanges_at_once_each_get_their_own(trading: World) -> None:
    subject = await panel_tokens(trading)

    answers = await asyncio.gather(*(exchange(trading, subject["access_token"]) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({claims_of(trading, answer.json())["fid"] for answer in answers}) == 5


async def test_two_exchanges_of_a_services_own_token_at_once(trading: World) -> None:
    """Each would write the row of its family."""
    own = (await trading.browser().token("gateway", grant_type="client_credentials")).json()["access_token"]

    answers = await asyncio.gather(*(exchange(trading, own, audience=LEDGER) for _ in range(3)))

    assert [answer.status_code for answer in answers] == [200] * 3


async def test_a_sign_out_is_told_to_who_was_signed_in_to(trading: World) -> None:
    subject, _ = await _chain_of(trading)
    fid = claims_of(trading, subject)["fid"]
    ((session_id,),) = await trading.rows(f"SELECT session_id FROM family WHERE family_id = '{fid}'")

    told = await trading.house.database.all(CLIENTS_OF_SESSION, of_session=session_id)

    assert [party.client_id for party in told] == ["panel"]


def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="cli:test")
