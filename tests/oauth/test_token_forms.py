"""Access tokens as their audience wants them: JWT or opaque, for how long, signed with what. RFC 8707, RFC 9068."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from idp.clients.registration import register_client
from idp.config.settings import Resource
from idp.records.client import ClientId
from idp.records.event import Occasion
from idp.signing.compact import read_header
from idp.store.pruning import PRUNINGS
from tests.oauth.wire import Tokens, consented, refresh, refused, success, tokens_of, userinfo
from tests.support.clients import API, CLIENTS, LEDGER
from tests.support.world import EVERY_EXCEPTION, START, World, answer, asked, open_world, settings_for

ARCHIVE = "https://archive.example.test"
CUSTOMERS = "https://customers.example.test"


@pytest.fixture
async def forms_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The default API takes opaque tokens, the ledger JWTs by PS256, the archive short-lived ones of its own."""
    settings = replace(
        settings_for(database_url, tmp_path),
        resources=(
            Resource(
                identifier=API,
                scopes=("invoices:read",),
                default=True,
                token_format="opaque",
                token_lifetime_seconds=300,
            ),
            Resource(identifier=LEDGER, scopes=("ledger:read",), signing_algorithm="PS256"),
            Resource(
                identifier=ARCHIVE,
                scopes=("ledger:read",),
                signing_algorithm="PS256",
                token_lifetime_seconds=60,
            ),
            Resource(identifier=CUSTOMERS, token_format="opaque", token_lifetime_seconds=900),
        ),
    )
    async with open_world(settings) as world:
        every = frozenset({API, LEDGER, ARCHIVE, CUSTOMERS})
        house, occasion = world.house, Occasion(now=START, actor="cli:test")
        for original, name in ((CLIENTS[3][0], "robot"), (CLIENTS[0][0], "panel")):
            client = replace(original, client_id=ClientId(name), resources=every)
            await register_client(
                house.database, house.audit, house.entropy, occasion, client, secret=f"{name}-secret"
            )
        yield world


async def _own(world: World, *resources: str) -> Tokens:
    form = {"grant_type": "client_credentials", **({"resource": list(resources)} if resources else {})}
    return success(await world.browser().token("robot", **form))  # type: ignore[arg-type]


async def _ask(world: World, token: str, client: str = "introspector") -> Tokens:
    return success(await world.browser().call("/introspect", client, token=token))


async def test_an_opaque_token_is_stored_as_a_digest_and_says_what_a_jwt_would(forms_world: World) -> None:
    tokens = await tokens_of(forms_world, scope="openid profile invoices:read")

    token = tokens["access_token"]
    assert (len(token), "." in token) == (64, False)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    ((digest, claims, expires_at),) = await forms_world.rows(
        "SELECT digest, claims, expires_at FROM access_token"
    )
    assert token.encode() not in bytes(digest)
    assert token not in claims
    assert expires_at == START + 300
    found = await _ask(forms_world, token)
    assert (found["active"], found["aud"], found["exp"]) == (True, API, START + 300)
    assert found["sub"] == forms_world.people["alice"].sub
    assert {"acr", "amr", "auth_time", "jti", "iss"} <= set(found)


async def test_an_opaque_token_opens_userinfo_until_it_expires(forms_world: World) -> None:
    token = (await tokens_of(forms_world))["access_token"]

    assert (await userinfo(forms_world.browser(), token)).status_code == 200
    forms_world.clock.pass_(299)
    assert (await userinfo(forms_world.browser(), token)).status_code == 200
    forms_world.clock.pass_(1)
    assert (await userinfo(forms_world.browser(), token)).status_code == 401
    assert await _ask(forms_world, token) == {"active": False}


async def test_a_changed_opaque_token_is_none(forms_world: World) -> None:
    token = (await tokens_of(forms_world))["access_token"]

    for other in (token[:22] + "A" * 42, token[:-1], token + "A", token.swapcase()):
        assert await _ask(forms_world, other) == {"active": False}
        assert (await userinfo(forms_world.browser(), other)).status_code == 401


async def test_revoking_an_opaque_token_ends_its_family(forms_world: World) -> None:
    tokens = await tokens_of(forms_world)

    refused_response = await forms_world.browser().call("/revoke", "robot", token=tokens["access_token"])
    refused(refused_response, "invalid_grant")
    gone = await forms_world.browser().call("/revoke", "manager", token=tokens["access_token"])

    assert gone.status_code == 200
    assert await _ask(forms_world, tokens["access_token"]) == {"active": False}
    refused(await refresh(forms_world.browser(), tokens["refresh_token"]), "invalid_grant")


async def test_a_clients_own_opaque_token_is_revoked_too(forms_world: World) -> None:
    token = (await _own(forms_world))["access_token"]
    assert (await _ask(forms_world, token))["active"] is True

    await forms_world.browser().call("/revoke", "robot", token=token)

    assert await _ask(forms_world, token) == {"active": False}


async def test_each_api_has_its_algorithm_and_lifetime(forms_world: World) -> None:
    for resources, algorithm, lifetime in (
        ((LEDGER,), "PS256", 600),
        ((ARCHIVE,), "PS256", 60),
        ((LEDGER, ARCHIVE), "PS256", 60),
    ):
        tokens = await _own(forms_world, *resources)
        assert read_header(tokens["access_token"]).alg == algorithm
        assert tokens["expires_in"] == lifetime
        claims = forms_world.house.keyring.verify(tokens["access_token"], typ="at+jwt", now=START)
        assert claims["exp"] == START + lifetime
        assert claims["aud"] == (list(resources) if len(resources) > 1 else resources[0])


async def test_two_opaque_audiences_share_the_shorter_life(forms_world: World) -> None:
    tokens = await _own(forms_world, API, CUSTOMERS)
    assert tokens["expires_in"] == 300
    assert (await _ask(forms_world, tokens["access_token"]))["aud"] == [API, CUSTOMERS]


async def test_apis_that_want_different_tokens_do_not_share_one(forms_world: World) -> None:
    form = {"grant_type": "client_credentials", "resource": [API, LEDGER]}
    refused(await forms_world.browser().token("robot", **form), "invalid_target")  # type: ignore[arg-type]
    assert await forms_world.rows("SELECT token_id FROM access_token") == []


async def test_a_code_for_different_apis_yields_a_token_for_one_at_a_time(forms_world: World) -> None:
    """RFC 8707 §2.2: what was granted for several resources is used for each. A refusal costs no code."""
    browser = forms_world.browser()
    await browser.sign_in()
    request = asked(client_id="panel", scope="openid invoices:read")
    query = urlencode({**request, "resource": [API, LEDGER]}, doseq=True)
    redirect = await browser.follow(await browser.get(f"/authorize?{query}"))

    refused(await browser.redeem(redirect, "panel"), "invalid_target")
    opaque = success(await browser.redeem(redirect, "panel", resource=API))
    jwt = success(await refresh(browser, opaque["refresh_token"], "panel", resource=LEDGER))

    assert "." not in opaque["access_token"]
    assert read_header(jwt["access_token"]).alg == "PS256"
    refused(await refresh(browser, jwt["refresh_token"], "panel"), "invalid_target")
    refused(await refresh(browser, jwt["refresh_token"], "panel", resource=ARCHIVE), "invalid_target")


async def test_a_family_lives_as_long_as_its_longest_token(forms_world: World) -> None:
    """Without a refresh token: the code's life, and then the access token's."""
    redirect = await consented(forms_world.browser(), scope="openid")
    assert answer(redirect)["code"]
    ((created_at, expires_at),) = await forms_world.rows("SELECT created_at, expires_at FROM family")
    assert expires_at - created_at == 60 + 300


async def test_dead_opaque_tokens_are_forgotten(forms_world: World) -> None:
    await tokens_of(forms_world)
    pruning = next(one for one in PRUNINGS if "access_token" in str(one.write.expression))
    database = forms_world.house.database

    await database.apply([pruning.effect(START + 299, is_full=False)])
    assert len(await forms_world.rows("SELECT token_id FROM access_token")) == 1
    await database.apply([pruning.effect(START + 301, is_full=False)])
    assert await forms_world.rows("SELECT token_id FROM access_token") == []


@pytest.fixture
async def implicit_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Tokens in the front channel, which both APIs want in forms of their own."""
    settings = replace(
        settings_for(database_url, tmp_path),
        exceptions=EVERY_EXCEPTION,
        resources=(
            Resource(identifier=API, scopes=("invoices:read",), default=True, token_format="opaque"),
            Resource(identifier=LEDGER, scopes=("ledger:read",)),
        ),
    )
    async with open_world(settings) as world:
        client = replace(
            CLIENTS[0][0],
            client_id=ClientId("panel"),
            resources=frozenset({API, LEDGER}),
            response_types=frozenset({"code", "id_token token"}),
            grant_types=frozenset({"authorization_code", "implicit"}),
        )
        house, occasion = world.house, Occasion(now=START, actor="cli:test")
        await register_client(
            house.database, house.audit, house.entropy, occasion, client, secret="panel-secret"
        )
        yield world


async def test_an_opaque_token_in_the_front_channel_is_stored_too(implicit_world: World) -> None:
    browser = implicit_world.browser()
    redirect = await browser.sign_in(
        client_id="panel", response_type="id_token token", scope="openid invoices:read"
    )
    fragment = parse_qs(urlsplit(redirect.headers["location"]).fragment)
    token = fragment["access_token"][0]
    assert "." not in token
    assert (await _ask(implicit_world, token))["active"] is True


async def test_one_token_for_different_apis_is_refused_before_anybody_is_asked(implicit_world: World) -> None:
    request = asked(client_id="panel", response_type="id_token token", scope="openid invoices:read")
    query = urlencode({**request, "resource": [API, LEDGER]}, doseq=True)
    response = await implicit_world.browser().get(f"/authorize?{query}")
    assert parse_qs(urlsplit(response.headers["location"]).fragment)["error"] == ["invalid_target"]
