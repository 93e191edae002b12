"""Clients that register themselves and ask for more than we do, or to sign with their secret."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.clients.metadata import DEVICE_CODE
from tests.oauth.asserting import assertion_claims, present, signed_with_secret
from tests.oauth.registration.registering import (
    OPEN,
    URI,
    Document,
    manage,
    own,
    post,
    registered,
    registering_world,
)
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.world import World

_STRICT: dict[str, Any] = {
    "require_pushed_authorization_requests": True,
    "require_signed_request_object": True,
    "dpop_bound_access_tokens": True,
    "assertion_audiences": "issuer",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
}


_DEVICE: Document = {
    "client_name": "Television",
    "grant_types": [DEVICE_CODE],
    "token_endpoint_auth_method": "none",
    "scope": "openid profile",
}


@pytest.fixture
async def signing_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Anybody may register, also what signs with its secret or is a device."""
    registration = replace(
        OPEN,
        auth_methods=("client_secret_basic", "client_secret_jwt", "private_key_jwt", "none"),
        grant_types=(
            "authorization_code",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ),
    )
    async with registering_world(database_url, tmp_path, registration=registration) as world:
        yield world


async def _secrets(world: World, held: Document) -> list[tuple[Any, ...]]:
    return await world.rows(
        f"SELECT secret_id, sealed IS NOT NULL FROM client_secret WHERE client_id = '{held['client_id']}'"
    )


async def test_a_client_signs_with_the_secret_that_it_was_given(signing_world: World) -> None:
    held = await registered(
        signing_world,
        token_endpoint_auth_method="client_secret_jwt",
        token_endpoint_auth_signing_alg="HS256",
        grant_types=["authorization_code", "client_credentials"],
        scope="profile",
    )
    assert len(held["client_secret"]) == 64
    claims = assertion_claims(signing_world, held["client_id"])
    response = await present(
        signing_world, signed_with_secret(claims, held["client_secret"]), grant_type="refresh_token"
    )
    # It is who it says, and has no such grant type.
    assert response.status_code == 400


async def test_a_secret_that_was_sent_never_signs_nor_the_other_way_round(signing_world: World) -> None:
    world = signing_world
    held = await registered(world)
    [(first, is_sealed)] = await _secrets(world, held)
    assert not is_sealed

    asked = own(held, token_endpoint_auth_method="client_secret_jwt")
    signing = success(await manage(world, held, "PUT", asked))
    [(second, is_sealed)] = await _secrets(world, held)
    assert is_sealed
    assert second != first
    assert len(signing["client_secret"]) == 64
    assert signing["client_secret"] != held["client_secret"]

    # The same way again keeps it, and nobody is told it twice.
    same = success(await manage(world, signing, "PUT", own(signing, client_name="Other")))
    assert "client_secret" not in same
    assert await _secrets(world, held) == [(second, is_sealed)]

    asked = own(same, token_endpoint_auth_method="client_secret_basic")
    sending = success(await manage(world, same, "PUT", asked))
    [(third, is_sealed)] = await _secrets(world, held)
    assert not is_sealed
    assert third != second
    assert sending["client_secret"] != signing["client_secret"]


async def test_a_stranger_may_be_stricter_with_itself(signing_world: World) -> None:
    keys = jwks(public_jwk(client_key("ES256")))

    held = await registered(signing_world, **_STRICT, jwks=keys)

    assert {name: held[name] for name in _STRICT} == _STRICT


async def test_a_stranger_does_not_choose_how_often_it_may_ask(signing_world: World) -> None:
    held = await registered(signing_world, requests_per_minute=1_000_000)
    assert "requests_per_minute" not in held
    changed = success(await manage(signing_world, held, "PUT", own(held, requests_per_minute=1_000_000)))
    assert "requests_per_minute" not in changed


async def test_a_device_registers_where_the_operator_lets_it(signing_world: World) -> None:
    response = await post(signing_world, _DEVICE)
    assert response.status_code == 201, response.text
    assert response.json()["scope"] == "openid profile"


async def test_a_device_does_not_register_elsewhere(sqlite_open_world: World) -> None:
    told = refused(await post(sqlite_open_world, _DEVICE), "invalid_client_metadata")
    assert f"{DEVICE_CODE} can't be registered here" in told


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"assertion_audiences": "endpoint"}, "assertion_audiences: is none of issuer"),
        ({"require_signed_request_object": True}, "require_signed_request_object: is true, which needs jwks"),
        ({"dpop_bound_access_tokens": "true"}, "dpop_bound_access_tokens: is neither true nor false"),
        ({"tls_client_certificate_bound_access_tokens": True}, "needs [mtls] in the configuration"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "needs [mtls] in the configuration"),
        ({"tls_client_auth_subject_dn": "CN=x"}, "tls_client_auth_subject_dn: is of no use without"),
        ({"tls_client_auth_subject_dn": ["CN=x"]}, "tls_client_auth_subject_dn: is not a text"),
        ({"tls_client_auth_subject_dn": "CN=" + "x" * 3_000}, "tls_client_auth_subject_dn: is longer than"),
    ],
)
async def test_what_can_not_be_kept_is_not_promised(
    sqlite_open_world: World, members: dict[str, Any], problem: str
) -> None:
    response = await post(sqlite_open_world, redirect_uris=[URI], **members)
    assert problem in refused(response, "invalid_client_metadata")
