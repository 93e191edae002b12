"""Client metadata is refused with every problem at once, or becomes a client."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.metadata import InvalidMetadata, Offer, offer_of, read_metadata
from idp.config.settings import Resource, Settings
from idp.records.client import Client, RefreshPolicy
from idp.store.clients import METADATA_FIELDS, client_of, metadata_of

OFFER = Offer(
    scopes=frozenset({"openid", "profile", "email", "offline_access", "invoices:read"}),
    resources=frozenset({"https://api.example"}),
    is_loopback_issuer=False,
)
ED25519 = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8037 appendix A.2.
SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}


def _problems(metadata: dict[str, Any], client_id: str = "shop") -> list[str]:
    with pytest.raises(InvalidMetadata) as caught:
        read_metadata(client_id, metadata, OFFER)
    return [str(problem) for problem in caught.value.problems]


def test_least_metadata_is_a_code_client() -> None:
    client = read_metadata("shop", SHOP, OFFER)
    assert client.grant_types == {"authorization_code"}
    assert client.response_types == {"code"}
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert not client.is_first_party
    assert not client.is_demo


def test_all_metadata_survives_storage() -> None:
    metadata = {
        **SHOP,
        "client_name#fr": "Boutique",
        "policy_uri#fr": "https://shop.example/vie-privee",
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "post_logout_redirect_uris": ["https://shop.example/bye"],
        "initiate_login_uri": "https://shop.example/login",
        "client_uri": "https://shop.example",
        "logo_uri": "https://shop.example/logo.png",
        "policy_uri": "https://shop.example/privacy",
        "tos_uri": "https://shop.example/terms",
        "contacts": ["dev@shop.example"],
        "scope": "email invoices:read offline_access openid",
        "resources": ["https://api.example"],
        "is_first_party": True,
        "may_introspect": True,
        "refresh": "session",
        "id_token_signed_response_alg": "ES256",
        "default_max_age": 3600,
        "require_auth_time": True,
        "default_acr_values": ["urn:x"],
        "minimum_acr": "2",
        "asks_new_browsers": True,
        "subject_type": "public",
        "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": ED25519, "use": "sig"}]},
        "token_endpoint_auth_signing_alg": "EdDSA",
        "request_object_signing_alg": "EdDSA",
        "request_object_encryption_alg": "RSA-OAEP-256",
        "request_object_encryption_enc": "A256GCM",
        "request_uris": ["https://shop.example/request#digest"],
        "sector_identifier_uri": "https://shop.example/sector",
        "frontchannel_logout_uri": "https://shop.example/front",
        "frontchannel_logout_session_required": True,
        "backchannel_logout_uri": "https://shop.example/back",
        "backchannel_logout_session_required": True,
        "software_id": "shop",
        "software_version": "1.2",
    }
    client = read_metadata("shop", metadata, OFFER)
    assert client.localized == {
        "client_name#fr": "Boutique",
        "policy_uri#fr": "https://shop.example/vie-privee",
    }
    assert client.refresh is RefreshPolicy.SESSION
    assert client_of("shop", metadata_of(client)) == client
    stored = metadata_of(client)
    assert {name: sorted(value) if isinstance(value, list) else value for name, value in stored.items()} == {
        name: sorted(value) if isinstance(value, list) else value for name, value in metadata.items()
    }


def test_every_field_of_a_client_is_stored() -> None:
    assert set(METADATA_FIELDS) >= {"is_demo", "localized", "scopes"}
    assert client_of("x", metadata_of(Client(client_id="x", client_name="X", is_demo=True))).is_demo  # type: ignore[arg-type]


def test_default_max_age_of_zero_is_kept() -> None:
    client = read_metadata("shop", {**SHOP, "default_max_age": 0}, OFFER)
    assert client_of("shop", metadata_of(client)).default_max_age == 0


def test_every_problem_is_told_at_once() -> None:
    assert _problems({"redirect_uris": "x", "bogus": 1, "contacts": [1]}, client_id="../x") == [
        "client_id: is not 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit",
        "client_name: is missing: people read it when they approve",
        "redirect_uris: is not a list of texts",
        "bogus: is no member that we know",
        "contacts: is not a list of texts",
    ]


@pytest.mark.requirement("S3", "S11", "S12")
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"redirect_uris": ["http://shop.example/cb"]}, "redirect_uris: http://shop.example/cb is not https"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris: javascript:alert(1) is not https"),
        (
            {"redirect_uris": []},
            "redirect_uris: is empty, but the answer to an authorization request goes there",
        ),
        ({"redirect_uris": ["https://a.example"] * 2}, "redirect_uris: holds something twice"),
        (
            {"post_logout_redirect_uris": ["https://shop.example/#"]},
            "post_logout_redirect_uris: https://shop.example/# has a fragment",
        ),
        ({"logo_uri": "data:image/svg+xml,x"}, "logo_uri: data:image/svg+xml,x is not https"),
        ({"grant_types": ["implicit"]}, "response_types: has none that goes with the grant type implicit"),
        ({"grant_types": {"authorization_code": 1}}, "grant_types: is not a list of texts"),
        ({"grant_types": ["password", "authorization_code"]}, "grant_types: 'password' is none of"),
        ({"response_types": ["code", "token"]}, "response_types: 'token' is none of code"),
        ({"response_types": []}, "response_types: has none that goes with the grant type authorization_code"),
        ({"grant_types": ["client_credentials"]}, "redirect_uris: is of no use without"),
        ({"refresh": "session"}, "refresh: session needs the grant type refresh_token"),
        ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method: is none of"),
        ({"token_endpoint_auth_method": ["none"]}, "token_endpoint_auth_method: is none of"),
        ({"client_name": "A\u200bB"}, "client_name: holds unprintable characters"),
        ({"client_name": "A\ud800"}, "client_name: holds unprintable characters"),
        ({"client_name": " "}, "client_name: is empty"),
        ({"client_name": None}, "client_name: is not a text"),
        ({"contacts": ["a\0b@shop.example"]}, "contacts: holds unprintable characters"),
        ({"scope": "openid " * 400}, "scope: is longer than 2048 characters"),
        ({"request_uris": ["https://shop.example/"] * 51}, "request_uris: has more than 50 items"),
        ({"scope": "openid admin"}, "scope: 'admin' is no scope"),
        ({"scope": "openid offline_access"}, "scope: offline_access needs"),
        ({"resources": ["https://other.example"]}, "resources: https://other.example is no resource"),
        ({"contacts": ["nobody"]}, "contacts: 'nobody' is not an e-mail address"),
        ({"default_max_age": -1}, "default_max_age: is not a number of seconds"),
        ({"default_max_age": True}, "default_max_age: is not a number of seconds"),
        ({"is_first_party": "yes"}, "is_first_party: is neither true nor false"),
        ({"minimum_acr": "4"}, "minimum_acr: is none of"),
        ({"minimum_acr": "0"}, "minimum_acr: is none of"),
        ({"minimum_acr": 2}, "minimum_acr: is none of"),
        ({"asks_new_browsers": 1}, "asks_new_browsers: is neither true nor false"),
        ({"requests_per_minute": 0}, "requests_per_minute: is not a number of"),
        ({"requests_per_minute": True}, "requests_per_minute: is not a number of"),
        ({"assertion_audiences": "endpoint"}, "assertion_audiences: is none of issuer"),
        (
            {"require_pushed_authorization_requests": "yes"},
            "require_pushed_authorization_requests: is neither",
        ),
        ({"client_name": "A\u202eB"}, "client_name: holds unprintable characters"),
        ({"client_name": "x" * 201}, "client_name: is longer than 200 characters"),
        ({"client_name#": "x"}, "client_name#: is no member that we know"),
        ({"client_uri#fr": "javascript:alert(1)"}, "client_uri#fr: javascript:alert(1) is not https"),
        ({"client_uri#fr": 1}, "client_uri#fr: is not a text"),
        ({"client_name#f": "x"}, "client_name#f: is no member that we know"),
        ({"client_name#fr_FR": "x"}, "client_name#fr_FR: is no member that we know"),
        ({"client_name#fr": "x", "client_name#FR": "y"}, "client_name#FR: is there twice"),
        ({"redirect_uris#fr": []}, "redirect_uris#fr: is no member that we know"),
        ({"is_demo": True}, "is_demo: is no member that we know"),
        ({"secrets": []}, "secrets: is no member that we know"),
    ],
)
def test_metadata_that_is_refused(change: dict[str, Any], problem: str) -> None:
    assert any(told.startswith(problem) for told in _problems({**SHOP, **change}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"grant_types": ["client_credentials"], "redirect_uris": []},
            "grant_types: client_credentials needs",
        ),
        ({"may_introspect": True}, "may_introspect: needs"),
        ({"is_first_party": True, "application_type": "native"}, "is_first_party: skips consent"),
    ],
)
def test_public_client_may_not(change: dict[str, Any], problem: str) -> None:
    told = _problems({**SHOP, "token_endpoint_auth_method": "none", **change})
    assert [one for one in told if one.startswith(problem)]


def test_resource_server_needs_no_grant() -> None:
    client = read_metadata("api", {"client_name": "API", "grant_types": [], "may_introspect": True}, OFFER)
    assert client.response_types == frozenset()


def test_problems_have_the_codes_of_registration() -> None:
    with pytest.raises(InvalidMetadata) as caught:
        read_metadata("shop", {**SHOP, "redirect_uris": ["x"], "contacts": ["x"]}, OFFER)
    assert [problem.code for problem in caught.value.problems] == [
        "invalid_redirect_uri",
        "invalid_client_metadata",
    ]


def test_offer_follows_the_configuration() -> None:
    api = Resource(identifier="https://api.example", scopes=("invoices:read",))
    offer = offer_of(Settings(issuer="http://localhost:8000", resources=(api,)))
    assert offer.scopes >= {"openid", "invoices:read"}
    assert offer.resources == {"https://api.example", "http://localhost:8000/api/v1"}
    assert offer.is_loopback_issuer


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_MEMBERS = st.sampled_from([*METADATA_FIELDS, "scope", "client_name#fr", "client_name"]) | st.text(
    max_size=10
)


@given(st.dictionaries(_MEMBERS, _JSON, max_size=6), st.text(max_size=8))
def test_anything_is_a_client_or_refused(metadata: dict[str, Any], client_id: str) -> None:
    with suppress(InvalidMetadata):
        client = read_metadata(client_id, {**SHOP, **metadata}, OFFER)
        assert client_of(client_id, metadata_of(client)) == client


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        ("fr", "Boutique"),
        ("fr-BE", "Boutique"),
        ("FR", "Boutique"),
        ("pt", "Loja"),
        ("pt-PT", "Loja"),
        ("de", "Shop"),
    ],
)
def test_a_name_is_said_in_the_language_of_the_page(locale: str, name: str) -> None:
    """OpenID Connect Registration §2.1, RFC 4647 §3.4."""
    metadata = {**SHOP, "client_name#fr": "Boutique", "client_name#pt-BR": "Loja"}
    assert read_metadata("shop", metadata, OFFER).name_in(locale) == name


def test_links_are_those_of_the_language() -> None:
    metadata = {**SHOP, "tos_uri": "https://shop.example/t", "tos_uri#fr": "https://shop.example/c"}
    client = read_metadata("shop", metadata, OFFER)
    assert (client.said("tos_uri", "fr"), client.said("tos_uri", "en")) == (
        "https://shop.example/c",
        "https://shop.example/t",
    )
    assert client.said("policy_uri", "fr") == ""
