"""DPoP at the endpoints that clients call: a token is bound to the key that was proved. RFC 9449 §5 and §8."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.config.dpop import Dpop
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.oauth.asserting import assertion, register_signer
from tests.oauth.wire import consented, refused, success
from tests.support.client_keys import JoseKey, client_key
from tests.support.proving import dpop_key, jkt_of, machine_tokens, nonce_of, post, proof
from tests.support.world import START, World, basic, open_world, settings_for, with_settings

GRANT = {"grant_type": "client_credentials"}
FIRST, SECOND = dpop_key(1), dpop_key(2)


async def _register(world: World, client_id: str, **metadata: Any) -> None:
    usual: dict[str, Any] = {
        "grant_types": frozenset({"client_credentials"}),
        "response_types": frozenset(),
        "scopes": frozenset({"invoices:read"}),
    }
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    secret = None if client.is_public else f"{client_id}-secret"
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


async def _used(world: World) -> int:
    ((count,),) = await world.rows("SELECT count(*) FROM replay")
    return int(count)


@pytest.mark.requirement("S21")
async def test_a_proof_binds_the_token_to_its_key(world: World) -> None:
    tokens = await machine_tokens(world, FIRST)

    assert tokens["token_type"] == "DPoP"
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(FIRST)}
    assert await _used(world) == 1


async def test_without_a_proof_a_token_is_bound_to_nobody(sqlite_world: World) -> None:
    tokens = success(await sqlite_world.browser().token("machine", **GRANT))

    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in sqlite_world.house.keyring.verify(tokens["access_token"], typ="at+jwt")


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
async def test_every_algorithm_of_the_metadata_proves(sqlite_world: World, alg: str) -> None:
    key = client_key(alg, 7)
    metadata = (await sqlite_world.browser().get("/.well-known/openid-configuration")).json()
    assert alg in metadata["dpop_signing_alg_values_supported"]

    response = await post(sqlite_world, "/token", "machine", proof(sqlite_world, key, alg=alg), **GRANT)

    claims = sqlite_world.house.keyring.verify(success(response)["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(key)}


@pytest.mark.requirement("S22")
async def test_of_two_requests_with_one_proof_at_once_one_is_answered(world: World) -> None:
    sent = proof(world, FIRST)

    answers = await asyncio.gather(*(post(world, "/token", "machine", sent, **GRANT) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    (loser,) = (answer for answer in answers if answer.status_code == 400)
    assert "used before" in refused(loser, "invalid_dpop_proof")
    assert await _used(world) == 1


@pytest.mark.requirement("S22")
async def test_a_refused_request_spends_its_proof_too(world: World) -> None:
    sent = proof(world, FIRST)
    refused(await post(world, "/token", "machine", sent, **GRANT, scope="nonsense"), "invalid_scope")

    assert "used before" in refused(
        await post(world, "/token", "machine", sent, **GRANT), "invalid_dpop_proof"
    )


async def test_nobody_but_the_client_spends_a_proof(world: World) -> None:
    sent = proof(world, FIRST)
    http = world.browser().http
    stranger = await http.post(
        "/token", data=GRANT, headers={"dpop": sent, "authorization": basic("machine", "wrong")}
    )
    refused(stranger, "invalid_client", 401)

    assert await _used(world) == 0
    success(await post(world, "/token", "machine", sent, **GRANT))


async def test_a_jti_belongs_to_its_key(sqlite_world: World) -> None:
    for key in (FIRST, SECOND):
        sent = proof(sqlite_world, key, jti="the same")
        success(await post(sqlite_world, "/token", "machine", sent, **GRANT))


async def test_a_proof_is_forgotten_when_it_would_no_longer_be_accepted(sqlite_world: World) -> None:
    await machine_tokens(sqlite_world, FIRST)
    ((expires_at,),) = await sqlite_world.rows("SELECT expires_at FROM replay")
    assert expires_at == START + 91


async def test_a_proof_and_an_assertion_go_together(world: World) -> None:
    await register_signer(world)
    form = {
        **GRANT,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(world),
    }
    response = await world.browser().http.post("/token", data=form, headers={"dpop": proof(world, FIRST)})

    assert success(response)["token_type"] == "DPoP"
    assert await _used(world) == 2


# Nonces.


async def test_a_proof_without_a_nonce_is_told_one_and_spends_nothing(world: World) -> None:
    response = await post(world, "/token", "machine", proof(world, FIRST, nonce=None), **GRANT)

    refused(response, "use_dpop_nonce")
    assert await _used(world) == 0
    again = proof(world, FIRST, nonce=response.headers["dpop-nonce"])
    answer = await post(world, "/token", "machine", again, **GRANT)
    assert success(answer)["token_type"] == "DPoP"
    assert answer.headers["dpop-nonce"] == nonce_of(world)


async def test_an_assertion_can_be_repeated_with_the_nonce(sqlite_world: World) -> None:
    """The refusal came before anybody looked at it."""
    await register_signer(sqlite_world)
    form = {
        **GRANT,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(sqlite_world),
    }
    http = sqlite_world.browser().http
    first = await http.post("/token", data=form, headers={"dpop": proof(sqlite_world, nonce=None)})
    refused(first, "use_dpop_nonce")

    nonce = first.headers["dpop-nonce"]
    success(await http.post("/token", data=form, headers={"dpop": proof(sqlite_world, nonce=nonce)}))


@pytest.mark.parametrize("later", [0, 59, 119])
async def test_a_nonce_is_accepted_for_two_steps(sqlite_world: World, later: int) -> None:
    sqlite_world.clock.at = START - START % 60
    nonce = nonce_of(sqlite_world)
    sqlite_world.clock.pass_(later)

    success(await post(sqlite_world, "/token", "machine", proof(sqlite_world, FIRST, nonce=nonce), **GRANT))


@pytest.mark.parametrize("later", [120, 86_400, -61])
async def test_a_nonce_of_another_time_is_refused(sqlite_world: World, later: int) -> None:
    sqlite_world.clock.at = START - START % 60
    nonce = nonce_of(sqlite_world)
    sqlite_world.clock.pass_(later)

    response = await post(sqlite_world, "/token", "machine", proof(sqlite_world, FIRST, nonce=nonce), **GRANT)
    refused(response, "use_dpop_nonce")
    assert response.headers["dpop-nonce"] != nonce


async def test_every_answer_to_a_proof_has_a_nonce_and_no_other(sqlite_world: World) -> None:
    http, nonce = sqlite_world.browser().http, nonce_of(sqlite_world)
    for path in ("/token", "/revoke", "/introspect", "/userinfo"):
        for headers in ({"dpop": "nonsense"}, {"dpop": proof(sqlite_world, path=path)}):
            assert (await http.post(path, headers=headers)).headers["dpop-nonce"] == nonce, path
        assert "dpop-nonce" not in (await http.post(path)).headers


async def test_scripts_of_other_origins_may_send_proofs_and_read_nonces(sqlite_world: World) -> None:
    http = sqlite_world.browser(headers={"origin": "https://app.example"}).http
    preflight = await http.request("OPTIONS", "/token")
    assert "dpop" in preflight.headers["access-control-allow-headers"].split(", ")

    answer = await http.post("/token", headers={"dpop": "nonsense"})
    assert "dpop-nonce" in answer.headers["access-control-expose-headers"].split(", ")


async def test_nonces_can_be_left_to_the_client(sqlite_url: str, tmp_path: Path) -> None:
    """Then one that is sent has to be right all the same."""
    settings = with_settings(settings_for(sqlite_url, tmp_path), dpop=Dpop(require_nonce=False))
    async with open_world(settings) as world:
        success(await post(world, "/token", "machine", proof(world, FIRST, nonce=None), **GRANT))
        success(await post(world, "/token", "machine", proof(world, FIRST), **GRANT))
        refused(
            await post(world, "/token", "machine", proof(world, FIRST, nonce="old"), **GRANT),
            "use_dpop_nonce",
        )


# Clients that promised to prove.


async def test_who_promised_a_proof_gets_nothing_without(world: World) -> None:
    await _register(world, "careful", dpop_bound_access_tokens=True)
    headers = {"authorization": basic("careful")}

    response = await world.browser().http.post("/token", data=GRANT, headers=headers)

    assert "dpop_bound_access_tokens" in refused(response, "invalid_dpop_proof")
    success(await post(world, "/token", "careful", proof(world, FIRST), **GRANT))


async def test_the_promise_concerns_tokens_alone(sqlite_world: World) -> None:
    await _register(sqlite_world, "careful", dpop_bound_access_tokens=True)
    tokens = success(await post(sqlite_world, "/token", "careful", proof(sqlite_world, FIRST), **GRANT))
    http, headers = sqlite_world.browser().http, {"authorization": basic("careful")}
    form = {"token": tokens["access_token"]}

    assert (await http.post("/introspect", data=form, headers=headers)).json()["active"] is True
    assert (await http.post("/revoke", data=form, headers=headers)).status_code == 200
    assert (await http.post("/introspect", data=form, headers=headers)).json() == {"active": False}


async def test_introspection_says_what_a_token_is_bound_to(world: World) -> None:
    tokens = await machine_tokens(world, FIRST)

    answer = await post(
        world, "/introspect", "introspector", proof(world, path="/introspect"), token=tokens["access_token"]
    )

    found = success(answer)
    assert (found["token_type"], found["cnf"]) == ("DPoP", {"jkt": jkt_of(FIRST)})


# Codes and refresh tokens.


async def _redeem(
    world: World, client: str, key: JoseKey | None, response: httpx2.Response, **form: str
) -> httpx2.Response:
    browser = world.browser()
    if key is not None:
        browser.http.headers["dpop"] = proof(world, key)
    return await browser.redeem(response, client, **form)


async def _offline(world: World, key: JoseKey | None) -> dict[str, str]:
    """What the single page application, which has no secret, gets for Alice."""
    response = await consented(world.browser(), scope="openid offline_access")
    return success(await _redeem(world, "spa", key, response))


async def _refresh(world: World, client: str, key: JoseKey | None, refresh_token: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    if key is None:
        return await world.browser().token(client, **form)
    return await post(world, "/token", client, proof(world, key), **form)


@pytest.mark.requirement("S9")
async def test_a_code_is_for_the_key_that_asked_for_it(world: World) -> None:
    response = await world.browser().sign_in(dpop_jkt=jkt_of(FIRST))

    for wrong in (SECOND, None):
        assert "another DPoP key" in refused(
            await _redeem(world, "manager", wrong, response), "invalid_grant"
        )

    # Nothing was burnt.
    assert success(await _redeem(world, "manager", FIRST, response))["token_type"] == "DPoP"


async def test_a_public_client_refreshes_with_its_key_alone(world: World) -> None:
    tokens = await _offline(world, FIRST)
    for wrong in (SECOND, None):
        refused(await _refresh(world, "spa", wrong, tokens["refresh_token"]), "invalid_grant")

    refreshed = success(await _refresh(world, "spa", FIRST, tokens["refresh_token"]))

    assert refreshed["token_type"] == "DPoP"
    again = success(await _refresh(world, "spa", FIRST, refreshed["refresh_token"]))
    refused(await _refresh(world, "spa", SECOND, again["refresh_token"]), "invalid_grant")


async def test_a_public_client_that_begins_to_prove_is_bound_from_then_on(world: World) -> None:
    tokens = await _offline(world, None)
    bound = success(await _refresh(world, "spa", FIRST, tokens["refresh_token"]))

    refused(await _refresh(world, "spa", None, bound["refresh_token"]), "invalid_grant")
    success(await _refresh(world, "spa", FIRST, bound["refresh_token"]))


async def test_a_confidential_client_may_change_its_key(world: World) -> None:
    response = await world.browser().sign_in()
    tokens = success(await _redeem(world, "manager", FIRST, response))

    refreshed = success(await _refresh(world, "manager", SECOND, tokens["refresh_token"]))

    claims = world.house.keyring.verify(refreshed["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(SECOND)}


@pytest.mark.parametrize("client", ["spa", "manager"])
async def test_a_bound_refresh_token_has_no_grace(world: World, client: str) -> None:
    if client == "spa":
        tokens = await _offline(world, FIRST)
    else:
        tokens = success(await _redeem(world, client, FIRST, await world.browser().sign_in()))
    refreshed = success(await _refresh(world, client, FIRST, tokens["refresh_token"]))
    assert await world.rows("SELECT 1 FROM refresh_token WHERE successor_sealed IS NOT NULL") == []

    refused(await _refresh(world, client, FIRST, tokens["refresh_token"]), "invalid_grant")

    # The repeat ended the family.
    refused(await _refresh(world, client, FIRST, refreshed["refresh_token"]), "invalid_grant")


async def test_a_stolen_bound_refresh_token_is_not_even_trouble(world: World) -> None:
    """Who sends one without its key ends nothing."""
    tokens = await _offline(world, FIRST)
    for key in (SECOND, None):
        refused(await _refresh(world, "spa", key, tokens["refresh_token"]), "invalid_grant")

    success(await _refresh(world, "spa", FIRST, tokens["refresh_token"]))


async def test_a_thief_who_binds_what_was_unbound_is_found_out(world: World) -> None:
    """The rightful client has no such key: its own refresh is the repeat that ends the family."""
    tokens = await _offline(world, None)
    stolen = success(await _refresh(world, "spa", SECOND, tokens["refresh_token"]))

    refused(await _refresh(world, "spa", None, tokens["refresh_token"]), "invalid_grant")

    refused(await _refresh(world, "spa", SECOND, stolen["refresh_token"]), "invalid_grant")


async def test_of_two_keys_that_redeem_at_once_one_binds(world: World) -> None:
    response = await consented(world.browser(), scope="openid offline_access")
    answers = await asyncio.gather(*(_redeem(world, "spa", key, response) for key in (FIRST, SECOND)))

    winner = next(index for index, answer in enumerate(answers) if answer.status_code == 200)
    tokens = success(answers[winner])
    refused(answers[1 - winner], "invalid_grant")
    # Redeemed twice, the code ended what the winner got; whichever way, no token is bound to the loser's key.
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of((FIRST, SECOND)[winner])}
