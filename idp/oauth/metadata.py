"""Discovery: RFC 8414 and OpenID Connect Discovery 1.0.

Derived from the registries and the configuration, so that it can't promise what isn't there; built once, for nothing in
it changes while a process lives.
"""

import json
from collections.abc import Mapping
from typing import Any

from idp.clients.authentication_asked import offered_methods
from idp.config.settings import Settings
from idp.oauth.client_auth import CONFIDENTIAL_METHOD_NAMES, METHOD_NAMES
from idp.oauth.grants import GRANT_TYPES
from idp.oauth.par import PATH as PAR_PATH
from idp.oauth.registration.registrar import REGISTER_PATH
from idp.records.key import ALGORITHMS, ENCRYPTION_ALGORITHMS, SECRET_ALGORITHMS
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from idp.spec.assurance import ACR_VALUES_SUPPORTED
from idp.spec.claims import CLAIMS_SUPPORTED
from idp.spec.dpop import PROOF_ALGORITHMS
from idp.spec.prompt import Prompt
from idp.spec.response import ResponseMode, offered_response_types
from idp.spec.scope import STANDARD_SCOPES

PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "pushed_authorization_request_endpoint": PAR_PATH,
    "jwks_uri": "/jwks",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "device_authorization_endpoint": "/device_authorization",
    "end_session_endpoint": "/logout",
    "check_session_iframe": "/check-session",
}
# What clients call themselves, rather than send browsers to, and need their certificates for.
_CALLED = (
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
)
# Core §3.1.2.1. Our pages fit each of them, so they are accepted and make no difference.
DISPLAYS = ("page", "popup", "touch", "wap")


def metadata(settings: Settings) -> dict[str, Any]:
    """The document of both well-known addresses. No member is there without a value (RFC 8414 §3.2)."""
    members = {
        "issuer": settings.issuer,
        **{name: settings.issuer + path for name, path in _paths(settings).items()},
        **_requests(settings),
        **_clients(settings),
        **_certificates(settings),
        **_answers(settings),
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        **_pages(settings),
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
    return {name: value for name, value in members.items() if value not in ("", [])}


def encoded(settings: Settings) -> bytes:
    return json.dumps(metadata(settings), separators=(",", ":")).encode()


def canonical_tag(language: str) -> str:
    """A language tag in the letters that BCP 47 recommends (RFC 5646 §2.1.1): fr, pt-BR, zh-Hant-TW."""
    first, *others = language.split("-")
    shaped = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(shaped.get(len(part), str.lower)(part) for part in others)])


def _paths(settings: Settings) -> Mapping[str, str]:
    is_open = settings.registration.mode != "off"
    return {**PATHS, **({"registration_endpoint": REGISTER_PATH} if is_open else {})}


def _requests(settings: Settings) -> dict[str, Any]:
    """What can be asked at the authorization endpoint."""
    exceptions = settings.exceptions
    resource_scopes = {scope for resource in settings.every_resource for scope in resource.scopes}
    return {
        "scopes_supported": sorted(STANDARD_SCOPES | resource_scopes),
        "response_types_supported": list(offered_response_types(legacy=exceptions.legacy_response_types)),
        "response_modes_supported": [mode.value for mode in ResponseMode],
        "grant_types_supported": _grant_types(settings),
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": _or_unsigned(settings),
        "request_object_encryption_alg_values_supported": list(ENCRYPTION_ALGORITHMS),
        "request_object_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
        "require_pushed_authorization_requests": settings.requests.require_pushed,
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": list(ACR_VALUES_SUPPORTED),
    }


def _grant_types(settings: Settings) -> list[str]:
    """OpenID Connect Discovery §3 has `implicit` for what the authorization endpoint gives itself."""
    return [*GRANT_TYPES, *(["implicit"] if settings.exceptions.legacy_response_types else [])]


def _or_unsigned(settings: Settings) -> list[str]:
    return [*ALGORITHMS, *(["none"] if settings.exceptions.allow_unsigned else [])]


def _clients(settings: Settings) -> dict[str, Any]:
    """How clients authenticate. RFC 7662 §2.1: nobody introspects who can't prove who they are."""
    offered = offered_methods(settings.mtls)
    every = [name for name in METHOD_NAMES if name in offered]
    confidential = [name for name in CONFIDENTIAL_METHOD_NAMES if name in offered]
    methods = {"token": every, "revocation": every, "introspection": confidential}
    return {
        f"{endpoint}_endpoint_auth_{member}": list(values)
        for endpoint, names in methods.items()
        for member, values in (
            ("methods_supported", names),
            ("signing_alg_values_supported", (*ALGORITHMS, *SECRET_ALGORITHMS)),
        )
    }


def _certificates(settings: Settings) -> dict[str, Any]:
    """RFC 8705 §3.3, and §5 where a proxy asks for certificates at an origin of its own, which browsers never see."""
    if not settings.mtls.is_on:
        return {}
    found: dict[str, Any] = {"tls_client_certificate_bound_access_tokens": True}
    if settings.mtls.origin:
        aliases = {name: settings.mtls.origin + path for name, path in PATHS.items() if name in _CALLED}
        found["mtls_endpoint_aliases"] = aliases
    return found


def _answers(settings: Settings) -> dict[str, Any]:
    """What ID tokens, userinfo and introspection (RFC 9701 §7) can be like."""
    return {
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": _or_unsigned(settings),
        "id_token_encryption_alg_values_supported": list(KEY_ALGORITHMS),
        "id_token_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_encryption_alg_values_supported": list(KEY_ALGORITHMS),
        "userinfo_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
        "introspection_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_encryption_alg_values_supported": list(KEY_ALGORITHMS),
        "introspection_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS_SUPPORTED),
    }


def _pages(settings: Settings) -> dict[str, Any]:
    """What people see, and developers read."""
    return {
        "display_values_supported": list(DISPLAYS),
        "prompt_values_supported": _prompts(settings),
        "ui_locales_supported": [canonical_tag(language) for language in settings.language.offered],
        "service_documentation": settings.discovery.documentation_url,
        "op_policy_uri": settings.discovery.policy_url,
        "op_tos_uri": settings.discovery.terms_url,
    }


def _prompts(settings: Settings) -> list[str]:
    """Initiating User Registration 1.0 §4.2: `create` is named where somebody can become a customer."""
    return [prompt.value for prompt in Prompt if prompt is not Prompt.CREATE or settings.sign_up.open]
