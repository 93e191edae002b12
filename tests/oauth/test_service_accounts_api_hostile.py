"""Programs that would leave more behind than they were allowed, or something after they were sent away."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2

from idp.store.clients import DEMO_CLIENTS
from tests.oauth.test_service_accounts_api import (
    MANAGE,
    OWN_API,
    PATH,
    ROBOT,
    ask,
    deployer_token,
    deployer_tokens,
    made,
)
from tests.oauth.wire import success
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.world import World


async def ask_late(world: World, token: str, path: str, sent: Mapping[str, Any]) -> httpx2.Response:
    """A request whose body comes when its grant has ended."""

    async def body() -> AsyncIterator[bytes]:
        ended = await world.browser().call("/revoke", "deployer", token=token)
        assert ended.status_code == 200
        yield json.dumps(sent).encode()

    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return await world.browser().http.post(PATH + path, headers=headers, content=body())


async def test_a_program_that_is_sent_away_meanwhile_leaves_nothing_behind(serving_world: World) -> None:
    token = await deployer_token(serving_world)

    answer = await ask_late(serving_world, token, "", ROBOT)

    assert answer.status_code == 409, answer.text
    assert await serving_world.rows("SELECT count(*) FROM client WHERE owner_id IS NOT NULL") == [(0,)]
    assert (await ask(serving_world, token)).status_code == 401


async def test_a_program_that_is_sent_away_meanwhile_learns_no_secret(serving_world: World) -> None:
    token = await deployer_token(serving_world)
    client_id = (await made(serving_world, token))["client_id"]

    answer = await ask_late(serving_world, token, f"/{client_id}/secrets", {"overlap_seconds": 60})

    assert (answer.status_code, answer.json()["error"]) == (409, "changed_meanwhile")
    assert await serving_world.rows("SELECT count(*) FROM client_secret WHERE expires_at IS NOT NULL") == [
        (0,)
    ]


async def test_a_token_that_was_asked_for_with_less_gives_no_more(serving_world: World) -> None:
    tokens = await deployer_tokens(serving_world)
    made_before = await made(serving_world, tokens["access_token"])
    form = {"refresh_token": tokens["refresh_token"], "scope": MANAGE, "resource": OWN_API}
    answer = await serving_world.browser().token("deployer", grant_type="refresh_token", **form)
    narrow = success(answer)["access_token"]

    refused = await ask(serving_world, narrow, "POST", sent=ROBOT)
    rotated = await ask(serving_world, narrow, "POST", f"/{made_before['client_id']}/secrets")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert (rotated.status_code, rotated.json()["error"]) == (403, "insufficient_scope")


async def test_nobody_keeps_us_from_starting_by_what_a_key_says(serving_world: World) -> None:
    """The demo's clients are found by their metadata, and no house with them serves."""
    keys = jwks({**public_jwk(client_key(), kid="k1"), "is_demo": True})
    token = await deployer_token(serving_world)

    await made(serving_world, token, token_endpoint_auth_method="private_key_jwt", jwks=keys)

    assert await serving_world.house.database.all(DEMO_CLIENTS) == []
