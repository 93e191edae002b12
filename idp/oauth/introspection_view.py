"""Who learns what of a token at introspection: RFC 7662 §2.2 and §4, RFC 9701 §5.

A client learns all of its own tokens. A resource server learns of access tokens for its APIs, and of those what
concerns it: its own names in `aud` and its own scopes, not where else the token is good, nor what it opens there; and
whose they are, by `sub` and customer ID. One that names no APIs learns all of every access token; that is for gateways
in front of several.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.config.settings import Settings
from idp.records.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`resources` are the caller's APIs; with `is_whole` it learns all."""

    resources: frozenset[str] = frozenset()
    is_whole: bool = False

    def claims(self, claims: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
        """What is told of these."""
        told = dict(claims)
        if self.is_whole:
            return told
        audience = tuple(name for name in audience_of(claims) if name in self.resources)
        told["aud"] = audience[0] if len(audience) == 1 else list(audience)
        understood = {
            scope
            for resource in settings.every_resource
            if resource.identifier in audience
            for scope in resource.scopes
        }
        scopes = [scope for scope in str(claims.get("scope", "")).split() if scope in understood]
        told["scope"] = " ".join(scopes)
        return {name: value for name, value in told.items() if value not in ("", [])}


def view_of(client: Client, claims: Mapping[str, Any], settings: Settings) -> View | None:
    """What a resource server sees of an access token; None for nothing. Its APIs are those that it was registered with,
    or whose configuration names it.
    """
    named = frozenset(
        resource.identifier for resource in settings.resources if resource.client == client.client_id
    )
    if client.may_introspect and not client.resources:
        return View(is_whole=True)
    resources = named | client.resources if client.may_introspect else named
    return View(resources=resources) if resources & set(audience_of(claims)) else None


def audience_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    audience = claims["aud"]
    return (audience,) if isinstance(audience, str) else tuple(audience)
