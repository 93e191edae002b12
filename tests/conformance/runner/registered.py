"""The clients of the plans that know theirs beforehand."""

from collections.abc import Mapping
from typing import Any

from tests.conformance.plans import static_redirect_base
from tests.conformance.runner.provider import Provider

_RESPONSE_TYPES = [
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
]


def register_static_clients(provider: Provider, suite: str) -> dict[str, Mapping[str, Any]]:
    """Register three, each for all that a plan may ask; answers them under the suite's names."""
    base = static_redirect_base(suite)
    return {
        name: provider.register(name, _metadata(name, base, method))
        for name, method in (
            ("client", "client_secret_basic"),
            ("client2", "client_secret_basic"),
            ("client_secret_post", "client_secret_post"),
        )
    }


def _metadata(name: str, base: str, method: str) -> dict[str, Any]:
    second = "?dummy1=lorem&dummy2=ipsum"
    return {
        "client_name": f"Conformance {name}",
        "redirect_uris": [f"{base}/callback", f"{base}/callback{second}"],
        "post_logout_redirect_uris": [f"{base}/post_logout_redirect"],
        "frontchannel_logout_uri": f"{base}/frontchannel_logout",
        "frontchannel_logout_session_required": True,
        "backchannel_logout_uri": f"{base}/backchannel_logout",
        "backchannel_logout_session_required": True,
        "token_endpoint_auth_method": method,
        "response_types": _RESPONSE_TYPES,
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "scope": "openid profile email address phone offline_access",
        "require_pkce": False,
    }
