"""What customers may ask for a service account of theirs: of the members of any client those that suit a program alone,
and of scopes those that the configuration lets customers give. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from idp.clients.authentication_asked import CERTIFICATE_NAMES
from idp.clients.authentication_asked import offered_methods as methods_here
from idp.clients.lookalikes import poses
from idp.clients.metadata import InvalidMetadata, MetadataProblem, offer_of, read_metadata
from idp.clients.shapes import AUTH_METHODS
from idp.config.settings import Settings
from idp.records.client import Client
from idp.store.clients import metadata_of

METHODS = tuple(method for method in AUTH_METHODS if method != "none")
"""The ways to authenticate that suit a program alone."""
MEMBERS = (
    "client_name",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "scope",
    "jwks",
    "jwks_uri",
    *CERTIFICATE_NAMES,
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
)
"""What an owner says of one."""
LONGEST_NAME = 60


def offered_methods(settings: Settings) -> tuple[str, ...]:
    """Those that can work here."""
    return tuple(method for method in methods_here(settings.mtls) if method in METHODS)


def usable_scopes(client: Client, settings: Settings) -> frozenset[str]:
    """What a client may ask for today: of a service account, what customers may still give."""
    if client.owner_id is None:
        return client.scopes
    return client.scopes & frozenset(settings.service_accounts.scopes)


def read_wish(
    client_id: str, wish: Mapping[str, Any], settings: Settings, *, within: frozenset[str] | None = None
) -> Client:
    """The service account that may be made of `MEMBERS`; `within` are the only scopes that may be given, if not all
    that are offered. Raises `InvalidMetadata`.
    """
    if unknown := [name for name in wish if name not in MEMBERS]:
        raise _invalid([(name, "is not for you to say of a service account") for name in unknown])
    asked = {name: value for name, value in wish.items() if value is not None}
    metadata = {
        "token_endpoint_auth_method": METHODS[0],
        **asked,
        "grant_types": ["client_credentials"],
        "response_types": [],
    }
    client = read_metadata(client_id, metadata, offer_of(settings))
    if problems := [*_beyond(client, settings, within)]:
        raise _invalid(problems)
    resources = (one.identifier for one in settings.resources if client.scopes & {*one.scopes})
    return replace(client, resources=frozenset(resources))


def wish_of(client: Client) -> dict[str, Any]:
    """What its owner said of it."""
    return {name: value for name, value in metadata_of(client).items() if name in MEMBERS}


def _beyond(client: Client, settings: Settings, within: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    """What others may have, and a service account may not."""
    names = (settings.brand.name, *(brand.name for brand in settings.brands if brand.name))
    if len(client.client_name) > LONGEST_NAME:
        yield "client_name", f"is longer than {LONGEST_NAME} characters"
    if poses(client.client_name, names):
        yield "client_name", "is ours, or could be taken for it"
    methods = offered_methods(settings)
    if client.token_endpoint_auth_method not in methods:
        yield "token_endpoint_auth_method", f"is none of {', '.join(methods)}"
    if not client.scopes:
        yield "scope", "names none"
    offered = frozenset(settings.service_accounts.scopes)
    for scope in sorted(client.scopes - (offered if within is None else offered & within)):
        yield "scope", f"{scope!r} is not yours to give"


def _invalid(problems: list[tuple[str, str]]) -> InvalidMetadata:
    return InvalidMetadata([MetadataProblem(member=member, message=message) for member, message in problems])
