"""Each exception works for a client alone that asked for it, and changes nothing for another. `docs/exceptions.md`.

What a test suite is spared ends at its account and its network.
"""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.clients.metadata import InvalidMetadata, offer_of, read_metadata
from idp.config.reading import read_settings
from idp.config.settings import Login, Risk, Settings
from tests.oauth.asserting import assertion, present, register_signer
from tests.oauth.wire import SPA, success
from tests.support.client_keys import base64url, client_key, jwks, public_jwk
from tests.support.world import ISSUER, VERIFIER, World, answer, is_asking, open_world, settings_for

_SECTION = Path(__file__).parents[2] / "docs" / "conformance.example.toml"
_CALLBACK = "https://old.example/cb"
_OLD = {"client_id": "old", "redirect_uri": _CALLBACK}
_WITHOUT = {"code_challenge": "", "code_challenge_method": ""}


async def _old_client(world: World, **metadata: object) -> None:
    """A first-party application, registered as validation lets it be."""
    await register_signer(
        world,
        "old",
        **{
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": frozenset({"authorization_code", "implicit"}),
            "response_types": frozenset({"code"}),
            "redirect_uris": (_CALLBACK,),
            "scopes": frozenset({"openid"}),
            "is_first_party": True,
            "jwks": None,
            **metadata,
        },
    )


def _error(location: str) -> str:
    parts = urlsplit(location)
    found = parse_qs(parts.query) | parse_qs(parts.fragment)
    assert not {"code", "id_token", "access_token"} & found.keys()
    return found["error"][0]


async def test_pkce_may_be_missing_for_a_named_confidential_client_alone(
    sqlite_excepting_world: World,
) -> None:
    world, browser = sqlite_excepting_world, sqlite_excepting_world.browser()
    await _old_client(world, require_pkce=False)

    assert "code" in answer(await browser.sign_in(**_OLD, scope="openid", **_WITHOUT))
    # Neither the manager, which didn't ask for it, nor a public client, whatever it says.
    assert answer(await browser.authorize(**_WITHOUT))["error"] == "invalid_request"
    assert answer(await browser.authorize(**SPA, **_WITHOUT))["error"] == "invalid_request"
    # Whoever may go without may still not send a weak challenge.
    plain = {"code_challenge_method": "plain"}
    assert answer(await browser.authorize(**_OLD, scope="openid", **plain))["error"] == "invalid_request"


async def test_without_the_exception_no_client_goes_without_pkce(sqlite_world: World) -> None:
    await _old_client(sqlite_world, require_pkce=False)

    response = await sqlite_world.browser().authorize(**_OLD, scope="openid", **_WITHOUT)

    assert answer(response)["error"] == "invalid_request"


def test_a_public_client_cannot_even_say_so() -> None:
    settings = Settings(issuer="https://login.example.com")
    asked = {"client_name": "x", "redirect_uris": ["https://x.example/cb"], "require_pkce": False}
    for is_on, metadata in ((False, asked), (True, {**asked, "token_endpoint_auth_method": "none"})):
        excepting = replace(settings, exceptions=replace(settings.exceptions, require_pkce=not is_on))
        with pytest.raises(InvalidMetadata, match="require_pkce"):
            read_metadata("x", metadata, offer_of(excepting))


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "code id_token", "code token"])
async def test_legacy_response_types_are_for_who_registered_them(
    sqlite_excepting_world: World, response_type: str
) -> None:
    world, browser = sqlite_excepting_world, sqlite_excepting_world.browser()
    await _old_client(world, response_types=frozenset({response_type}))

    response = await browser.sign_in(**_OLD, scope="openid", response_type=response_type)
    assert "error" not in response.headers["location"]
    # The manager registered code alone, and this one everything but code.
    refusal = await browser.authorize(response_type=response_type)
    assert _error(refusal.headers["location"]) == "unsupported_response_type"
    refusal = await browser.authorize(**_OLD, scope="openid")
    assert _error(refusal.headers["location"]) == "unsupported_response_type"


async def test_without_the_exception_nobody_gets_them(sqlite_world: World) -> None:
    await _old_client(sqlite_world, response_types=frozenset({"code", "id_token"}))

    refusal = await sqlite_world.browser().authorize(**_OLD, scope="openid", response_type="id_token")

    assert _error(refusal.headers["location"]) == "unsupported_response_type"


def _unsigned(**claims: str) -> str:
    header, payload = ({"alg": "none"}, {"client_id": "old", "iss": "old", **claims})
    return f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(payload).encode())}."


async def test_unsigned_request_objects_are_for_who_registered_no_algorithm(
    sqlite_excepting_world: World,
) -> None:
    world, browser = sqlite_excepting_world, sqlite_excepting_world.browser()
    await _old_client(world)
    await register_signer(
        world,
        "careful",
        grant_types=frozenset({"authorization_code"}),
        response_types=frozenset({"code"}),
        redirect_uris=(_CALLBACK,),
        scopes=frozenset({"openid"}),
        request_object_signing_alg="RS256",
    )

    taken = await browser.authorize(**_OLD, scope="openid", request=_unsigned(state="inside"))
    assert is_asking(taken, "login")
    careful = {"client_id": "careful", "redirect_uri": _CALLBACK, "scope": "openid"}
    unsigned = _unsigned(state="inside", client_id="careful", iss="careful")
    refusal = await browser.authorize(**careful, request=unsigned)
    assert answer(refusal)["error"] == "invalid_request_object"


async def test_without_the_exception_what_is_unsigned_is_refused(sqlite_world: World) -> None:
    await _old_client(sqlite_world, id_token_signed_response_alg="none")

    refusal = await sqlite_world.browser().authorize(**_OLD, scope="openid", request=_unsigned(state="x"))

    assert answer(refusal)["error"] == "invalid_request_object"


async def test_an_unsigned_id_token_is_for_who_registered_none(sqlite_excepting_world: World) -> None:
    world, browser = sqlite_excepting_world, sqlite_excepting_world.browser()
    signing = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(public_jwk(client_key()))}
    await _old_client(world, id_token_signed_response_alg="none", **signing)

    code = answer(await browser.sign_in(**_OLD, scope="openid"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _CALLBACK,
        "code_verifier": VERIFIER,
    }
    tokens = success(await present(world, assertion(world, "old"), **form))
    assert tokens["id_token"].startswith(base64url(b'{"alg":"none"')[:-2])
    others = success(await browser.redeem(await browser.authorize()))
    assert not others["id_token"].startswith(base64url(b'{"alg":"none"')[:-2])


async def test_an_observed_account_owes_nothing_and_others_do(sqlite_url: str, tmp_path: Path) -> None:
    settings = replace(settings_for(sqlite_url, tmp_path), risk=Risk(observed_accounts=("aa11111-ovh",)))
    async with open_world(settings) as world:
        assert "code" in answer(await world.browser().sign_in("aa11111-ovh"))
        assert is_asking(await world.browser().sign_in("bb22222-ovh"), "email-code")
        [(outcome, enforced)] = await world.rows(
            f"SELECT outcome, enforced FROM risk_decision WHERE subject_id = '{world.people['alice'].subject_id}'"
        )
        assert (outcome, enforced) == ("code", "allow")


async def test_an_unthrottled_network_waits_for_no_address_and_yet_for_an_account(
    sqlite_url: str, tmp_path: Path
) -> None:
    limits = Login(address_free_tries=2, network_free_tries=2, unthrottled_networks=("192.0.2.0/24",))
    async with open_world(replace(settings_for(sqlite_url, tmp_path), login=limits)) as world:
        for number in range(6):
            response = await world.browser().sign_in(f"zz9999{number}-ovh", "wrong")
            assert response.status_code == 422, number
        for _ in range(5):
            await world.browser().sign_in("aa11111-ovh", "wrong")
        assert (await world.browser().sign_in("aa11111-ovh", "wrong")).status_code == 429
        other = world.browser(address="198.51.100.1")
        statuses = [(await other.sign_in(f"yy9999{number}-ovh", "wrong")).status_code for number in range(3)]
        assert statuses == [422, 422, 429]


async def test_the_conformance_section_is_a_house_that_registers_old_applications(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The section alone, on the defaults."""
    environment = {
        "IDP_ISSUER": ISSUER,
        "IDP_DATABASE__URL": sqlite_url,
        "IDP_KEYS__DIRECTORY": str(tmp_path / "keys"),
        "IDP_PASSWORD__MEMORY_COST_KIB": "8",
        "IDP_PASSWORD__TIME_COST": "1",
    }
    async with open_world(read_settings(_SECTION, environment)) as world:
        browser = world.browser(address="127.0.0.1")
        found = success(await browser.get("/.well-known/openid-configuration"))
        assert len(found["response_types_supported"]) == 6
        metadata = {"redirect_uris": [_CALLBACK], "response_types": ["code"], "client_name": "suite"}
        registered = [
            await browser.http.post(found["registration_endpoint"], json=metadata) for _ in range(30)
        ]
        assert {response.status_code for response in registered} == {201}
        asked = {"client_id": registered[0].json()["client_id"], "redirect_uri": _CALLBACK}
        page = await browser.authorize(**asked, **_WITHOUT, scope="openid")
        assert is_asking(page, "login")
