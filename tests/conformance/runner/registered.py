"""The clients of the plans that know theirs beforehand.

A module is surprised by a call that is not its subject, so each plan on logout has a first client of its own.
"""

from collections.abc import Mapping
from typing import Any

from tests.conformance.plans import Plan, static_redirect_base
from tests.conformance.runner.provider import Provider

_RESPONSE_TYPES = [
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
]


def register_static_clients(provider: Provider, suite: str, plan: Plan) -> dict[str, Mapping[str, Any]]:
    """Register three, each for all that the plan may ask; answers them under the suite's names."""
    base = static_redirect_base(suite)
    metadata = {
        "client": _metadata("client", base, "client_secret_basic") | _logout(plan, base),
        "client2": _metadata("client2", base, "client_secret_basic"),
        "client_secret_post": _metadata("client_secret_post", base, "client_secret_post"),
    }
    return {name: provider.register(f"{plan.short_name}-{name}", one) for name, one in metadata.items()}


def _metadata(name: str, base: str, method: str) -> dict[str, Any]:
    second = "?dummy1=lorem&dummy2=ipsum"
    return {
        "client_name": f"Conformance {name}",
        "redirect_uris": [f"{base}/callback", f"{base}/callback{second}"],
        "post_logout_redirect_uris": [f"{base}/post_logout_redirect"],
        "token_endpoint_auth_method": method,
        "response_types": _RESPONSE_TYPES,
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "scope": "openid profile email address phone offline_access",
        "require_pkce": False,
    }


def _logout(plan: Plan, base: str) -> dict[str, Any]:
    """How the plan wants to hear that somebody signed out."""
    for channel in ("frontchannel", "backchannel"):
        if plan.short_name.startswith(channel):
            path = f"{channel}_logout"
            return {f"{path}_uri": f"{base}/{path}", f"{path}_session_required": True}
    return {}
