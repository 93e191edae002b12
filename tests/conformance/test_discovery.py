"""What the provider says of itself, and its keys. OpenID Connect Discovery 1.0, RFC 8414."""

import re
from typing import Any

from tests.conformance.checks import is_https, is_json
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of

# Registered with IANA as OAuth Authorization Server Metadata, and known to the suite.
_KNOWN_NAMES = frozenset(
    {
        *("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"),
        *("registration_endpoint", "revocation_endpoint", "introspection_endpoint"),
        *("device_authorization_endpoint", "pushed_authorization_request_endpoint"),
        *("backchannel_authentication_endpoint", "mtls_endpoint_aliases"),
        *("scopes_supported", "claims_supported", "claim_types_supported", "claims_parameter_supported"),
        *("claims_locales_supported", "ui_locales_supported", "display_values_supported"),
        *("acr_values_supported", "prompt_values_supported", "subject_types_supported"),
        *("response_types_supported", "response_modes_supported", "grant_types_supported"),
        *("code_challenge_methods_supported", "authorization_response_iss_parameter_supported"),
        *("request_parameter_supported", "request_uri_parameter_supported"),
        *("require_request_uri_registration", "require_signed_request_object"),
        *("require_pushed_authorization_requests", "authorization_details_types_supported"),
        *("dpop_signing_alg_values_supported", "tls_client_certificate_bound_access_tokens"),
        *("end_session_endpoint", "check_session_iframe"),
        *("frontchannel_logout_supported", "frontchannel_logout_session_supported"),
        *("backchannel_logout_supported", "backchannel_logout_session_supported"),
        *("service_documentation", "op_policy_uri", "op_tos_uri", "signed_metadata", "protected_resources"),
        *(
            f"{prefix}_endpoint_auth_{kind}_supported"
            for prefix in ("token", "revocation", "introspection")
            for kind in ("methods", "signing_alg_values")
        ),
        *(
            f"{prefix}_{kind}_values_supported"
            for prefix in ("id_token", "userinfo", "request_object", "authorization", "introspection")
            for kind in ("signing_alg", "encryption_alg", "encryption_enc")
        ),
    }
)
# RFC 5646 §2.1.1: language lower, script title, region upper.
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?")


@runs_of("oidcc-discovery-endpoint-verification")
async def test_discovery(suite: Suite) -> None:
    response = await suite.http.get("/.well-known/openid-configuration")
    assert response.status_code == 200
    assert is_json(response)
    found = response.json()
    assert found["issuer"] == suite.issuer
    assert is_https(found["issuer"])
    assert set(found) <= _KNOWN_NAMES
    _has_addresses(found)
    for name, value in found.items():
        if name.endswith(("_supported", "_values_supported")) and not isinstance(value, bool):
            assert isinstance(value, list), name
            assert value, name
            assert all(isinstance(item, str) and item for item in value), name
            assert len(set(value)) == len(value), name
    assert all(_LOCALE.fullmatch(tag) for tag in found["ui_locales_supported"])
    assert {"code", "id_token", "id_token token"} <= set(found["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(found["grant_types_supported"])
    assert {"public", "pairwise"} >= set(found["subject_types_supported"])
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "RS256" in found["userinfo_signing_alg_values_supported"]
    assert {"RS256", "none"} <= set(found["request_object_signing_alg_values_supported"])
    assert "openid" in found["scopes_supported"]
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope) for scope in found["scopes_supported"])
    assert {"sub", "name", "email"} <= set(found["claims_supported"])
    assert found["claims_parameter_supported"] is True
    assert found["request_parameter_supported"] is True
    assert found["request_uri_parameter_supported"] is True


@runs_of(
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-session-management-discovery-endpoint-verification",
    "oidcc-frontchannel-logout-discovery-endpoint-verification",
    "oidcc-backchannel-logout-discovery-endpoint-verification",
)
async def test_logout_discovery(suite: Suite) -> None:
    _has_addresses(suite.metadata)
    assert is_https(suite.metadata["end_session_endpoint"])
    if "session-management" in suite.run.module:
        assert is_https(suite.metadata["check_session_iframe"])
    for channel in ("frontchannel", "backchannel"):
        if channel in suite.run.module:
            assert suite.metadata[f"{channel}_logout_supported"] is True
            assert suite.metadata[f"{channel}_logout_session_supported"] is True


@runs_of("oidcc-server-rotate-keys")
async def test_rotated_keys(suite: Suite) -> None:
    """A new key is published, of a kind that every library knows, and a former one still is."""
    house, clock = suite.world.house, suite.world.clock
    await house.succession.rotate_due(suite.now, holder="upkeep")
    await _published(suite)
    before = {key["kid"]: key for key in suite.jwks["keys"]}
    clock.pass_(house.succession.policy.publication_seconds)
    await house.succession.rotate("RS256", suite.now)
    await house.succession.rotate_due(suite.now, holder="upkeep")
    await _published(suite)
    after = {key["kid"]: key for key in suite.jwks["keys"]}
    new = [key for kid, key in after.items() if kid not in before]
    assert new
    assert all(key["kty"] in {"RSA", "EC"} and key.get("use", "sig") == "sig" for key in new)
    for key in new:
        member = "n" if key["kty"] == "RSA" else "x"
        assert key[member] not in [former.get(member) for former in before.values()]
    assert any(kid in after for kid in before)
    await suite.sign_in(await suite.register())


async def _published(suite: Suite) -> None:
    """As soon as no node's copy is older."""
    suite.world.clock.pass_(suite.world.house.settings.keys.cache_seconds)
    await suite.fetch_keys()


def _has_addresses(metadata: dict[str, Any]) -> None:
    names = [name for name in metadata if name.endswith("_endpoint")]
    assert {"authorization_endpoint", "token_endpoint", "registration_endpoint", "end_session_endpoint"} <= {
        *names
    }
    assert all(is_https(metadata[name]) for name in (*names, "jwks_uri"))
