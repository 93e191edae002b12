"""Request objects by value. OpenID Connect Core §6.1, RFC 9101. What they may say is what any request may say."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.oauth.asking import (
    CALLBACK,
    JAR,
    ask,
    is_asking,
    is_page,
    object_claims,
    refusal,
    register_asker,
    request_object,
    unsigned,
)
from tests.oauth.wire import success
from tests.support.client_keys import client_key, jwks, public_jwk, signed
from tests.support.world import CHALLENGE, ISSUER, START, Browser, World, answer, asked

OBJECT_URI = "https://jar.example/object.jwt"


async def signed_in(world: World, **parameters: str) -> httpx2.Response:
    """The answer to a request, by somebody who signs in first."""
    browser = world.browser()
    page = await browser.follow(await browser.get("/authorize", params=parameters))
    return await browser.follow(
        await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
    )


async def redeemed(browser: Browser, code: str, redirect_uri: str = CALLBACK) -> dict[str, Any]:
    return success(
        await browser.http.post(
            "/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": "v" * 43,
                "client_id": "jar",
                "client_secret": "jar-secret",
            },
        )
    )


@pytest.fixture
async def jar_world(world: World) -> World:
    await register_asker(world, request_uris=(OBJECT_URI,))
    return world


@pytest.fixture
async def sqlite_jar_world(sqlite_world: World) -> World:
    await register_asker(sqlite_world, request_uris=(OBJECT_URI,))
    return sqlite_world


async def test_what_a_signed_object_asks_is_granted(jar_world: World) -> None:
    """oidcc-request-uri-signed-rs256 and its like by value: state and nonce are in the object alone."""
    jar_world.outside.documents[OBJECT_URI] = request_object(jar_world, state="by reference").encode()
    for state, sent in (
        ("inner state", {"request": request_object(jar_world)}),
        ("by reference", {"request_uri": OBJECT_URI}),
    ):
        found = answer(await signed_in(jar_world, **JAR, **sent))
        assert (found["state"], found["iss"]) == (state, ISSUER)
        tokens = await redeemed(jar_world.browser(), found["code"])
        claims = jar_world.house.keyring.verify(tokens["id_token"], typ="JWT")
        assert claims["nonce"] == "inner nonce"


async def test_an_interaction_keeps_what_the_object_said(jar_world: World) -> None:
    """So reloads need no object again: it may have expired, or be gone from its address."""
    jar_world.outside.documents[OBJECT_URI] = request_object(jar_world).encode()
    browser = jar_world.browser()
    page = await browser.follow(await browser.get("/authorize", params={**JAR, "request_uri": OBJECT_URI}))
    jar_world.outside.documents.clear()
    jar_world.clock.pass_(400)
    assert 'id="login"' in (await browser.get(str(page.url))).text

    response = await browser.submit(page, username="aa11111-ovh", password="correct horse battery")

    assert answer(await browser.follow(response))["state"] == "inner state"
    assert jar_world.outside.fetched == [OBJECT_URI]
    ((kept,),) = await jar_world.rows("SELECT parameters FROM interaction")
    assert set(json.loads(kept)) <= {*JAR, "state", "nonce", "code_challenge", "code_challenge_method"}


async def test_what_is_in_the_object_comes_first_and_the_rest_counts_beside_it(
    sqlite_jar_world: World,
) -> None:
    """Core §6.1. Authlib deviation 11: state inside the object was lost on denial."""
    request = request_object(sqlite_jar_world, prompt="none", code_challenge=None, scope=None)
    response = await ask(
        sqlite_jar_world, request, state="outer", prompt="login", nonce="outer", code_challenge=CHALLENGE
    )
    found = refusal(response)
    assert (found["error"], found["state"]) == ("login_required", "inner state")

    # Who puts claims alone into an object.
    claims = request_object(
        sqlite_jar_world, **dict.fromkeys([*JAR, "state", "nonce"]), claims={"userinfo": {"email": None}}
    )
    assert is_asking(await ask(sqlite_jar_world, claims, code_challenge=CHALLENGE, state="outer"))


async def test_an_object_needs_nothing_but_client_id_beside_it(sqlite_jar_world: World) -> None:
    """RFC 9101 §5; without a client nobody could tell whose object it is."""
    nothing = dict.fromkeys(("response_type", "scope", "redirect_uri"), "")
    assert is_asking(await ask(sqlite_jar_world, request_object(sqlite_jar_world), **nothing))
    assert is_page(await ask(sqlite_jar_world, request_object(sqlite_jar_world), client_id="", **nothing))


async def test_the_redirect_uri_of_the_object_wins(sqlite_jar_world: World) -> None:
    """oidcc-ensure-request-object-with-redirect-uri: a bad one outside, a good one inside. The other way is a page."""
    elsewhere = "https://evil.example/callback"
    good, second = (
        request_object(sqlite_jar_world),
        request_object(sqlite_jar_world, redirect_uri=CALLBACK + "?second"),
    )
    bad = request_object(sqlite_jar_world, redirect_uri=elsewhere)
    assert is_asking(await ask(sqlite_jar_world, good, redirect_uri=elsewhere))
    found = await signed_in(sqlite_jar_world, **JAR, request=second)
    assert found.headers["location"].startswith(f"{CALLBACK}?second&code=")

    assert is_page(await ask(sqlite_jar_world, bad))
    assert is_page(await ask(sqlite_jar_world, bad, redirect_uri=elsewhere))
    assert is_page(await ask(sqlite_jar_world, bad, redirect_uri=""))


async def test_errors_of_the_request_go_where_the_object_says(sqlite_jar_world: World) -> None:
    request = request_object(sqlite_jar_world, redirect_uri=CALLBACK + "?second", scope="unknown")
    response = await ask(sqlite_jar_world, request, state="outer")
    assert response.headers["location"].startswith(f"{CALLBACK}?second")
    assert (answer(response)["error"], answer(response)["state"]) == ("invalid_scope", "inner state")


async def test_the_parameters_of_an_object_have_their_own_types(sqlite_jar_world: World) -> None:
    typed = {
        "max_age": 600,
        "claims": {"id_token": {"acr": None}},
        "resource": ["https://api.example.test"],
        "scope": "openid",
        "extra": {"foo": ["bar"]},
        "display": "",
        "jti": "one",
    }
    for name, value in typed.items():
        assert is_asking(await ask(sqlite_jar_world, request_object(sqlite_jar_world, **{name: value}))), name
    assert is_asking(await ask(sqlite_jar_world, request_object(sqlite_jar_world, ui_locales=None)))


async def test_clocks_may_differ_by_a_minute(sqlite_jar_world: World) -> None:
    now = sqlite_jar_world.clock.now()
    request = request_object(sqlite_jar_world, exp=now - 59, nbf=now + 59.5, iat=now + 59)
    assert is_asking(await ask(sqlite_jar_world, request))
    bare = request_object(sqlite_jar_world, iss=None, aud=[ISSUER, "x"], iat=None, exp=None)
    assert is_asking(await ask(sqlite_jar_world, bare))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_every_algorithm_of_ours_serves_and_the_registered_one_alone(
    sqlite_world: World, algorithm: str
) -> None:
    """Authlib deviation 11: PS256 and EdDSA were refused, and request_object_signing_alg went unchecked."""
    keys = jwks(*(public_jwk(client_key(name)) for name in ("RS256", "ES256", "EdDSA")))
    await register_asker(sqlite_world, jwks=keys)
    await register_asker(sqlite_world, "strict", jwks=keys, request_object_signing_alg=algorithm)
    for name in ("RS256", "PS256", "ES256", "EdDSA"):
        key = client_key("RS256" if name == "PS256" else name)
        request = signed(object_claims(sqlite_world), key, name)
        assert is_asking(await ask(sqlite_world, request))
        request = signed(object_claims(sqlite_world, "strict"), key, name)
        response = await ask(sqlite_world, request, client_id="strict")
        if name == algorithm:
            assert is_asking(response)
        else:
            assert refusal(response)["error"] == "invalid_request_object"


async def test_unsigned_objects_are_taken_where_they_are_allowed(excepting_world: World) -> None:
    """oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported. Authlib deviation 11: alg none was
    accepted from everybody.
    """
    world = excepting_world
    await register_asker(world, jwks=None, request_uris=(OBJECT_URI,))
    await register_asker(world, "lax", request_object_signing_alg="none")
    await register_asker(world, "strict", request_object_signing_alg="RS256")
    assert is_asking(await ask(world, unsigned(object_claims(world))))
    world.outside.documents[OBJECT_URI] = unsigned(object_claims(world, iss=None, aud=None)).encode()
    assert is_asking(await ask(world, request_uri=OBJECT_URI + "#q8fk"))
    assert is_asking(await ask(world, unsigned(object_claims(world, "lax")), client_id="lax"))
    for client_id, request in (
        ("strict", unsigned(object_claims(world, "strict"))),
        ("lax", signed(object_claims(world, "lax"), client_key())),
        ("jar", unsigned(object_claims(world)) + "AAAA"),
        ("jar", unsigned(object_claims(world, exp=START - 100))),
    ):
        found = refusal(await ask(world, request, client_id=client_id))
        assert found["error"] == "invalid_request_object"


async def test_both_ways_at_once_are_refused(sqlite_jar_world: World) -> None:
    request = request_object(sqlite_jar_world)
    found = refusal(await ask(sqlite_jar_world, request, request_uri=OBJECT_URI, state="outer"))
    assert (found["error"], found["state"]) == ("invalid_request", "outer")
    assert sqlite_jar_world.outside.fetched == []
    # A name without a value counts as left out (RFC 6749 §3.1); a repeated one is refused.
    query = urlencode([*JAR.items(), ("request", request), ("request_uri", "")])
    assert is_asking(await sqlite_jar_world.browser().get(f"/authorize?{query}"))
    query = urlencode([*JAR.items(), ("request", request), ("request", request)])
    assert refusal(await sqlite_jar_world.browser().get(f"/authorize?{query}"))["error"] == "invalid_request"


async def test_keys_at_an_address_are_fetched_anew_for_an_unknown_kid(sqlite_world: World) -> None:
    world, uri = sqlite_world, "https://jar.example/jwks"
    await register_asker(world, jwks=None, jwks_uri=uri)
    first, second = client_key("ES256", 1), client_key("ES256", 2)
    world.outside.documents[uri] = json.dumps(jwks(public_jwk(first, kid="1"))).encode()
    assert is_asking(await ask(world, signed(object_claims(world), first, "ES256", kid="1")))
    world.outside.documents[uri] = json.dumps(jwks(public_jwk(second, kid="2"))).encode()
    world.clock.pass_(60)
    assert is_asking(await ask(world, signed(object_claims(world), second, "ES256", kid="2")))
    found = refusal(await ask(world, signed(object_claims(world), first, "ES256", kid="1")))
    assert found["error"] == "invalid_request_object"


async def test_ordinary_requests_stay_as_they_were(sqlite_jar_world: World) -> None:
    response = await sqlite_jar_world.browser().get("/authorize", params=asked())
    assert is_asking(response)
