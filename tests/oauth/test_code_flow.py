"""The main job: a person signs in, and the application gets tokens that it can verify against our JWKS."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.clients import API
from tests.support.world import ISSUER, START, World, answer, asked

pytestmark = pytest.mark.asyncio


async def _keys(world: World) -> KeySet:
    return KeySet.import_key_set((await world.browser().get("/jwks")).json())


async def test_a_person_signs_in_and_the_application_verifies_their_tokens(world: World) -> None:
    browser = world.browser()
    redirect = await browser.sign_in()
    assert answer(redirect)["state"] == "some state"
    assert answer(redirect)["iss"] == ISSUER

    response = await world.browser().redeem(redirect)

    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    keys = await _keys(world)
    id_token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert id_token.header["kid"]
    claims = id_token.claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "manager"
    assert claims["sub"] == world.people["alice"].sub
    assert claims["nonce"] == "n-1"
    assert claims["auth_time"] == START
    assert claims["amr"] == ["pwd"]
    assert "name" not in claims
    access_token = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])
    assert access_token.header["typ"] == "at+jwt"
    assert access_token.claims["aud"] == API
    assert access_token.claims["client_id"] == "manager"

    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["name"] == "Alice Martin"
    assert userinfo.json()["email"] == "alice@example.test"
    assert userinfo.json()["customer_id"] == "aa11111-ovh"


async def test_a_second_application_signs_in_without_a_page(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()

    response = await browser.get("/authorize", params=asked(prompt="none"))

    assert "code" in answer(response)


async def test_signing_out_ends_the_session_and_its_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()

    response = await browser.get(
        "/logout",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": "http://localhost:8001/signed-out",
            "state": "bye",
        },
    )

    assert response.headers["location"] == "http://localhost:8001/signed-out?state=bye"
    assert response.headers["clear-site-data"] == '"cache"'
    silent = await browser.get("/authorize", params=asked(prompt="none"))
    assert answer(silent)["error"] == "login_required"
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
