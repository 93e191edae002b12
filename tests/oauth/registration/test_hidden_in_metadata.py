"""What a client hides in its metadata, where whoever looks through all clients may take it for something else."""

from typing import Any

import pytest

from idp.config.registration import Registration
from idp.store.clients import DEMO_CLIENTS
from tests.oauth.registration.registering import post, refusal, registered, registering_world
from tests.support.world import World


async def test_nobody_makes_our_database_look_like_the_demos(open_house_world: World) -> None:
    """`idp serve` refuses to start on the demo's clients: a stranger could keep it from starting."""
    await registered(open_house_world, jwks={"keys": [], "is_demo": True})

    assert await open_house_world.house.database.all(DEMO_CLIENTS) == []


@pytest.mark.parametrize(
    "members",
    [
        {"client_name": "client_credentials"},
        {"default_acr_values": ["client_credentials"]},
        {"client_name": '"grant_types":["client_credentials"'},
        {"jwks": {"keys": [], "grant_types": ["client_credentials"]}},
        {"jwks": {"keys": [{"kty": "X", "grant_types": ["authorization_code", "client_credentials"]}]}},
    ],
)
async def test_nobody_hides_from_the_count_of_unused_clients(
    database_url: str, tmp_path: Any, members: dict[str, Any]
) -> None:
    registration = Registration(mode="open", network_per_hour=100, most_unused=2)
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        assert [(await post(world, **members)).status_code for _ in range(3)] == [201, 201, 429]


async def test_who_gets_tokens_for_itself_is_not_counted(database_url: str, tmp_path: Any) -> None:
    """Nobody ever allows it anything, so it would be taken for unused for ever."""
    registration = Registration(
        mode="open",
        network_per_hour=100,
        most_unused=2,
        grant_types=("authorization_code", "client_credentials"),
    )
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        alone = {"grant_types": ["client_credentials"], "redirect_uris": []}
        both = {"grant_types": ["client_credentials", "authorization_code"], "jwks": {"keys": []}}
        for members in (alone, both, alone, both):
            await registered(world, **members)
        assert (await post(world)).status_code == 201


async def test_keys_hold_no_number_that_json_has_not(sqlite_open_world: World) -> None:
    """Python reads 1e400 as infinity, and would write that into every answer."""
    response = await sqlite_open_world.browser().http.post(
        "/register",
        content=b'{"redirect_uris": ["https://shop.example/cb"], "jwks": {"keys": [], "x": 1e400}}',
        headers={"content-type": "application/json"},
    )
    code, told = refusal(response)
    assert (code, "a number that JSON" in told) == ("invalid_client_metadata", True)
