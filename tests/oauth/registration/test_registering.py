"""A client registers itself: what it may ask for, what it gets, and what it is told. RFC 7591 §3."""

from typing import Any

import pytest

from idp.config.registration import Registration
from tests.oauth.registration.registering import (
    URI,
    initial_token,
    post,
    refusal,
    registered,
    registering_world,
)
from tests.support.world import EVERY_EXCEPTION, PASSWORD, World, answer


async def test_a_client_gets_what_it_registered(open_house_world: World) -> None:
    world = open_house_world
    response = await post(
        world,
        contacts=["dev@shop.example"],
        **{"client_name#fr": "Boutique", "tos_uri#de": "https://shop.example/agb"},
        default_max_age=3_600,
    )
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["pragma"] == "no-cache"
    held = response.json()
    client_id = held["client_id"]
    assert held == {
        "client_id": client_id,
        "client_id_issued_at": world.clock.now(),
        "client_name": "Shop",
        "client_name#fr": "Boutique",
        "tos_uri#de": "https://shop.example/agb",
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": [URI],
        "contacts": ["dev@shop.example"],
        "scope": "address email openid phone profile",
        "subject_type": "public",
        "default_max_age": 3_600,
        "client_secret": held["client_secret"],
        "client_secret_expires_at": 0,
        "registration_client_uri": f"http://localhost:8000/register/{client_id}",
        "registration_access_token": held["registration_access_token"],
    }
    assert len(client_id) == 32
    assert len(held["client_secret"]) == 43
    assert len(held["registration_access_token"]) == 64
    [(digest, by)] = await world.rows(
        f"SELECT registration_digest, registered_by FROM client WHERE client_id = '{client_id}'"
    )
    assert (len(digest), by) == (32, "open")
    events = await world.rows("SELECT type, actor FROM audit_event ORDER BY event_id DESC LIMIT 1")
    assert events == [("client.registered", f"client:{client_id}")]


async def test_a_registered_client_signs_people_in_after_asking_them(open_house_world: World) -> None:
    world = open_house_world
    held = await registered(world)
    browser = world.browser()
    request = {"client_id": held["client_id"], "redirect_uri": URI}
    page = await browser.authorize(**request)
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert 'id="consent"' in page.text
    redirect = await browser.follow(await browser.submit(page, action="allow"))
    assert redirect.headers["location"].startswith(f"{URI}?")
    http = browser.http
    tokens = await http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "code": answer(redirect)["code"],
            "redirect_uri": URI,
            "code_verifier": "v" * 43,
        },
        auth=(held["client_id"], held["client_secret"]),
    )
    assert tokens.status_code == 200, tokens.text
    # It is remembered: the same request needs nobody.
    assert "code" in answer(await browser.authorize(**request, prompt="none"))


@pytest.mark.parametrize(
    ("members", "absent"),
    [
        ({"token_endpoint_auth_method": "none"}, True),
        ({"token_endpoint_auth_method": "client_secret_post"}, False),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://shop.example/jwks"},
            True,
        ),
    ],
)
async def test_only_who_needs_a_secret_gets_one(
    sqlite_open_world: World, members: dict[str, Any], absent: bool
) -> None:
    """Authlib deviation 25: public clients get a secret there."""
    held = await registered(sqlite_open_world, **members)
    assert ("client_secret" not in held) is absent
    assert ("client_secret_expires_at" not in held) is absent


async def test_what_is_unknown_or_an_operators_is_ignored(sqlite_open_world: World) -> None:
    """RFC 7591 §2: the server MUST ignore what it does not understand."""
    tagged: dict[str, Any] = {"redirect_uris#fr": [], "client_name#": "x"}
    held = await registered(
        sqlite_open_world,
        is_first_party=True,
        may_introspect=True,
        resources=["https://api.example.test"],
        require_pkce=False,
        minimum_acr="0",
        refresh="session",
        is_demo=True,
        client_id="manager",
        client_secret="mine",
        registration_access_token="mine",
        federation_entity={"a": [1]},
        **tagged,
        policy_uri=None,
    )
    ours = {
        "is_first_party",
        "may_introspect",
        "resources",
        "require_pkce",
        "minimum_acr",
        "is_demo",
        "refresh",
    }
    assert not ours & held.keys()
    assert held["client_id"] != "manager"
    assert "mine" not in held.values()
    assert "policy_uri" not in held


@pytest.mark.parametrize(
    ("members", "scope"),
    [
        ({}, "address email openid phone profile"),
        ({"scope": "openid email invoices:pay admin"}, "email openid"),
        ({"scope": ""}, "address email openid phone profile"),
        ({"scope": "openid offline_access"}, "openid"),
        (
            {"grant_types": ["authorization_code", "refresh_token"]},
            "address email offline_access openid phone profile",
        ),
    ],
)
async def test_scopes_are_those_that_it_may_have(
    sqlite_open_world: World, members: dict[str, Any], scope: str
) -> None:
    assert (await registered(sqlite_open_world, **members))["scope"] == scope


async def test_who_says_no_name_is_known_by_a_host(sqlite_open_world: World) -> None:
    response = await post(sqlite_open_world, {"redirect_uris": [URI]})
    assert response.json()["client_name"] == "shop.example"


async def test_registration_is_off_unless_it_is_turned_on(sqlite_world: World) -> None:
    http = sqlite_world.browser().http
    assert (await http.post("/register", json={})).status_code == 404
    assert "registration_endpoint" not in (await http.get("/.well-known/openid-configuration")).json()


async def test_discovery_names_it_where_it_is_on(sqlite_open_world: World) -> None:
    metadata = (await sqlite_open_world.browser().get("/.well-known/openid-configuration")).json()
    assert metadata["registration_endpoint"] == "http://localhost:8000/register"


async def test_a_network_registers_so_many_in_an_hour(database_url: str, tmp_path: Any) -> None:
    registration = Registration(mode="open", network_per_hour=3)
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        # A refused one counts, too: a sector is fetched before anything is refused.
        answers = [
            await post(world),
            await post(world, scope="admin"),
            await post(world),
            await post(world),
        ]
        assert [response.status_code for response in answers] == [201, 400, 201, 429]
        assert refusal(answers[3], 429)[0] == "temporarily_unavailable"
        assert 0 < int(answers[3].headers["retry-after"]) <= 3_600
        elsewhere = world.browser(address="198.51.100.7").http
        assert (await elsewhere.post("/register", json={"redirect_uris": [URI]})).status_code == 201
        # With a token nobody waits.
        token = await initial_token(world)
        assert (await post(world, token=token.value)).status_code == 201
        world.clock.pass_(7_200)
        assert (await post(world)).status_code == 201


async def test_unused_clients_are_few(database_url: str, tmp_path: Any) -> None:
    registration = Registration(mode="open", network_per_hour=100, most_unused=2)
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        assert [(await post(world)).status_code for _ in range(3)] == [201, 201, 429]


async def test_what_the_configuration_leaves_out_can_not_be_had(sqlite_url: str, tmp_path: Any) -> None:
    registration = Registration(
        mode="open",
        scopes=("openid",),
        grant_types=("authorization_code",),
        response_types=("code",),
        auth_methods=("private_key_jwt",),
    )
    async with registering_world(
        sqlite_url, tmp_path, registration=registration, exceptions=EVERY_EXCEPTION
    ) as world:
        implicit: dict[str, Any] = {"grant_types": ["implicit"], "response_types": ["id_token"]}
        code, told = refusal(await post(world, **implicit))
        assert code == "invalid_client_metadata"
        assert "grant_types: implicit can't be registered here" in told
        assert "response_types: id_token can't be registered here" in told
        assert "token_endpoint_auth_method: client_secret_basic can't be registered here" in told
        held = await registered(
            world, token_endpoint_auth_method="private_key_jwt", jwks_uri="https://shop.example/jwks"
        )
        assert held["scope"] == "openid"


@pytest.mark.parametrize("may", [True, False])
async def test_open_registration_without_pkce_where_the_operator_says_so(
    sqlite_url: str, tmp_path: Any, may: bool
) -> None:
    """The official suite knows no PKCE: both ways of registering have to work with it."""
    registration = Registration(mode="open", network_per_hour=100, require_pkce=not may)
    async with registering_world(
        sqlite_url, tmp_path, registration=registration, exceptions=EVERY_EXCEPTION
    ) as world:
        held = await registered(world)
        assert held.get("require_pkce", True) is not may
        public = await registered(world, token_endpoint_auth_method="none")
        assert "require_pkce" not in public
        request = {
            "client_id": held["client_id"],
            "redirect_uri": URI,
            "code_challenge": "",
            "code_challenge_method": "",
        }
        page = await world.browser().authorize(**request)
        assert (page.status_code == 200) is may
