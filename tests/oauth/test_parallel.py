"""A hundred at once: one code, one refresh token. The issue's "Must show", on both databases."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.oauth.wire import is_alive, refresh, refused, reopened, success, tokens_of
from tests.support.world import HandClock, World, open_world, settings_for, with_settings

_AT_ONCE = 100


async def _revocations(world: World) -> list[tuple[object, ...]]:
    return await world.rows("SELECT revoked_at IS NOT NULL, revoked_reason FROM family")


def _statuses(responses: list[httpx2.Response]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


@pytest.mark.requirement("S4", "S5")
async def test_one_of_100_redemptions_of_a_code_succeeds(world: World) -> None:
    """Authlib let two at once have tokens. The others show a replay, which ends the family."""
    response = await world.browser().sign_in()
    browser = world.browser()

    responses = await asyncio.gather(*(browser.redeem(response) for _ in range(_AT_ONCE)))

    assert _statuses(responses) == {200: 1, 400: _AT_ONCE - 1}
    assert {answer.json()["error"] for answer in responses if answer.status_code == 400} == {"invalid_grant"}
    tokens = next(answer.json() for answer in responses if answer.status_code == 200)
    assert not await is_alive(world, tokens)
    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")
    assert await world.rows("SELECT count(*) FROM refresh_token") == [(1,)]
    assert [bool(revoked) for revoked, _ in await _revocations(world)] == [True]


@pytest.mark.requirement("S4")
async def test_100_redemptions_with_a_wrong_verifier_leave_room_for_the_right_one(world: World) -> None:
    response = await world.browser().sign_in()
    browser = world.browser()

    answers = await asyncio.gather(
        *(browser.redeem(response, code_verifier="w" * 43) for _ in range(_AT_ONCE)),
        browser.redeem(response),
    )

    assert _statuses(list(answers)) == {400: _AT_ONCE, 200: 1}
    assert await is_alive(world, answers[-1].json())


@pytest.mark.requirement("S13")
async def test_100_refreshes_within_the_grace_get_one_successor(world: World) -> None:
    tokens = await tokens_of(world)
    browser = world.browser()

    responses = await asyncio.gather(*(refresh(browser, tokens["refresh_token"]) for _ in range(_AT_ONCE)))

    assert _statuses(responses) == {200: _AT_ONCE}
    assert len({answer.json()["refresh_token"] for answer in responses}) == 1
    assert len({answer.json()["access_token"] for answer in responses}) == _AT_ONCE
    assert await world.rows("SELECT count(*) FROM refresh_token") == [(2,)]
    success(await refresh(browser, responses[0].json()["refresh_token"]))


@pytest.mark.requirement("S13")
async def test_without_grace_one_of_100_refreshes_succeeds_and_the_family_ends(
    database_url: str, tmp_path: Path
) -> None:
    settings = settings_for(database_url, tmp_path)
    settings = with_settings(settings, tokens=replace(settings.tokens, refresh_grace_seconds=0))
    async with open_world(settings) as world:
        tokens = await tokens_of(world)
        browser = world.browser()

        responses = await asyncio.gather(
            *(refresh(browser, tokens["refresh_token"]) for _ in range(_AT_ONCE))
        )

        assert _statuses(responses) == {200: 1, 400: _AT_ONCE - 1}
        winner = next(answer.json() for answer in responses if answer.status_code == 200)
        refused(await refresh(browser, winner["refresh_token"]), "invalid_grant")
        assert not await is_alive(world, winner)
        assert [bool(revoked) for revoked, _ in await _revocations(world)] == [True]


async def test_revocation_beats_everything_that_happens_at_once(world: World) -> None:
    """Whatever the order, after an acknowledged revocation nothing of the family lives."""
    tokens = await tokens_of(world)
    browser = world.browser()

    responses = await asyncio.gather(
        *(refresh(browser, tokens["refresh_token"]) for _ in range(20)),
        browser.call("/revoke", "manager", token=tokens["refresh_token"]),
        *(refresh(browser, tokens["refresh_token"]) for _ in range(20)),
    )

    assert responses[20].status_code == 200
    assert set(_statuses(list(responses))) <= {200, 400}
    for response in responses:
        if response.content and response.status_code == 200:
            assert not await is_alive(world, response.json())
            refused(await refresh(browser, response.json()["refresh_token"]), "invalid_grant")


async def test_what_was_revoked_stays_revoked_after_a_restart(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path)
    async with open_world(settings) as world:
        response = await world.browser().sign_in()
        answers = await asyncio.gather(*(world.browser().redeem(response) for _ in range(10)))
        tokens = next(answer.json() for answer in answers if answer.status_code == 200)

    async with reopened(settings, HandClock()) as world:
        browser = world.browser()
        refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")
        assert not await is_alive(world, tokens)
        refused(await browser.redeem(response), "invalid_grant")
