"""What one member of client metadata promises, another has to make possible: addresses, keys, exceptions."""

from dataclasses import replace
from typing import Any

import pytest

from idp.clients.metadata import InvalidMetadata, Offer, offer_of, read_metadata
from idp.config.exceptions import Exceptions
from idp.config.settings import Settings

OFFER = Offer(scopes=frozenset({"openid"}), resources=frozenset(), is_loopback_issuer=False)
EXCEPTING = replace(
    OFFER,
    response_types=("code", "id_token", "code id_token", "code token"),
    unsigned=True,
    without_pkce=True,
)
SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}
NATIVE = {"client_name": "App", "application_type": "native", "token_endpoint_auth_method": "none"}
URI = "https://shop.example/x"

# RFC 8037 appendix A.2 and A.6 without the private half, RFC 7517 appendix A.1.
SIGNING = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
AGREEING = {"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}
EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}


def _problems(change: dict[str, Any], offer: Offer = OFFER, base: dict[str, Any] = SHOP) -> list[str]:
    try:
        read_metadata("shop", {**base, **change}, offer)
    except InvalidMetadata as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "javascript://shop.example/%0Aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "about:blank",
        "blob:https://shop.example/x",
        "//shop.example/cb",
        "/cb",
        "",
        "https:shop.example",
        "https://shop.example/cb#x",
        "https://*.shop.example/cb",
        "https://user@shop.example/cb",
        "https://shop.example@evil.example/cb",
        "https://shop.example\\@evil.example/cb",
        "https://shop.example/../cb",
        "https://shop.example/%2e%2e/cb",
        "http://shop.example/cb",
        "http://localhost/cb",
        "com.example.app:/cb",
        "https://münchen.example/cb",
        "https://shop.example:99999/cb",
        "https://shop.example/cb\r\nx",
    ],
)
def test_a_redirect_uri_that_no_web_client_may_have(uri: str) -> None:
    """Authlib deviation 25: http and `javascript://host` pass there, and invalid_redirect_uri is never said."""
    with pytest.raises(InvalidMetadata) as caught:
        read_metadata("shop", {**SHOP, "redirect_uris": [uri]}, OFFER)
    assert {problem.member for problem in caught.value.problems} == {"redirect_uris"}
    assert {problem.code for problem in caught.value.problems} <= {
        "invalid_redirect_uri",
        "invalid_client_metadata",
    }


@pytest.mark.parametrize(
    "uri", ["com.example.app:/cb", "http://127.0.0.1/cb", "http://[::1]:4000/cb", "https://app.example/cb"]
)
def test_a_redirect_uri_of_a_native_client(uri: str) -> None:
    """Authlib deviation 25: `com.example.app:/cb` is refused there. RFC 8252 §7."""
    assert _problems({"redirect_uris": [uri]}, base=NATIVE) == []


@pytest.mark.parametrize(
    "uri", ["app:/cb", "javascript:/x", "data:/x", "http://localhost/cb", "mailto:a@b.example"]
)
def test_a_redirect_uri_that_no_native_client_may_have(uri: str) -> None:
    assert _problems({"redirect_uris": [uri]}, base=NATIVE)


def test_redirect_uris_are_required_where_an_answer_goes_somewhere() -> None:
    """Authlib deviation 25: they are optional there."""
    assert _problems({}, base={"client_name": "Shop"}) == [
        "redirect_uris: is empty, but the answer to an authorization request goes there"
    ]


@pytest.mark.parametrize(
    "member",
    [
        "initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "sector_identifier_uri",
        "frontchannel_logout_uri", "backchannel_logout_uri", "logo_uri#fr", "client_uri#de", "policy_uri#pt-BR",
        "tos_uri#es",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "uri", ["http://shop.example/x", "javascript:alert(1)", "https://shop.example/x#y", "x", "https://"]
)
def test_every_address_is_https_without_a_fragment(member: str, uri: str) -> None:
    assert any(problem.startswith(f"{member}: ") for problem in _problems({member: uri}))
    assert _problems({member: URI}) == []


@pytest.mark.parametrize(
    ("uris", "problem"),
    [
        ([f"{URI}#sha256"], ""),
        (["http://shop.example/r"], "request_uris: http://shop.example/r is not https"),
        (["https://shop.example/" + "x" * 492], "is longer than 512 characters"),
        ([f"https://shop.example/{each}" for each in range(21)], "request_uris: has more than 20 items"),
    ],
)
def test_request_uris(uris: list[str], problem: str) -> None:
    told = _problems({"request_uris": uris})
    assert any(problem in one for one in told) if problem else told == []


def test_a_front_channel_logout_is_where_a_redirect_uri_is() -> None:
    """Front-Channel Logout §2: the same domain, port and scheme."""
    for uri in ("https://other.example/x", "https://shop.example:8443/x"):
        assert _problems({"frontchannel_logout_uri": uri}) == [
            f"frontchannel_logout_uri: {uri} has not the scheme, host and port of a redirect URI"
        ]
    assert _problems({"frontchannel_logout_uri": "https://shop.example:443/x?y=z"}) == []
    assert _problems({"backchannel_logout_session_required": True}) == [
        "backchannel_logout_session_required: is of no use without backchannel_logout_uri"
    ]


def test_pairwise_identifiers_of_several_hosts_need_a_sector() -> None:
    """OpenID Connect Core §8.1."""
    several = {"redirect_uris": ["https://a.example/cb", "https://b.example/cb"], "subject_type": "pairwise"}
    assert _problems(several) == [
        "sector_identifier_uri: is missing: pairwise identifiers of several hosts need it (OpenID Connect Core §8.1)"
    ]
    assert _problems({**several, "sector_identifier_uri": "https://a.example/sector"}) == []
    assert _problems({"subject_type": "pairwise"}) == []
    # A host that a private scheme names is nobody's, so it is not the same one.
    posing = {
        "application_type": "native",
        "redirect_uris": ["https://a.example/cb", "com.b.app://a.example/cb"],
    }
    assert _problems({**several, **posing}) == _problems(several)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"jwks": {"keys": [SIGNING]}, "jwks_uri": URI}, "jwks: excludes jwks_uri"),
        ({"jwks": {"keys": [{**SIGNING, "d": "x"}]}}, "jwks: holds a private or symmetric key"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}, "jwks: holds a private or symmetric key"),
        ({"jwks": {"keys": [{**SIGNING, "kid": "a"}] * 2}}, "jwks: has two keys of the same kid"),
        ({"jwks": {"keys": [SIGNING] * 33}}, "jwks: has more than 32 keys"),
        ({"jwks": {"keys": [[]]}}, "jwks: is not a JWK set"),
        ({"jwks": []}, "jwks: is not a JWK set"),
        ({"jwks": {"keys": [{"kty": "\ud800"}]}}, "jwks: holds half a character"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method: is private_key_jwt"),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [AGREEING]}},
            "jwks: has no key that token_endpoint_auth_method",
        ),
        ({"request_object_signing_alg": "ES256"}, "request_object_signing_alg: is ES256, which needs"),
        (
            {"request_object_signing_alg": "ES256", "jwks": {"keys": [SIGNING]}},
            "jwks: has no key for request_object_signing_alg ES256",
        ),
        (
            {"userinfo_encrypted_response_alg": "RSA-OAEP-256"},
            "userinfo_encrypted_response_alg: needs jwks_uri or",
        ),
        (
            {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [EC]}},
            "jwks: has no key for id_token_encrypted_response_alg RSA-OAEP-256",
        ),
        (
            {"id_token_encrypted_response_enc": "A256GCM"},
            "id_token_encrypted_response_enc: needs id_token_encrypted",
        ),
        ({"request_object_encryption_enc": "A256GCM"}, "request_object_encryption_enc: needs request_object"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg: is none of"),
        ({"id_token_encrypted_response_alg": "RSA1_5"}, "id_token_encrypted_response_alg: is none of"),
    ],
)
def test_keys_that_are_missing_or_wrong(change: dict[str, Any], problem: str) -> None:
    assert any(told.startswith(problem) for told in _problems(change)), _problems(change)


def test_content_is_encrypted_in_the_usual_way_unless_said() -> None:
    """OpenID Connect Registration §2: A128CBC-HS256."""
    metadata = {**SHOP, "jwks": {"keys": [EC]}, "id_token_encrypted_response_alg": "ECDH-ES"}
    assert read_metadata("shop", metadata, OFFER).id_token_encrypted_response_enc == "A128CBC-HS256"
    metadata |= {"id_token_encrypted_response_enc": "A256GCM"}
    assert read_metadata("shop", metadata, OFFER).id_token_encrypted_response_enc == "A256GCM"


@pytest.mark.parametrize("keys", [{"jwks": {"keys": [EC]}}, {"jwks_uri": URI}])
def test_a_client_with_keys_of_its_own(keys: dict[str, Any]) -> None:
    change = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "request_object_signing_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
        **keys,
    }
    client = read_metadata("shop", {**SHOP, **change}, OFFER)
    assert not client.has_secret
    assert not client.is_public


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"require_pkce": False}, "require_pkce: is false, which exceptions.require_pkce"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg: is none, which exceptions"),
        ({"request_object_signing_alg": "none"}, "request_object_signing_alg: is none, which exceptions"),
    ],
)
def test_an_exception_needs_the_configuration(change: dict[str, Any], problem: str) -> None:
    assert [told for told in _problems(change) if told.startswith(problem)]
    assert _problems(change, EXCEPTING) == []


def test_no_public_client_goes_without_pkce() -> None:
    change = {"token_endpoint_auth_method": "none", "require_pkce": False}
    assert _problems(change, EXCEPTING)[0].startswith("require_pkce: is what protects the codes")


@pytest.mark.parametrize("response_type", ["id_token", "code id_token"])
def test_an_id_token_that_comes_through_the_browser_is_signed(response_type: str) -> None:
    """Authlib deviation 25: none passes there for implicit, since it looks at another member."""
    change = {
        "response_types": [response_type],
        "grant_types": ["authorization_code", "implicit"] if "code" in response_type else ["implicit"],
        "id_token_signed_response_alg": "none",
    }
    assert [told for told in _problems(change, EXCEPTING) if "comes through the browser is signed" in told]
    change |= {"response_types": ["code token"], "grant_types": ["authorization_code", "implicit"]}
    assert _problems(change, EXCEPTING) == []


def test_offer_follows_the_exceptions() -> None:
    settings = Settings(issuer="https://login.example")
    assert offer_of(settings).unsigned is offer_of(settings).without_pkce is False
    excepting = Exceptions(allow_unsigned=True, require_pkce=False, legacy_response_types=True)
    offer = offer_of(replace(settings, exceptions=excepting))
    assert offer.unsigned
    assert offer.without_pkce
    assert "code id_token token" in offer.response_types
