"""An assertion serves once: at whichever endpoint, of a hundred at the same time, and until it is over. RFC 7523 §3."""

import asyncio

import pytest

from idp.store.pruning import PRUNINGS
from tests.oauth.asserting import PATHS, assertion, assertion_claims, present, register_signer
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key, signed
from tests.support.world import START, World


@pytest.mark.requirement("S18")
async def test_an_assertion_serves_once(world: World) -> None:
    await register_signer(world)
    token = assertion(world)

    success(await present(world, token))

    for path in PATHS:
        assert "jti was used before" in refused(await present(world, token, path), "invalid_client", 401)
    again = assertion(world, jti="mine")
    success(await present(world, again))
    refused(await present(world, assertion(world, jti="mine", exp=START + 90)), "invalid_client", 401)


async def test_the_same_jti_of_another_client_is_another(sqlite_world: World) -> None:
    await register_signer(sqlite_world)
    await register_signer(sqlite_world, "other")

    success(await present(sqlite_world, assertion(sqlite_world, jti="same")))
    success(await present(sqlite_world, assertion(sqlite_world, "other", jti="same")))


@pytest.mark.requirement("S18")
async def test_a_refused_request_spends_it_too(world: World) -> None:
    """Who finds the request in a log must not be able to send it again, corrected."""
    await register_signer(world)
    token = assertion(world)

    refused(await present(world, token, scope="nobody:knows"), "invalid_scope")

    refused(await present(world, token), "invalid_client", 401)


async def test_a_wrong_one_spends_nothing(sqlite_world: World) -> None:
    """Or a stranger who guesses a jti could use it up."""
    await register_signer(sqlite_world)
    claims = assertion_claims(sqlite_world)

    refused(await present(sqlite_world, signed(claims, client_key("RSA", 1))), "invalid_client", 401)
    refused(
        await present(sqlite_world, signed({**claims, "aud": "else"}, client_key())), "invalid_client", 401
    )

    success(await present(sqlite_world, signed(claims, client_key())))


@pytest.mark.requirement("S18")
async def test_of_a_hundred_at_once_one_wins(world: World) -> None:
    await register_signer(world)
    token = assertion(world)

    responses = await asyncio.gather(*(present(world, token, PATHS[at % 3]) for at in range(100)))

    assert sorted(response.status_code for response in responses) == [200, *[401] * 99]
    [(remembered,)] = await world.rows("SELECT count(*) FROM replay")
    assert remembered == 1


async def test_what_is_over_is_forgotten(world: World) -> None:
    await register_signer(world)
    success(await present(world, assertion(world)))

    async def prune(now: int) -> int:
        for pruning in PRUNINGS:
            assert await world.house.database.apply([pruning.effect(now, is_full=False)])
        [(left,)] = await world.rows("SELECT count(*) FROM replay")
        return int(left)

    assert await prune(START + 80) == 1
    assert await prune(START + 100) == 0
