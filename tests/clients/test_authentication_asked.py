"""How a client authenticates and what it binds its tokens to: one member has to fit the others."""

from typing import Any

import pytest

from idp.clients.metadata import (
    DEVICE_CODE,
    JWT_BEARER,
    TOKEN_EXCHANGE,
    InvalidMetadata,
    Offer,
    offer_of,
    read_metadata,
)
from idp.clients.shapes import AUTH_METHODS
from idp.config.settings import MutualTls, Settings
from idp.signing.distinguished_name import BadName, read_name
from idp.store.clients import client_of, metadata_of
from tests.support.certificates import issued
from tests.support.client_keys import jwks

OFFER = Offer(
    scopes=frozenset({"openid", "offline_access", "invoices:read"}),
    resources=frozenset(),
    is_loopback_issuer=False,
)
SERVICE = {"client_name": "Service", "grant_types": ["client_credentials"]}
KEYS = {
    "keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
}  # RFC 8037 appendix A.2.


def _problems(**change: Any) -> list[str]:
    try:
        read_metadata("service", {**SERVICE, **change}, OFFER)
    except InvalidMetadata as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("tls_client_auth_subject_dn", "CN=service,O=Example GmbH,C=DE"),
        ("tls_client_auth_subject_dn", "cn=service, o=Example GmbH, c=DE"),
        ("tls_client_auth_subject_dn", "emailAddress=it@example.com,CN=service"),
        ("tls_client_auth_san_dns", "service.example.com"),
        ("tls_client_auth_san_uri", "spiffe://example.com/service"),
        ("tls_client_auth_san_ip", "192.0.2.1"),
        ("tls_client_auth_san_ip", "2001:db8::1"),
        ("tls_client_auth_san_email", "service@example.com"),
    ],
)
def test_a_certificate_is_known_by_one_name(member: str, name: str) -> None:
    metadata = {**SERVICE, "token_endpoint_auth_method": "tls_client_auth", member: name}
    client = read_metadata("service", metadata, OFFER)

    assert not client.has_secret
    assert client_of("service", metadata_of(client)) == client


@pytest.mark.parametrize(
    ("member", "name", "problem"),
    [
        ("tls_client_auth_subject_dn", "service", "is no distinguished name"),
        ("tls_client_auth_subject_dn", "CN=service,,", "is no distinguished name"),
        ("tls_client_auth_subject_dn", "favourite=tea", "is no distinguished name"),
        ("tls_client_auth_subject_dn", " ", "is an empty distinguished name"),
        ("tls_client_auth_san_dns", "*.example.com", "is no host name"),
        ("tls_client_auth_san_dns", "münchen.example", "is no host name"),
        ("tls_client_auth_san_uri", "example.com/service", "is no URI"),
        ("tls_client_auth_san_uri", "spiffe://example com", "is no URI"),
        ("tls_client_auth_san_ip", "192.0.2.1/24", "is no IP address"),
        ("tls_client_auth_san_email", "service", "is not an e-mail address"),
    ],
)
def test_a_name_that_no_certificate_has(member: str, name: str, problem: str) -> None:
    told = _problems(token_endpoint_auth_method="tls_client_auth", **{member: name})

    assert len(told) == 1
    assert told[0].startswith(f"{member}: {problem}")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"token_endpoint_auth_method": "tls_client_auth"},
            "token_endpoint_auth_method: is tls_client_auth, which",
        ),
        (
            {
                "token_endpoint_auth_method": "tls_client_auth",
                "tls_client_auth_san_dns": "a.example",
                "tls_client_auth_san_ip": "192.0.2.1",
            },
            "token_endpoint_auth_method: is tls_client_auth, which needs exactly one",
        ),
        ({"tls_client_auth_san_dns": "a.example"}, "tls_client_auth_san_dns: is of no use without"),
        (
            {"token_endpoint_auth_method": "self_signed_tls_client_auth"},
            "token_endpoint_auth_method: is self_signed_tls_client_auth, which needs jwks_uri or jwks",
        ),
        (
            {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": KEYS},
            "jwks: has no key with its certificate, x5c",
        ),
        (
            {"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "ES256"},
            "token_endpoint_auth_signing_alg: is ES256, but client_secret_jwt",
        ),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "HS256",
                "jwks_uri": "https://a.example/jwks",
            },
            "token_endpoint_auth_signing_alg: is HS256, which is for client_secret_jwt alone",
        ),
        (
            {"token_endpoint_auth_signing_alg": "HS512"},
            "token_endpoint_auth_signing_alg: is HS512, which is for",
        ),
        (
            {"dpop_bound_access_tokens": True, "tls_client_certificate_bound_access_tokens": True},
            "tls_client_certificate_bound_access_tokens: excludes dpop_bound_access_tokens",
        ),
        ({"require_signed_request_object": True}, "require_signed_request_object: is true, which needs jwks"),
        (
            {"require_signed_request_object": True, "request_object_signing_alg": "none", "jwks": KEYS},
            "request_object_signing_alg: is none, but require_signed_request_object",
        ),
        (
            {"introspection_encrypted_response_alg": "RSA-OAEP-256"},
            "introspection_encrypted_response_alg: needs jwks_uri or jwks",
        ),
        (
            {"introspection_encrypted_response_enc": "A256GCM"},
            "introspection_encrypted_response_enc: needs introspection_encrypted_response_alg",
        ),
        ({"introspection_signed_response_alg": "none"}, "introspection_signed_response_alg: is none of"),
    ],
)
def test_what_does_not_fit_is_told(change: dict[str, Any], problem: str) -> None:
    assert any(told.startswith(problem) for told in _problems(**change))


@pytest.mark.parametrize("grant_type", [TOKEN_EXCHANGE, JWT_BEARER])
def test_who_exchanges_can_keep_a_secret(grant_type: str) -> None:
    assert _problems(grant_types=[grant_type]) == []
    assert _problems(grant_types=[grant_type], token_endpoint_auth_method="none") == [
        f"grant_types: {grant_type} needs a client that can keep a secret"
    ]


def test_a_device_needs_no_redirect_uri_and_may_keep_its_tokens_fresh() -> None:
    asked = {"scope": "openid offline_access", "token_endpoint_auth_method": "none"}

    assert _problems(grant_types=[DEVICE_CODE, "refresh_token"], **asked) == []
    assert _problems(grant_types=[DEVICE_CODE], **asked) == [
        "scope: offline_access needs the grant type refresh_token"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Service,O=Example", "cn=service,o=example"),
        ("CN=a  b,O=c", " CN=A B, O =C"),
        ("CN=a+OU=b,O=c", "OU=b+CN=a,O=c"),
        (r"CN=a\, b,O=c", r"CN=a\2C b,O=c"),
        ("2.5.4.3=x", "CN=x"),
        ("E=a@b.example", "1.2.840.113549.1.9.1=a@b.example"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert read_name(one) == read_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=a,O=b", "O=b,CN=a"),
        ("CN=a,O=b", "CN=a,O=b,C=DE"),
        ("CN=a+OU=b", "CN=a,OU=b"),
        (r"CN=a\,O\=b", "CN=a,O=b"),
        ("CN=a", "OU=a"),
    ],
)
def test_names_that_are_not_the_same(one: str, other: str) -> None:
    assert read_name(one) != read_name(other)


@pytest.mark.parametrize(
    ("mtls", "impossible"),
    [
        (MutualTls(), {"tls_client_auth", "self_signed_tls_client_auth"}),
        (MutualTls(header="Client-Cert"), {"tls_client_auth"}),
        (MutualTls(header="Client-Cert", trust_anchors="a.pem"), set()),
    ],
)
def test_certificates_are_offered_where_they_reach_us(mtls: MutualTls, impossible: set[str]) -> None:
    offer = offer_of(Settings(issuer="https://login.example.com", mtls=mtls))
    assert set(AUTH_METHODS) - set(offer.auth_methods) == impossible
    service = {**SERVICE, "jwks": jwks(issued().jwk())}
    for method in sorted(impossible):
        names = {"tls_client_auth_san_dns": "a.example"} if method == "tls_client_auth" else {}
        with pytest.raises(InvalidMetadata, match="in the configuration"):
            read_metadata("service", {**service, **names, "token_endpoint_auth_method": method}, offer)
    bound = {**SERVICE, "tls_client_certificate_bound_access_tokens": True}
    if mtls.is_on:
        assert read_metadata("service", bound, offer).tls_client_certificate_bound_access_tokens
    else:
        with pytest.raises(InvalidMetadata, match=r"needs \[mtls\]"):
            read_metadata("service", bound, offer)


def test_a_name_of_nobody() -> None:
    with pytest.raises(BadName):
        read_name("CN")
