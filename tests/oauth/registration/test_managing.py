"""A client reads, replaces and ends its registration with a token that opens nothing else. RFC 7592 §2."""

import asyncio
from typing import Any

import pytest

from idp.app.upkeep import Upkeep
from idp.clients.registration import disable_client
from idp.config.registration import Registration
from idp.records.event import Occasion
from tests.oauth.registration.registering import (
    URI,
    initial_token,
    manage,
    own,
    post,
    refusal,
    registered,
    registering_world,
)
from tests.oauth.wire import consented, success
from tests.support.world import VERIFIER, World, answer, basic

_OTHER = "https://shop.example/other"


async def test_a_client_reads_what_it_registered(open_house_world: World) -> None:
    held = await registered(open_house_world, initiate_login_uri="https://shop.example/login")
    response = await manage(open_house_world, held)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    # Of its secret and its token we keep digests alone.
    ours = {"client_secret", "client_secret_expires_at", "registration_access_token"}
    assert response.json() == {name: value for name, value in held.items() if name not in ours}
    assert (await manage(open_house_world, held)).status_code == 200


async def test_a_client_replaces_its_metadata(open_house_world: World) -> None:
    world = open_house_world
    held = await registered(world, contacts=["dev@shop.example"], **{"client_name#fr": "Boutique"})
    asked = own(held, client_name="Store", redirect_uris=[_OTHER], tos_uri="https://shop.example/t")
    # What is left out or null is deleted (§2.2).
    del asked["contacts"]
    asked["client_name#fr"] = None
    response = await manage(world, held, "PUT", asked)
    assert response.status_code == 200, response.text
    changed = response.json()
    assert (changed["client_name"], changed["redirect_uris"]) == ("Store", [_OTHER])
    assert changed["tos_uri"] == "https://shop.example/t"
    assert not {"contacts", "client_name#fr", "client_secret"} & changed.keys()
    assert changed["client_id_issued_at"] == held["client_id_issued_at"]
    assert changed["registration_access_token"] != held["registration_access_token"]
    assert (await manage(world, changed)).json()["client_name"] == "Store"
    page = await world.browser().authorize(client_id=held["client_id"], redirect_uri=_OTHER)
    assert 'id="login"' in page.text
    [event] = await world.rows("SELECT actor FROM audit_event WHERE type = 'client.updated'")
    assert event == (f"client:{held['client_id']}",)


async def test_a_change_ends_the_token_that_made_it(open_house_world: World) -> None:
    world = open_house_world
    held = await registered(world)
    assert (await manage(world, held, "PUT", own(held))).status_code == 200
    for method in ("GET", "PUT", "DELETE"):
        assert refusal(await manage(world, held, method, own(held)), 401)[0] == "invalid_token"


async def test_of_changes_at_once_one_wins(open_house_world: World) -> None:
    world = open_house_world
    held = await registered(world)
    answers = await asyncio.gather(
        *(manage(world, held, "PUT", own(held, client_name=f"Shop {each}")) for each in range(8))
    )
    statuses = sorted(response.status_code for response in answers)
    assert statuses == [200, *[401] * 7]
    [winner] = [response.json() for response in answers if response.status_code == 200]
    assert (await manage(world, winner)).json()["client_name"] == winner["client_name"]


async def test_a_network_changes_so_many_in_an_hour(database_url: str, tmp_path: Any) -> None:
    """Each change writes an event and may fetch a sector: a client of nobody's has no more of them than of clients."""
    registration = Registration(mode="open", network_per_hour=2)
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        held = await registered(world)
        vouched = await registered(world, (await initial_token(world)).value)
        for _ in range(2):
            held = (await manage(world, held, "PUT", own(held))).json()
        late = await manage(world, held, "PUT", own(held))
        assert refusal(late, 429)[0] == "temporarily_unavailable"
        assert 0 < int(late.headers["retry-after"]) <= 3_600
        # It reads and ends itself all the same, and who was vouched for never waits.
        assert (await manage(world, held)).status_code == 200
        for _ in range(3):
            vouched = (await manage(world, vouched, "PUT", own(vouched))).json()
        assert (await manage(world, held, "DELETE")).status_code == 204


async def test_a_token_opens_its_own_client_alone(open_house_world: World) -> None:
    """CVE-2026-116672. Nobody learns whether there is another client, either."""
    world = open_house_world
    ours, theirs = await registered(world), await registered(world)
    initial = await initial_token(world)
    tokens = {
        "another client's": theirs["registration_access_token"],
        "none": "",
        "an initial one": initial.value,
        "a prefix": ours["registration_access_token"][:-1],
        "another case": ours["registration_access_token"].swapcase(),
        "a secret": ours["client_secret"],
        "garbage": "x" * 64,
    }
    # The clients of operators have no such token, and a deleted one has none any more.
    uris = [
        ours["registration_client_uri"],
        "http://localhost:8000/register/manager",
        "http://localhost:8000/register/nobody",
        "http://localhost:8000/register/" + "x" * 300,
        "http://localhost:8000/register/caf%C3%A9",
    ]
    told = set()
    for uri in uris:
        for token in tokens.values():
            for method in ("GET", "PUT", "DELETE"):
                response = await manage(
                    world, {"registration_client_uri": uri}, method, own(ours), token=token
                )
                told.add((refusal(response, 401), response.headers["www-authenticate"]))
    assert told == {
        (
            ("invalid_token", "the registration access token is not one that opens this client"),
            'Bearer realm="idp", error="invalid_token"',
        )
    }
    assert (await manage(world, ours)).status_code == 200
    assert (await manage(world, theirs)).status_code == 200


@pytest.mark.parametrize("authorization", ["Basic eDp5", "Bearer", "Bearer ", "x"])
async def test_another_way_to_authenticate_is_refused(sqlite_open_world: World, authorization: str) -> None:
    """Authlib deviation 25: a bad token is answered there with 400 access_denied."""
    held = await registered(sqlite_open_world)
    http = sqlite_open_world.browser().http
    for path in (held["registration_client_uri"], "/register"):
        method = "GET" if path != "/register" else "POST"
        response = await http.request(method, path, headers={"authorization": authorization})
        assert refusal(response, 401)[0] == "invalid_token"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"client_id": "manager"}, "client_id is not that of this client"),
        ({"client_id": None}, "client_id is not that of this client"),
        ({"client_id": ["x"]}, "client_id is not that of this client"),
        ({"registration_access_token": "x"}, "registration_access_token is not for clients to say"),
        ({"registration_client_uri": "https://evil.example"}, "registration_client_uri is not for clients"),
        ({"client_secret_expires_at": 0}, "client_secret_expires_at is not for clients to say"),
        ({"client_id_issued_at": 1}, "client_id_issued_at is not for clients to say"),
        ({"client_secret": "another"}, "client_secret is not the one of this client"),
        ({"client_secret": ["x"]}, "client_secret is not the one of this client"),
        ({"client_secret": "\u00e9"}, "client_secret is not the one of this client"),
        ({"redirect_uris": []}, "redirect_uris: is empty"),
        ({"redirect_uris": None}, "redirect_uris: is empty"),
        ({"jwks_uri": "http://10.0.0.1/"}, "jwks_uri: http://10.0.0.1/ is http elsewhere"),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    sqlite_open_world: World, change: dict[str, Any], told: str
) -> None:
    held = await registered(sqlite_open_world)
    response = await manage(sqlite_open_world, held, "PUT", own(held, **change))
    code, description = refusal(response)
    assert told in description
    assert code == ("invalid_redirect_uri" if "redirect_uris" in change else "invalid_client_metadata")
    # Its token lives on.
    assert (await manage(sqlite_open_world, held)).json()["redirect_uris"] == [URI]


async def test_a_client_may_repeat_its_secret(sqlite_open_world: World) -> None:
    held = await registered(sqlite_open_world)
    asked = own(held)
    assert asked["client_secret"] == held["client_secret"]
    assert (await manage(sqlite_open_world, held, "PUT", asked)).status_code == 200


async def test_a_secret_comes_and_goes_with_the_way_to_authenticate(open_house_world: World) -> None:
    world = open_house_world
    held = await registered(world, token_endpoint_auth_method="none")
    changed = (
        await manage(world, held, "PUT", own(held, token_endpoint_auth_method="client_secret_post"))
    ).json()
    assert changed["client_secret_expires_at"] == 0
    secret = changed["client_secret"]
    back = own(changed, token_endpoint_auth_method="none")
    again = (await manage(world, changed, "PUT", back)).json()
    assert "client_secret" not in again
    assert (
        await world.rows(f"SELECT secret_id FROM client_secret WHERE client_id = '{held['client_id']}'") == []
    )
    assert secret


async def test_a_client_ends_itself_with_all_that_it_was_issued(open_house_world: World) -> None:
    """Authlib deviation 25: RFC 7592 swaps arguments there. The suite wants 204, or warns in every module."""
    world = open_house_world
    held = await registered(world, grant_types=["authorization_code", "refresh_token"])
    browser = world.browser()
    asked = {"client_id": held["client_id"], "redirect_uri": URI, "scope": "openid offline_access"}
    redirect = await consented(browser, **asked)
    credentials = basic(held["client_id"], held["client_secret"])
    tokens = await browser.http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "code": answer(redirect)["code"],
            "redirect_uri": URI,
            "code_verifier": VERIFIER,
        },
        headers={"authorization": credentials},
    )
    refresh_token = success(tokens)["refresh_token"]

    ended = await manage(world, held, "DELETE")
    assert (ended.status_code, ended.content) == (204, b"")
    assert "content-length" not in ended.headers

    refreshed = await browser.http.post(
        "/token",
        data={"grant_type": "refresh_token", "refresh_token": refresh_token},
        headers={"authorization": credentials},
    )
    assert refusal(refreshed, 401)[0] == "invalid_client"
    bearer = {"authorization": f"Bearer {tokens.json()['access_token']}"}
    assert (await browser.get("/userinfo", headers=bearer)).status_code == 401
    for method in ("GET", "PUT", "DELETE"):
        assert refusal(await manage(world, held, method, own(held)), 401)[0] == "invalid_token"
    [(reason,)] = await world.rows(
        f"SELECT revoked_reason FROM family WHERE client_id = '{held['client_id']}'"
    )
    assert reason == "client_deleted"
    assert await world.rows("SELECT count(*) FROM audit_event WHERE type = 'client.deleted'") == [(1,)]


async def test_a_client_that_was_turned_off_does_nothing(sqlite_open_world: World) -> None:
    """RFC 7592 §2.1: 403 for who may not read its record."""
    world = sqlite_open_world
    held = await registered(world)
    occasion = Occasion(now=world.clock.now(), actor="test")
    await disable_client(world.house.database, world.house.audit, occasion, held["client_id"])
    for method in ("GET", "PUT", "DELETE"):
        assert refusal(await manage(world, held, method, own(held)), 403)[0] == "access_denied"


async def test_what_an_operator_gave_outlives_a_change(token_world: World) -> None:
    world = token_world
    token = await initial_token(
        world, require_pkce=False, is_first_party=True, refresh="session", scope="openid email"
    )
    held = await registered(world, token.value, grant_types=["authorization_code", "refresh_token"])
    assert held["refresh"] == "session"
    wished = own(
        held, scope="openid profile email", refresh="offline", is_first_party=False, may_introspect=True
    )
    wished["require_pkce"] = True
    changed = (await manage(world, held, "PUT", wished)).json()
    assert (changed["require_pkce"], changed["is_first_party"]) == (False, True)
    assert (changed["scope"], changed["refresh"]) == ("email openid", "session")
    assert "may_introspect" not in changed


async def test_clients_that_nobody_uses_are_forgotten(database_url: str, tmp_path: Any) -> None:
    registration = Registration(mode="open", network_per_hour=1_000, unused_days=7)
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        token = await initial_token(world, seconds=86_400 * 365)
        used, unused, ended = [await registered(world) for _ in range(3)]
        vouched = await registered(world, token.value)
        redirect = await consented(
            world.browser(), client_id=used["client_id"], redirect_uri=URI, scope="openid"
        )
        assert "code" in answer(redirect)
        assert (await manage(world, ended, "DELETE")).status_code == 204
        world.clock.pass_(6 * 86_400)
        await upkeep(world)
        assert (await manage(world, unused)).status_code == 200
        world.clock.pass_(2 * 86_400)
        await upkeep(world)
        assert (await manage(world, unused)).status_code == 401
        for kept in (used, vouched):
            assert (await manage(world, kept)).status_code == 200
        rows = await world.rows("SELECT client_id, metadata, registered_by FROM client")
        gone = {client_id for client_id, metadata, by in rows if (metadata, by) == ("{}", "")}
        assert gone == {unused["client_id"], ended["client_id"]}
        reasons = await world.rows("SELECT reason FROM audit_event WHERE type = 'client.deleted'")
        assert sorted(reasons) == [("",), ("unused",)]
        assert (await post(world)).status_code == 201


async def upkeep(world: World) -> None:
    await Upkeep(house=world.house, holder="test").once(world.clock.now())
