"""Discovery metadata: nothing but registered names, and nothing promised that isn't there, or there and not told.
RFC 8414 §2 and §3.2, OpenID Connect Discovery 1.0 §3.
"""

import re
from dataclasses import replace
from typing import Any

import pytest

from idp.clients.metadata import GRANT_TYPES, InvalidMetadata, offer_of, read_metadata
from idp.clients.shapes import SHAPES
from idp.config.registration import Registration
from idp.config.settings import Discovery, Language, MutualTls, Server, Settings, SignUp
from idp.oauth.metadata import canonical_tag, metadata
from idp.records.key import ALGORITHMS
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from tests.oauth.asserting import (
    assertion,
    assertion_claims,
    present,
    register_secret_signer,
    register_signer,
    signed_with_secret,
)
from tests.oauth.registered_names import NAMES
from tests.oauth.wire import refused, success
from tests.support.certificates import issued
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.world import EVERY_EXCEPTION, World, basic

_STRICT = Settings(issuer="https://login.example.com")
_FULL = Settings(
    issuer="https://login.example.com",
    exceptions=EVERY_EXCEPTION,
    registration=Registration(mode="open"),
    sign_up=SignUp(open=True),
    server=Server(trusted_proxies=("192.0.2.0/24",)),
    mtls=MutualTls(header="Client-Cert", origin="https://mtls.example.com", trust_anchors="authorities.pem"),
    discovery=Discovery(
        documentation_url="https://example.com/docs",
        policy_url="https://example.com/policy",
        terms_url="https://example.com/terms",
    ),
)
_BOTH = pytest.mark.parametrize("settings", [_STRICT, _FULL], ids=["default", "everything on"])
# What a client registers for what is promised.
_REGISTERED_AS = {
    "response_types_supported": "response_types",
    "grant_types_supported": "grant_types",
    "subject_types_supported": "subject_type",
    "token_endpoint_auth_methods_supported": "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg_values_supported": "token_endpoint_auth_signing_alg",
    "id_token_signing_alg_values_supported": "id_token_signed_response_alg",
    "id_token_encryption_alg_values_supported": "id_token_encrypted_response_alg",
    "id_token_encryption_enc_values_supported": "id_token_encrypted_response_enc",
    "userinfo_signing_alg_values_supported": "userinfo_signed_response_alg",
    "userinfo_encryption_alg_values_supported": "userinfo_encrypted_response_alg",
    "userinfo_encryption_enc_values_supported": "userinfo_encrypted_response_enc",
    "introspection_signing_alg_values_supported": "introspection_signed_response_alg",
    "introspection_encryption_alg_values_supported": "introspection_encrypted_response_alg",
    "introspection_encryption_enc_values_supported": "introspection_encrypted_response_enc",
    "request_object_signing_alg_values_supported": "request_object_signing_alg",
    "request_object_encryption_alg_values_supported": "request_object_encryption_alg",
    "request_object_encryption_enc_values_supported": "request_object_encryption_enc",
}
# Every value that any of these could have, and some that none of ours has.
_VALUES = frozenset(
    {
        *ALGORITHMS, *KEY_ALGORITHMS, *CONTENT_ALGORITHMS, *GRANT_TYPES, "none", "HS256", "RS384", "ES512", "RSA1_5",
        "A128KW", "dir", "PBES2-HS256+A128KW", "A192GCM", "public", "pairwise", "client_secret_basic",
        "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
        "password", "code", "token",
        "id_token", "id_token token", "code id_token", "code token", "code id_token token",
    }
)  # fmt: skip


@_BOTH
def test_only_registered_names_are_published(settings: Settings) -> None:
    found = metadata(settings)

    assert set(found) <= NAMES
    assert set(found) >= {
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported",
        "subject_types_supported", "id_token_signing_alg_values_supported", "scopes_supported", "claims_supported",
        "userinfo_endpoint", "end_session_endpoint", "check_session_iframe",
    }  # fmt: skip
    # RFC 8414 §3.2: what has no value is left out.
    assert not {"", None} & {value for value in found.values() if isinstance(value, str | None)}
    assert [] not in found.values()


@_BOTH
def test_every_value_is_of_its_kind(settings: Settings) -> None:
    for name, value in metadata(settings).items():
        if name.endswith("_supported") and not isinstance(value, bool):
            assert all(isinstance(item, str) for item in value), name
            assert len(set(value)) == len(value), name
        elif name == "mtls_endpoint_aliases":
            assert all(place.startswith("https://mtls.example.com/") for place in value.values())
            assert set(value) <= set(metadata(settings))
        elif name.endswith(("_endpoint", "_uri", "_iframe", "documentation")) or name == "issuer":
            assert value.startswith("https://"), name
        else:
            assert isinstance(value, bool), name


def test_what_is_configured_is_told() -> None:
    found = metadata(_FULL)

    assert found["registration_endpoint"] == "https://login.example.com/register"
    assert found["service_documentation"] == "https://example.com/docs"
    assert found["op_policy_uri"] == "https://example.com/policy"
    assert found["op_tos_uri"] == "https://example.com/terms"
    assert "create" in found["prompt_values_supported"]
    assert not {"registration_endpoint", "service_documentation", "op_policy_uri"} & metadata(_STRICT).keys()


@pytest.mark.requirement("S10", "S11", "S74")
def test_the_default_promises_nothing_unsafe() -> None:
    found = metadata(_STRICT)

    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert not {"implicit", "password"} & set(found["grant_types_supported"])
    assert found["authorization_response_iss_parameter_supported"] is True
    # Absent would mean true for the one, and false for the other (Discovery §3).
    assert found["request_uri_parameter_supported"] is True
    assert found["require_request_uri_registration"] is True
    for name, values in found.items():
        if "_alg_values_" in name:
            assert not {"none", "RSA1_5", "dir"} & set(values), name
            # A secret authenticates who shares it, and signs nothing else.
            assert ("HS256" in values) is name.endswith("_endpoint_auth_signing_alg_values_supported"), name
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]


def test_exceptions_are_promised_where_they_are_on() -> None:
    found = metadata(_FULL)

    assert len(found["response_types_supported"]) == 6
    assert "implicit" in found["grant_types_supported"]
    assert {"none", "RS256"} <= set(found["id_token_signing_alg_values_supported"])
    assert {"none", "RS256"} <= set(found["request_object_signing_alg_values_supported"])
    assert "none" not in found["token_endpoint_auth_signing_alg_values_supported"]


@_BOTH
def test_what_is_promised_can_be_registered_and_nothing_else(settings: Settings) -> None:
    found, offer = metadata(settings), offer_of(settings)
    key = public_jwk(client_key())
    keys = jwks(issued().jwk(), key, public_jwk(client_key("ES256")), public_jwk(client_key("EdDSA")))

    for name, member in _REGISTERED_AS.items():
        for value in _VALUES:
            asked: dict[str, Any] = {"client_name": "x", "jwks": keys, **_asking(member, value)}
            try:
                read_metadata("x", asked, offer)
                is_taken = True
            except InvalidMetadata:
                is_taken = False
            assert is_taken is (value in found[name]), f"{member}: {value}"
    assert set(_REGISTERED_AS.values()) >= {name for name in SHAPES if name.endswith(("_alg", "_enc"))}


def _asking(member: str, value: str) -> dict[str, Any]:
    """Metadata in which nothing but `value` can be wrong."""
    places = {"redirect_uris": ["https://x.example/cb"]}
    if member == "response_types":
        grants = {"code": "authorization_code", "token": "implicit", "id_token": "implicit"}
        needed = {grants[part] for part in value.split() if part in grants}
        return {**places, "response_types": [value], "grant_types": sorted(needed or {"authorization_code"})}
    if member == "grant_types":
        types = {"authorization_code": ["code"], "refresh_token": ["code"], "implicit": ["id_token"]}.get(
            value, []
        )
        grants_of = {"refresh_token": ["authorization_code", "refresh_token"]}.get(value, [value])
        return {**(places if types else {}), "response_types": types, "grant_types": grants_of}
    if member.endswith("_enc"):
        return {**places, member: value, member.removesuffix("enc") + "alg": "RSA-OAEP-256"}
    if member.endswith("_encrypted_response_alg"):
        return {**places, member: value, member.replace("encrypted", "signed"): "RS256"}
    if value == "tls_client_auth":
        return {**places, member: value, "tls_client_auth_san_dns": "x.example"}
    if member == "token_endpoint_auth_signing_alg":
        method = "client_secret_jwt" if value.startswith("HS") else "private_key_jwt"
        return {**places, member: value, "token_endpoint_auth_method": method}
    return {**places, member: value}


async def test_every_promised_method_authenticates(sqlite_world: World) -> None:
    await register_signer(sqlite_world)
    secret = await register_secret_signer(sqlite_world, "sharer")
    browser = sqlite_world.browser()
    form = {"grant_type": "client_credentials"}
    post = {**form, "client_id": "machine", "client_secret": "machine-secret"}
    code = {"grant_type": "refresh_token", "refresh_token": "x" * 64, "client_id": "spa"}
    answers = {
        "client_secret_basic": await browser.http.post(
            "/token", data=form, headers={"authorization": basic("machine")}
        ),
        "client_secret_post": await browser.http.post("/token", data=post),
        "client_secret_jwt": await present(
            sqlite_world, signed_with_secret(assertion_claims(sqlite_world, "sharer"), secret)
        ),
        "private_key_jwt": await present(sqlite_world, assertion(sqlite_world)),
        "none": await browser.http.post("/token", data=code),
    }
    # Whoever it is, it has no such refresh token.
    refused(answers.pop("none"), "invalid_grant")
    for response in answers.values():
        success(response)
    promised = success(await browser.get("/.well-known/openid-configuration"))
    assert {*answers, "none"} == set(promised["token_endpoint_auth_methods_supported"])
    assert promised["revocation_endpoint_auth_methods_supported"] == [
        *promised["token_endpoint_auth_methods_supported"]
    ]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("fr", "fr"), ("FR", "fr"), ("pt-br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"),
     ("de-CH-1996", "de-CH-1996")],
)  # fmt: skip
def test_languages_are_written_as_bcp_47_recommends(written: str, canonical: str) -> None:
    """The certification suite warns of any other spelling."""
    assert canonical_tag(written) == canonical
    settings = replace(_STRICT, language=Language(offered=(written,), default=written))
    assert metadata(settings)["ui_locales_supported"] == [canonical]
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", canonical)
