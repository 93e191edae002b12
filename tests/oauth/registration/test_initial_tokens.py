"""Initial access tokens: who holds one registers clients of the kind that its maker said. RFC 7591 §3."""

import asyncio
from typing import Any

import pytest

from idp.clients.initial_tokens import BadPolicy, UnknownToken, revoke_initial_token
from idp.records.event import Occasion
from tests.oauth.registration.registering import URI, initial_token, post, refusal, registered
from tests.support.world import PASSWORD, World, answer


async def test_without_a_token_nobody_registers(token_world: World) -> None:
    code, _ = refusal(await post(token_world), 401)
    assert code == "invalid_token"


async def test_a_token_that_is_no_good(token_world: World) -> None:
    world = token_world
    spent, late, ended = [await initial_token(world, uses=1, seconds=60) for _ in range(3)]
    await registered(world, spent.value)
    occasion = Occasion(now=world.clock.now(), actor="test")
    await revoke_initial_token(world.house.database, world.house.audit, occasion, ended.token_id)
    told = {refusal(await post(world, token=one), 401) for one in (spent.value, ended.value)}
    world.clock.pass_(60)
    for token in (late.value, late.value[:-1], late.value.swapcase(), "x", "x" * 64, "\u00e9"):
        told.add(refusal(await post_bytes(world, token), 401))
    assert told == {
        ("invalid_token", "the initial access token is unknown, used up, revoked or expired"),
    }


async def post_bytes(world: World, token: str) -> Any:
    headers = {b"authorization": b"Bearer " + token.encode()}
    return await world.browser().http.post("/register", json={"redirect_uris": [URI]}, headers=headers)


async def test_a_wrong_token_is_never_as_good_as_none(open_house_world: World) -> None:
    assert refusal(await post(open_house_world, token="x" * 64), 401)[0] == "invalid_token"


async def test_a_use_is_spent_once_by_a_hundred_requests(token_world: World) -> None:
    world = token_world
    token = await initial_token(world, uses=1)
    answers = await asyncio.gather(*(post(world, token=token.value) for _ in range(100)))
    assert sorted(response.status_code for response in answers) == [201, *[401] * 99]
    assert await world.rows("SELECT uses_left FROM initial_access_token") == [(0,)]
    assert await world.rows("SELECT count(*) FROM client WHERE registered_by <> ''") == [(1,)]


async def test_a_registration_that_fails_spends_nothing(token_world: World) -> None:
    token = await initial_token(token_world, uses=1)
    refusal(await post(token_world, token=token.value, redirect_uris=["x"]))
    assert (await post(token_world, token=token.value)).status_code == 201


async def test_any_number_of_uses_stays_any_number(token_world: World) -> None:
    token = await initial_token(token_world)
    for _ in range(3):
        await registered(token_world, token.value)
    assert await token_world.rows("SELECT uses_left FROM initial_access_token") == [(None,)]


async def test_what_a_token_gives_every_client_gets(token_world: World) -> None:
    """A plan of the official suite needs no PKCE, and one of ours no consent: its token says so."""
    world = token_world
    token = await initial_token(world, require_pkce=False, is_first_party=True, client_name="Suite")
    held = await registered(world, token.value, client_name="Mine", grant_types=["authorization_code"])
    assert (held["require_pkce"], held["is_first_party"], held["client_name"]) == (False, True, "Suite")
    browser = world.browser()
    asked = {
        "client_id": held["client_id"],
        "redirect_uri": URI,
        "code_challenge": "",
        "code_challenge_method": "",
    }
    redirect = await browser.sign_in("aa11111-ovh", PASSWORD, **asked)
    assert "code" in answer(redirect)
    public = await registered(world, token.value, token_endpoint_auth_method="none")
    assert "require_pkce" not in public


async def test_what_a_token_gives_is_beyond_what_others_may_have(token_world: World) -> None:
    token = await initial_token(
        token_world,
        scope="openid invoices:read",
        resources=["https://api.example.test"],
        grant_types=["authorization_code", "client_credentials"],
    )
    held = await registered(token_world, token.value)
    assert held["scope"] == "invoices:read openid"
    assert held["resources"] == ["https://api.example.test"]
    assert held["grant_types"] == ["authorization_code", "client_credentials"]
    assert (await registered(token_world, token.value, scope="openid email"))["scope"] == "openid"


async def test_whom_a_token_vouches_for_may_have_our_name(token_world: World) -> None:
    token = await initial_token(token_world)
    assert (await registered(token_world, token.value, client_name="Demo Hosting"))["client_name"]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ({"is_demo": True}, "is_demo: is no member that we know"),
        ({"is_first_party": "yes"}, "is_first_party: is neither true nor false"),
        ({"redirect_uris": "x"}, "redirect_uris: is not a list of texts"),
    ],
)
async def test_what_no_token_can_give(sqlite_world: World, policy: dict[str, Any], told: str) -> None:
    with pytest.raises(BadPolicy, match=told):
        await initial_token(sqlite_world, **policy)


async def test_a_token_is_revoked_once(token_world: World) -> None:
    world = token_world
    token = await initial_token(world)
    held = await registered(world, token.value)
    occasion = Occasion(now=world.clock.now(), actor="test")
    house = world.house
    await revoke_initial_token(house.database, house.audit, occasion, token.token_id)
    for unknown in (token.token_id, "nothing"):
        with pytest.raises(UnknownToken):
            await revoke_initial_token(house.database, house.audit, occasion, unknown)
    # What was registered with it stays.
    assert await house.clients.find(held["client_id"], world.clock.now())
    events = await world.rows(
        "SELECT type FROM audit_event WHERE type LIKE 'initial_token%' ORDER BY event_id"
    )
    assert events == [("initial_token.created",), ("initial_token.revoked",)]


@pytest.mark.requirement("S35")
async def test_nothing_at_rest_opens_a_door(token_world: World) -> None:
    token = await initial_token(token_world)
    held = await registered(token_world, token.value)
    stored = [
        *await token_world.rows("SELECT * FROM initial_access_token"),
        *await token_world.rows("SELECT * FROM client"),
        *await token_world.rows("SELECT * FROM client_secret"),
        *await token_world.rows("SELECT * FROM audit_event"),
    ]
    for secret in (token.value, held["registration_access_token"], held["client_secret"]):
        assert secret not in repr(stored)
    assert token.value not in repr(token)
