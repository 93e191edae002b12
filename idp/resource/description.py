"""How an API describes itself to clients that know only its address: RFC 9728."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from idp.spec.dpop import PROOF_ALGORITHMS

WELL_KNOWN = "/.well-known/oauth-protected-resource"


def metadata_path(resource: str) -> str:
    """§3.1: between host and path."""
    return WELL_KNOWN + urlsplit(resource).path.rstrip("/")


def description(
    *,
    resource: str,
    issuer: str,
    scopes: Collection[str],
    name: str = "",
    documentation: str = "",
    is_dpop_required: bool = False,
    takes_certificates: bool = False,
) -> dict[str, Any]:
    """§2. No member is there without a value."""
    members = {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": sorted(scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
        "resource_documentation": documentation,
        "tls_client_certificate_bound_access_tokens": takes_certificates,
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),
        "dpop_bound_access_tokens_required": is_dpop_required,
    }
    return {name: value for name, value in members.items() if value}
