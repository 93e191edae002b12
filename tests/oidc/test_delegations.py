"""The delegations API tells applications for whom the person who uses them may act."""

from typing import Any

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.portal.pressing import press
from tests.support.delegating import ALICE, BOB, LIST, ask, let_bob_act, signed_in
from tests.support.world import ISSUER, PASSWORD, START, World

API = f"{ISSUER}/api/v1"
SCOPE = "delegations:read"
_SWITCH: dict[str, Any] = {
    "client_name": "Switch",
    "grant_types": frozenset({"authorization_code", "client_credentials"}),
    "scopes": frozenset({"openid", "invoices:read", SCOPE}),
    "resources": frozenset({API}),
    "is_first_party": True,
}


async def register(world: World, name: str = "switch", **more: Any) -> None:
    client = Client(
        client_id=ClientId(name),
        redirect_uris=(f"https://{name}.example.test/callback",),
        **{**_SWITCH, **more},
    )
    house, occasion = world.house, Occasion(now=START, actor="system")
    await register_client(
        house.database, house.audit, house.entropy, occasion, client, secret=f"{name}-secret"
    )


async def token_of(world: World, identifier: str, name: str = "switch", **asked: str) -> str:
    wanted = {"scope": f"openid {SCOPE}", "resource": API, **asked}
    uri = f"https://{name}.example.test/callback"
    browser = world.browser()
    response = await browser.sign_in(identifier, PASSWORD, client_id=name, redirect_uri=uri, **wanted)
    answer = await browser.redeem(response, name)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def read(world: World, token: str) -> httpx2.Response:
    return await world.browser().get(
        "/api/v1/delegations", headers={"authorization": f"Bearer {token}"} if token else {}
    )


async def test_a_delegate_s_application_learns_for_whom_they_may_act(delegating_world: World) -> None:
    world = delegating_world
    await register(world)
    alice, _ = await let_bob_act(world, "invoices:read", "invoices:pay")
    token = await token_of(world, BOB)
    answer = await read(world, token)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "delegations": [
            {
                "sub": world.people["alice"].sub,
                "customer_id": ALICE,
                "name": "Alice Martin",
                "scopes": ["invoices:read", "invoices:pay"],
                "expires_at": START + 30 * 86_400,
            }
        ]
    }
    assert (await read(world, await token_of(world, ALICE))).json() == {"delegations": []}
    await press(alice, await alice.get(LIST), "end-delegation", "end")
    assert (await read(world, token)).json() == {"delegations": []}


async def test_what_waits_is_nothing_yet(delegating_world: World) -> None:
    world = delegating_world
    await register(world)
    await ask(await signed_in(world))
    assert (await read(world, await token_of(world, BOB))).json() == {"delegations": []}


async def test_a_pairwise_application_knows_customers_by_its_own_names(delegating_world: World) -> None:
    world = delegating_world
    await register(world, "paired", subject_type="pairwise")
    await let_bob_act(world)
    token = await token_of(world, BOB, "paired")
    [one] = (await read(world, token)).json()["delegations"]
    assert one["sub"] != world.people["alice"].sub
    [again] = (await read(world, token)).json()["delegations"]
    assert again["sub"] == one["sub"]


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"scope": "openid"}, 403, "insufficient_scope"),
        ({"resource": ""}, 401, "invalid_token"),
    ],
)
async def test_a_token_for_something_else_opens_nothing(
    delegating_world: World, asked: dict[str, str], status: int, error: str
) -> None:
    await register(delegating_world)
    answer = await read(delegating_world, await token_of(delegating_world, BOB, **asked))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_service_s_own_token_is_nobody_s(delegating_world: World) -> None:
    world = delegating_world
    await register(world)
    asked = {"grant_type": "client_credentials", "resource": API, "scope": SCOPE}
    token = (await world.browser().token("switch", **asked)).json()["access_token"]
    answer = await read(world, token)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


async def test_without_a_token_it_says_how(delegating_world: World) -> None:
    answer = await read(delegating_world, "")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]
    assert (await read(delegating_world, "nonsense")).status_code == 401


async def test_where_nobody_acts_for_others_there_is_no_such_api(sqlite_world: World) -> None:
    assert (await read(sqlite_world, "")).status_code == 404
    metadata = (await sqlite_world.browser().get("/.well-known/openid-configuration")).json()
    assert SCOPE not in metadata["scopes_supported"]
