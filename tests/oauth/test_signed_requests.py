"""Clients whose requests are signed objects and nothing else: RFC 9101 §10.5, FAPI 2.0 Message Signing §5.3.1."""

from json import dumps
from typing import Any

import httpx2
import pytest

from tests.oauth.asking import (
    CALLBACK,
    JAR,
    ask,
    encrypted,
    is_asking,
    object_claims,
    refusal,
    register_asker,
    request_object,
    unsigned,
)
from tests.oauth.pushing import come, sign_in, visitor
from tests.oauth.wire import refused
from tests.support.client_keys import client_key, signed
from tests.support.world import CHALLENGE, ISSUER, World, answer, basic


async def _register(world: World, **metadata: Any) -> None:
    await register_asker(world, require_signed_request_object=True, **metadata)


def _claims(world: World, **claims: Any) -> dict[str, Any]:
    return object_claims(world, **{"nbf": world.clock.now(), **claims})


async def _push(world: World, request: str = "", **form: str) -> httpx2.Response:
    sent = {"request": request, **form} if request else form
    return await world.browser().http.post("/par", data=sent, headers={"authorization": basic("jar")})


async def test_signed_object_is_all_that_counts(world: World) -> None:
    await _register(world)
    token = signed(_claims(world, state=None), client_key())
    beside = {"state": "outer", "scope": "openid email", "nonce": "outer", "prompt": "none"}
    assert is_asking(await ask(world, token, **beside))
    browser = visitor(world)
    page = await browser.follow(await browser.get("/authorize", params={**JAR, "request": token, **beside}))
    assert "state" not in answer(await sign_in(browser, page))

    response = await _push(world, token)
    assert response.status_code == 201
    assert "state" not in answer(await come(browser, response.json()["request_uri"], "jar"))


async def test_without_an_object_nothing_is_taken(world: World) -> None:
    """fapi2-…-ensure-unsigned-request-at-par-endpoint-fails."""
    await _register(world)
    form = {**JAR, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    refused(await _push(world, **form), "invalid_request")
    found = refusal(await ask(world, **form))
    assert found["error"] == "invalid_request"


async def test_object_without_signature_is_refused_even_where_it_is_an_exception(
    excepting_world: World,
) -> None:
    """fapi2-…-ensure-request-object-signature-algorithm-is-not-none."""
    await _register(excepting_world)
    token = unsigned(_claims(excepting_world))
    refused(await _push(excepting_world, token), "invalid_request_object")
    assert refusal(await ask(excepting_world, token))["error"] == "invalid_request_object"


async def test_encrypting_is_not_signing(excepting_world: World) -> None:
    """CVE-2026-9793 (Keycloak): an encrypted object skipped the rule that it has to be signed."""
    await _register(excepting_world)
    inside = signed(_claims(excepting_world), client_key())
    assert (await _push(excepting_world, await encrypted(excepting_world, inside))).status_code == 201
    token = await encrypted(excepting_world, dumps(_claims(excepting_world)))
    refused(await _push(excepting_world, token), "invalid_request_object")


@pytest.mark.parametrize(
    ("claims", "is_taken"),
    [
        ({}, True),
        ({"aud": [ISSUER, "https://other.example"]}, True),
        ({"nbf": 8}, True),
        ({"nbf": -3_600, "exp": 30}, False),
        ({"nbf": -3_600, "exp": 0}, True),
        ({"nbf": -3_700, "exp": -100}, False),
        ({"exp": 3_600}, True),
        ({"exp": 3_601}, False),
        ({"exp": -61}, False),
        ({"nbf": 61}, False),
        ({"exp": None}, False),
        ({"nbf": None}, False),
        ({"aud": None}, False),
        ({"aud": "https://other.example"}, False),
        ({"aud": []}, False),
        ({"iss": "other"}, False),
        ({"redirect_uri": None}, None),
    ],
)
async def test_object_is_for_us_and_for_an_hour_at_most(
    sqlite_world: World, claims: dict[str, Any], is_taken: bool | None
) -> None:
    """Times are from now. What is right but for the redirect URI is no fault of the object."""
    await _register(sqlite_world)
    now = sqlite_world.clock.now()
    timed = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    response = await _push(sqlite_world, signed(_claims(sqlite_world, **timed), client_key()))
    if is_taken:
        assert response.status_code == 201, response.text
    else:
        refused(response, "invalid_request" if is_taken is None else "invalid_request_object")


async def test_others_need_not_say_for_how_long(sqlite_world: World) -> None:
    await register_asker(sqlite_world)
    assert is_asking(await ask(sqlite_world, request_object(sqlite_world, exp=None, aud=None)))


async def test_algorithm_is_the_one_that_was_registered(sqlite_world: World) -> None:
    """fapi2-…-ensure-signed-request-object-with-RS256-fails."""
    await _register(sqlite_world, request_object_signing_alg="PS256")
    claims = _claims(sqlite_world)
    refused(await _push(sqlite_world, signed(claims, client_key())), "invalid_request_object")
    taken = await _push(sqlite_world, signed(claims, client_key(), "PS256"))
    assert taken.status_code == 201
    assert CALLBACK in str(await sqlite_world.rows("SELECT parameters FROM pushed_request"))
