"""FAPI 2.0 final: the modules of requests and of codes, by name."""

import json
from typing import Any

import pytest

from tests.conformance.fapi2 import CALLBACKS, FIRST, SECOND, Fapi, plays
from tests.oauth.wire import refused, success
from tests.support.proving import get_userinfo, proof
from tests.support.world import ISSUER, answer

_NONCES = (
    "ensure-authorization-request-with-64-char-nonce-success",
    "ensure-authorization-request-with-long-nonce",
)
_RESPONSE_TYPES = ("ensure-response-type-code-idtoken-fails", "ensure-response-type-token-fails")


def _id_token(fapi: Fapi, tokens: dict[str, Any]) -> dict[str, Any]:
    return fapi.world.house.keyring.verify(tokens["id_token"], typ="JWT")


@plays("discovery-end-point-verification")
async def test_discovery_says_what_a_profile_needs(fapi: Fapi) -> None:
    response = await fapi.browser.get("/.well-known/openid-configuration")
    assert response.headers["content-type"].startswith("application/json")
    found = response.json()
    assert found["issuer"] == ISSUER
    for name in ("authorization", "token", "pushed_authorization_request"):
        assert found[f"{name}_endpoint"].startswith(f"{ISSUER}/")
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "code" in found["response_types_supported"]
    assert "private_key_jwt" in found["token_endpoint_auth_methods_supported"]
    assert found["claims_parameter_supported"] is True
    for name in (
        "token_endpoint_auth_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ):
        assert {"PS256", "ES256", "EdDSA"} <= set(found[name]), name
        assert "none" not in found[name]
    assert isinstance(found["require_pushed_authorization_requests"], bool)


@plays("happy-flow")
async def test_everything_is_as_it_should_be(fapi: Fapi) -> None:
    for client in (FIRST, SECOND):
        found = await fapi.authorize(client)
        own = {"dummy1", "dummy2"} if client == SECOND else set()
        assert set(found) == {"code", "state", "iss", "session_state"} | own
        response = await fapi.redeem(found["code"], client)
        assert response.headers["cache-control"] == "no-store"
        tokens = success(response)
        assert tokens["token_type"] == "DPoP"
        assert isinstance(tokens["expires_in"], int)
        claims = _id_token(fapi, tokens)
        assert (claims["aud"], claims["nonce"], claims["iss"]) == (client, "nonce of the suite", ISSUER)
        dpop = proof(fapi.world, path="/userinfo", method="GET", access_token=tokens["access_token"])
        person = await get_userinfo(fapi.world, tokens["access_token"], dpop)
        assert person.json()["sub"] == claims["sub"]
        # §5.3.2.1: a bearer replay fails.
        assert (await get_userinfo(fapi.world, tokens["access_token"], None)).status_code == 401


@plays("user-rejects-authentication")
async def test_person_who_says_no_is_heard(fapi: Fapi) -> None:
    await fapi.register("fapi-asking", is_first_party=False)
    page = await fapi.sign_in(await fapi.visit(await fapi.pushed("fapi-asking"), "fapi-asking"))
    denied = answer(await fapi.browser.follow(await fapi.browser.submit(page, action="deny")))
    assert (denied["error"], denied["state"]) == ("access_denied", "state of the suite")
    assert denied["iss"] == ISSUER


@plays("ensure-authorization-request-without-state-success")
async def test_state_is_not_required(fapi: Fapi) -> None:
    found = await fapi.authorize(state=None)
    assert "state" not in found
    success(await fapi.redeem(found["code"]))


@plays("ensure-authorization-request-without-nonce-success")
async def test_nonce_is_not_required(fapi: Fapi) -> None:
    tokens = success(await fapi.redeem((await fapi.authorize(nonce=None))["code"]))
    assert "nonce" not in _id_token(fapi, tokens)


@plays(*_NONCES)
@pytest.mark.parametrize("length", [64, 384], ids=_NONCES)
async def test_long_nonce_comes_back(fapi: Fapi, length: int) -> None:
    tokens = success(await fapi.redeem((await fapi.authorize(nonce="n" * length))["code"]))
    assert _id_token(fapi, tokens)["nonce"] == "n" * length


@plays("ensure-authorization-request-with-long-state")
async def test_long_state_comes_back(fapi: Fapi) -> None:
    """The suite only warns where it doesn't."""
    assert (await fapi.authorize(state="s" * 384))["state"] == "s" * 384


@plays("ensure-other-scope-order-succeeds")
async def test_order_of_scopes_does_not_count(fapi: Fapi) -> None:
    for scope in ("email openid", "openid email"):
        tokens = success(await fapi.redeem((await fapi.authorize(scope=scope))["code"]))
        assert set(tokens["scope"].split()) == {"openid", "email"}


@plays("test-claims-parameter-identity-claims")
async def test_claims_are_asked_one_by_one(fapi: Fapi) -> None:
    wanted = {
        "id_token": {"given_name": {"essential": True}, "email": None},
        "userinfo": {"family_name": None},
    }
    found = await fapi.authorize(scope="openid", claims=json.dumps(wanted))
    tokens = success(await fapi.redeem(found["code"]))
    assert _id_token(fapi, tokens)["email"] == "alice@example.test"
    dpop = proof(fapi.world, path="/userinfo", method="GET", access_token=tokens["access_token"])
    assert (await get_userinfo(fapi.world, tokens["access_token"], dpop)).status_code == 200


@plays("ensure-redirect-uri-in-authorization-request")
async def test_redirect_uri_is_required(fapi: Fapi) -> None:
    refused(await fapi.push(redirect_uri=None), "invalid_request")


@plays("ensure-request-object-without-redirect-uri-fails")
async def test_redirect_uri_beside_an_object_is_none(fapi: Fapi) -> None:
    beside = {"request": fapi.request_object(redirect_uri=None), "redirect_uri": CALLBACKS[FIRST]}
    form = {**beside, "client_id": FIRST, **fapi.proven()}
    refused(await fapi.browser.http.post("/par", data=form), "invalid_request")


@plays("plain-fapi-tolerate-unregistered-redirect-uri")
async def test_redirect_uri_has_to_be_registered(fapi: Fapi) -> None:
    """A server may take another one from a client that authenticates (RFC 9126 §2.4); we never do."""
    refused(await fapi.push(redirect_uri=f"{CALLBACKS[FIRST]}/other"), "invalid_request")
    refused(await fapi.push(redirect_uri=CALLBACKS[SECOND]), "invalid_request")


@plays(*_RESPONSE_TYPES)
@pytest.mark.parametrize("response_type", ["code id_token", "token"], ids=_RESPONSE_TYPES)
async def test_nothing_but_a_code_is_given(fapi: Fapi, response_type: str) -> None:
    refused(await fapi.push(response_type=response_type), "unsupported_response_type")


@plays("ensure-client-id-in-token-endpoint")
async def test_client_id_at_the_token_endpoint_is_the_clients(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    refused(await fapi.redeem(code, client_id=SECOND), "invalid_request")
    success(await fapi.redeem(code, client_id=FIRST))


@plays("ensure-authorization-code-is-bound-to-client")
async def test_code_is_its_clients(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    refused(await fapi.redeem(code, SECOND, redirect_uri=CALLBACKS[FIRST]), "invalid_grant")


@plays("attempt-reuse-authorization-code-after-one-second")
async def test_code_serves_once_and_a_replay_ends_what_it_brought(fapi: Fapi) -> None:
    """That the token ends, too, the suite only warns of."""
    code = (await fapi.authorize())["code"]
    tokens = success(await fapi.redeem(code))
    fapi.world.clock.pass_(1)
    refused(await fapi.redeem(code), "invalid_grant")
    dpop = proof(fapi.world, path="/userinfo", method="GET", access_token=tokens["access_token"])
    assert (await get_userinfo(fapi.world, tokens["access_token"], dpop)).status_code == 401


@plays("ensure-token-endpoint-fails-with-expired-auth-code")
async def test_code_ends_within_a_minute(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    fapi.world.clock.pass_(62)
    refused(await fapi.redeem(code), "invalid_grant")


@plays("refresh-token")
async def test_refresh_gives_a_token_as_good(fapi: Fapi) -> None:
    found = await fapi.authorize(scope="openid email offline_access")
    tokens = success(await fapi.redeem(found["code"]))
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(await fapi.token(SECOND, **form), "invalid_grant")
    refreshed = success(await fapi.token(**form))
    assert refreshed["token_type"] == "DPoP"
    assert refreshed["access_token"] != tokens["access_token"]
    before, after = _id_token(fapi, tokens), _id_token(fapi, refreshed)
    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time")
    }
