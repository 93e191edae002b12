"""What anybody may read: metadata and the JWKS. RFC 8414, OpenID Connect Discovery 1.0, RFC 7517."""

import json
from typing import Any

import pytest

from tests.oauth.wire import success, tokens_of
from tests.support.world import ISSUER, World

_WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


async def _metadata(world: World) -> dict[str, Any]:
    return success(await world.browser().get(_WELL_KNOWN[0]))


@pytest.mark.requirement("S81")
async def test_both_addresses_have_the_same_document(sqlite_world: World) -> None:
    first, second = [await sqlite_world.browser().get(path) for path in _WELL_KNOWN]

    assert first.content == second.content
    assert first.headers["content-type"] == "application/json"
    assert first.json()["issuer"] == ISSUER
    forged = await sqlite_world.browser(headers={"x-forwarded-host": "evil.example"}).get(_WELL_KNOWN[0])
    assert forged.content == first.content


async def test_every_endpoint_answers(sqlite_world: World) -> None:
    browser = sqlite_world.browser()

    for name, url in (await _metadata(sqlite_world)).items():
        if not name.endswith(("_endpoint", "_uri")):
            continue
        assert url.startswith(ISSUER + "/")
        responses = [await browser.get(url), await browser.http.post(url)]
        assert {response.status_code for response in responses} - {404, 405}, name
        assert all(response.status_code < 500 for response in responses)


async def test_every_published_algorithm_has_a_key(sqlite_world: World) -> None:
    metadata = await _metadata(sqlite_world)
    keys = success(await sqlite_world.browser().get("/jwks"))["keys"]

    published = {(key["use"], key["alg"]) for key in keys}
    assert published == {
        *(("sig", name) for name in metadata["id_token_signing_alg_values_supported"]),
        *(("enc", name) for name in metadata["request_object_encryption_alg_values_supported"]),
    }


async def test_a_copy_is_confirmed_without_sending_it_again(sqlite_world: World) -> None:
    browser = sqlite_world.browser()

    for path in (*_WELL_KNOWN, "/jwks"):
        first = await browser.get(path)
        assert first.headers["cache-control"].startswith("public, max-age=")
        again = await browser.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        listed = await browser.get(path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
        assert listed.status_code == 304
        other = await browser.get(path, headers={"if-none-match": '"other"'})
        assert other.content == first.content
        head = await browser.http.head(path)
        assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])


@pytest.mark.requirement("S77")
async def test_the_jwks_holds_public_keys_with_names_of_their_own(world: World) -> None:
    response = await world.browser().get("/jwks")

    assert response.headers["content-type"] == "application/jwk-set+json"
    keys = response.json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert set(key) <= {"kty", "use", "alg", "kid", "crv", "x", "y", "n", "e"}
        assert key["kty"] in ("RSA", "EC", "OKP")
        assert key["use"] in ("sig", "enc")


async def test_the_etag_changes_with_the_keys(world: World) -> None:
    browser = world.browser()
    before = (await browser.get("/jwks")).headers["etag"]
    house = world.house

    await house.succession.withdraw("ES256", world.clock.now())
    world.clock.pass_(house.settings.keys.cache_seconds)

    changed = await browser.get("/jwks", headers={"if-none-match": before})
    assert changed.status_code == 200
    assert changed.headers["etag"] != before


@pytest.mark.requirement("S78")
async def test_tokens_of_a_withdrawn_key_are_dead(world: World) -> None:
    house = world.house
    browser = world.browser()
    tokens = await tokens_of(world)
    asked = {"token": tokens["access_token"]}
    assert success(await browser.call("/introspect", "introspector", **asked))["active"] is True

    await house.succession.withdraw("ES256", world.clock.now())
    world.clock.pass_(house.settings.keys.cache_seconds)

    assert success(await browser.call("/introspect", "introspector", **asked)) == {"active": False}


async def test_anybody_may_read_them(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers={"origin": "https://spa.example"})

    for path in (*_WELL_KNOWN, "/jwks"):
        response = await browser.get(path)
        assert response.headers["access-control-allow-origin"] == "*"
        assert "set-cookie" not in response.headers
        json.loads(response.content)
