"""Discovery: RFC 8414 and OpenID Connect Discovery 1.0.

Derived from the registries, so that it can't promise what isn't there; built once, for nothing in it changes while a
process lives.
"""

import json
from typing import Any

from idp.config.settings import Settings
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.grants import GRANT_TYPES
from idp.records.key import ALGORITHMS
from idp.spec.assurance import ACR_VALUES_SUPPORTED
from idp.spec.claims import CLAIMS_SUPPORTED
from idp.spec.prompt import Prompt
from idp.spec.response import ResponseMode, offered_response_types
from idp.spec.scope import STANDARD_SCOPES

PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "jwks_uri": "/jwks",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "end_session_endpoint": "/logout",
    "check_session_iframe": "/check-session",
}


def metadata(settings: Settings) -> dict[str, Any]:
    """The document of both well-known addresses."""
    confidential = [name for name in METHOD_NAMES if name != "none"]
    resource_scopes = {scope for resource in settings.every_resource for scope in resource.scopes}
    return {
        "issuer": settings.issuer,
        **{name: settings.issuer + path for name, path in PATHS.items()},
        "scopes_supported": sorted(STANDARD_SCOPES | resource_scopes),
        "response_types_supported": list(
            offered_response_types(legacy=settings.exceptions.legacy_response_types)
        ),
        "response_modes_supported": [mode.value for mode in ResponseMode],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(METHOD_NAMES),
        "revocation_endpoint_auth_methods_supported": list(METHOD_NAMES),
        "introspection_endpoint_auth_methods_supported": confidential,
        "code_challenge_methods_supported": ["S256"],
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": list(ACR_VALUES_SUPPORTED),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": _prompts(settings),
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": list(settings.language.offered),
    }


def _prompts(settings: Settings) -> list[str]:
    """Initiating User Registration 1.0 §4.2: `create` is named where somebody can become a customer."""
    return [prompt.value for prompt in Prompt if prompt is not Prompt.CREATE or settings.sign_up.open]


def encoded(settings: Settings) -> bytes:
    return json.dumps(metadata(settings), separators=(",", ":")).encode()
