"""What somebody who registers a client over the network gets of what they ask for: RFC 7591 §2, §2.3 and §3.2.1.

Members that we don't know are ignored, and so are those that only an operator may set. A software statement's claims
win over what was sent beside it, and what the initial access token gives wins over both. Scopes that such a client may
not have are left out, as the answer says; everything else that it may not have is refused. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from idp.clients.lookalikes import poses
from idp.clients.metadata import GRANTS_OF_PEOPLE, InvalidMetadata, MetadataProblem, Offer, read_metadata
from idp.clients.shapes import is_known, shape_problems
from idp.config.registration import Registration
from idp.records.client import LOCALIZED, Client
from idp.spec.scope import OFFLINE_ACCESS, OPENID, scopes_of

OPERATORS = frozenset(
    {
        "resources",
        "is_first_party",
        "may_introspect",
        "refresh",
        "minimum_acr",
        "asks_new_browsers",
        "require_pkce",
        "requests_per_minute",
    }
)
"""Members that only an operator may set, by hand or through an initial access token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`sent` is what the client says of itself, `stated` the claims of its software statement, `given` what the initial
    access token gives, and `kept` what an operator once set and a client can't change. `names` are those that nobody
    else may bear.
    """

    sent: Mapping[str, Any]
    stated: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def read_asking(client_id: str, asking: Asking, *, limits: Registration, offer: Offer) -> Client:
    """The client that may be registered. Raises `InvalidMetadata`."""
    asked = {**_own(asking.sent), **_own(asking.stated)}
    # Before anything is looked into, it has to be of the right kind.
    if malformed := [*shape_problems(asked)]:
        raise _invalid(malformed)
    # Of the scopes that it is given, too, it may ask for fewer.
    metadata = {**asked, **asking.kept, **asking.given, "scope": asked.get("scope", "")}
    metadata |= _without_pkce(metadata, limits, offer)
    metadata |= _name(client_id, metadata)
    client = _read(client_id, metadata, asking.given, limits=limits, offer=offer)
    if problems := [*_beyond(client, asking, limits)]:
        raise _invalid(problems)
    return client


def _own(members: Mapping[str, Any]) -> dict[str, Any]:
    """What is understood, of what a client may say itself. Null is as good as absent (RFC 7592 §2.2)."""
    return {
        name: value
        for name, value in members.items()
        if value is not None and is_known(name) and name not in OPERATORS
    }


def _read(
    client_id: str,
    metadata: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    limits: Registration,
    offer: Offer,
) -> Client:
    asked: str = metadata["scope"]
    grant_types = metadata.get("grant_types", ["authorization_code"])
    allowed = scopes_of(given["scope"]) if "scope" in given else limits.scopes
    impossible = set() if "refresh_token" in grant_types else {OFFLINE_ACCESS}
    impossible |= set() if GRANTS_OF_PEOPLE & set(grant_types) else {OPENID}
    wished = scopes_of(asked) if asked else allowed
    scopes = [scope for scope in wished if scope in allowed and scope not in impossible]
    if asked and not scopes:
        raise _invalid([("scope", f"names none that may be registered: {' '.join(allowed)}")])
    return read_metadata(client_id, {**metadata, "scope": " ".join(scopes)}, offer)


def _without_pkce(metadata: Mapping[str, Any], limits: Registration, offer: Offer) -> dict[str, bool]:
    """What protects codes is only ever left out for clients that can keep a secret."""
    is_public = metadata.get("token_endpoint_auth_method") == "none"
    may_go_without = offer.without_pkce and not (limits.require_pkce and metadata.get("require_pkce", True))
    return {"require_pkce": is_public or not may_go_without}


def _name(client_id: str, metadata: Mapping[str, Any]) -> dict[str, str]:
    """RFC 7591 §2: who says no name is shown by something else; a host says more to people than an identifier."""
    if "client_name" in metadata:
        return {}
    uris = [metadata.get("client_uri", ""), *metadata.get("redirect_uris", [])]
    return {"client_name": next((host for uri in uris if (host := _host(uri))), client_id)}


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _beyond(client: Client, asking: Asking, limits: Registration) -> Iterator[tuple[str, str]]:
    """What may be had, but not in this way."""
    for member in ("grant_types", "response_types"):
        may = getattr(limits, member)
        for value in sorted(getattr(client, member)) if may and member not in asking.given else ():
            if value not in may:
                yield member, f"{value} can't be registered here"
    method = client.token_endpoint_auth_method
    if method not in limits.auth_methods and "token_endpoint_auth_method" not in asking.given:
        yield "token_endpoint_auth_method", f"{method} can't be registered here"
    if len(client.redirect_uris) > limits.redirect_uris:
        yield "redirect_uris", f"has more than {limits.redirect_uris} items"
    said = {"client_name": client.client_name, **client.localized}
    for member, name in said.items():
        if member.partition("#")[0] == LOCALIZED[0] and poses(name, asking.names):
            yield member, "is ours, or could be taken for it"


def _invalid(problems: Iterable[tuple[str, str]]) -> InvalidMetadata:
    return InvalidMetadata([MetadataProblem(member=member, message=message) for member, message in problems])
