"""Client metadata: RFC 7591 §2, OpenID Connect Registration §2, and what we add.

Every problem is told at once, each by the name of its member. Names that we don't know are refused here: in a file that
an operator writes, an unknown name is a typing error. Who registers over the network may send them (`asking.py`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from idp.clients.authentication_asked import authentication_problems, offered_methods
from idp.clients.keys_asked import key_problems
from idp.clients.places_asked import place_problems
from idp.clients.shapes import AUTH_METHODS, shape_problems
from idp.config.origin import is_loopback_origin
from idp.config.settings import Settings
from idp.records.client import ApplicationType, Client, RefreshPolicy
from idp.signing.encryption import DEFAULT_CONTENT_ALGORITHM
from idp.spec.identifier import canonical_email
from idp.spec.response import CODE, offered_response_types
from idp.spec.scope import STANDARD_SCOPES, scopes_of
from idp.store.clients import client_of

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "implicit",
    TOKEN_EXCHANGE,
    JWT_BEARER,
    DEVICE_CODE,
)
GRANTS_OF_PEOPLE = frozenset({"authorization_code", "implicit", DEVICE_CODE})
"""With these, somebody is asked to sign in."""
_GRANT_OF_PART = {"code": "authorization_code", "token": "implicit", "id_token": "implicit"}
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ENCRYPTED = (
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "introspection_encrypted_response",
    "request_object_encryption",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataProblem:
    """`member` is the name in the metadata, `code` that of RFC 7591 §3.2.2."""

    member: str
    message: str

    @property
    def code(self) -> Literal["invalid_redirect_uri", "invalid_client_metadata"]:
        return "invalid_redirect_uri" if self.member == "redirect_uris" else "invalid_client_metadata"

    def __str__(self) -> str:
        return f"{self.member}: {self.message}"


class InvalidMetadata(Exception):
    """What must change before the client can be registered. `problems` is never empty."""

    def __init__(self, problems: list[MetadataProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What this installation knows, beside the vocabularies of the protocol."""

    scopes: frozenset[str]
    resources: frozenset[str]
    is_loopback_issuer: bool
    response_types: tuple[str, ...] = (CODE,)
    unsigned: bool = False
    without_pkce: bool = False
    auth_methods: tuple[str, ...] = AUTH_METHODS
    certificates: bool = True


def offer_of(settings: Settings) -> Offer:
    return Offer(
        scopes=STANDARD_SCOPES.union(*(resource.scopes for resource in settings.every_resource)),
        resources=frozenset(resource.identifier for resource in settings.every_resource),
        is_loopback_issuer=is_loopback_origin(settings.issuer),
        response_types=offered_response_types(legacy=settings.exceptions.legacy_response_types),
        unsigned=settings.exceptions.allow_unsigned,
        without_pkce=not settings.exceptions.require_pkce,
        auth_methods=offered_methods(settings.mtls),
        certificates=settings.mtls.is_on,
    )


def read_metadata(client_id: str, metadata: Mapping[str, Any], offer: Offer) -> Client:
    """The client of `metadata`, which may be anything that JSON can hold. Raises `InvalidMetadata`."""
    malformed = [*_shape_problems(client_id, metadata)]
    if malformed:
        raise InvalidMetadata(malformed)
    client = client_of(client_id, _with_defaults(metadata))
    if problems := [*_problems(client, offer)]:
        raise InvalidMetadata(problems)
    return client


def _with_defaults(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7591 §2: a code client unless it says otherwise; `response_types` follow from `grant_types`, and a way to
    encrypt content from a way to encrypt its key (OpenID Connect Registration §2).
    """
    grant_types = metadata.get("grant_types", ["authorization_code"])
    response_types = ["code"] if "authorization_code" in grant_types else []
    contents = {f"{name}_enc": DEFAULT_CONTENT_ALGORITHM for name in _ENCRYPTED if f"{name}_alg" in metadata}
    return {"grant_types": grant_types, "response_types": response_types, **contents, **metadata}


def _shape_problems(client_id: str, metadata: Mapping[str, Any]) -> Iterator[MetadataProblem]:
    if not _CLIENT_ID.fullmatch(client_id):
        message = (
            "is not 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit"
        )
        yield MetadataProblem(member="client_id", message=message)
    if "client_name" not in metadata:
        yield MetadataProblem(member="client_name", message="is missing: people read it when they approve")
    for member, message in shape_problems(metadata):
        yield MetadataProblem(member=member, message=message)


def _problems(client: Client, offer: Offer) -> Iterator[MetadataProblem]:
    found = (
        _grants(client, offer),
        _public_clients(client),
        _exceptions(client, offer),
        place_problems(client, is_loopback_issuer=offer.is_loopback_issuer),
        key_problems(client),
        authentication_problems(client, offer.auth_methods, certificates=offer.certificates),
        _contacts(client),
        _permissions(client, offer),
    )
    for member, message in chain.from_iterable(found):
        yield MetadataProblem(member=member, message=message)


def _grants(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    for grant_type in sorted(client.grant_types - set(GRANT_TYPES)):
        yield "grant_types", f"{grant_type!r} is none of {', '.join(GRANT_TYPES)}"
    for response_type in sorted(client.response_types - set(offer.response_types)):
        yield "response_types", f"{response_type!r} is none of {', '.join(offer.response_types)}"
    yield from _grants_of_responses(client)
    if "refresh_token" in client.grant_types and not {"authorization_code", DEVICE_CODE} & client.grant_types:
        message = f"refresh_token needs authorization_code or {DEVICE_CODE}, which alone yield refresh tokens"
        yield "grant_types", message
    if client.refresh is RefreshPolicy.SESSION and "refresh_token" not in client.grant_types:
        yield "refresh", "session needs the grant type refresh_token"


def _grants_of_responses(client: Client) -> Iterator[tuple[str, str]]:
    """OpenID Connect Registration §2 has a table of which grant types go with which response types."""
    parts = {part for response_type in client.response_types for part in response_type.split()}
    for part, grant_type in _GRANT_OF_PART.items():
        if part in parts and grant_type not in client.grant_types:
            yield "grant_types", f"lacks {grant_type}, which the response type {part} needs"
    for grant_type in ("authorization_code", "implicit"):
        if grant_type in client.grant_types and not any(
            _GRANT_OF_PART.get(part) == grant_type for part in parts
        ):
            yield "response_types", f"has none that goes with the grant type {grant_type}"


def _public_clients(client: Client) -> Iterator[tuple[str, str]]:
    if not client.is_public:
        return
    if "client_credentials" in client.grant_types:
        yield "grant_types", "client_credentials needs a client that can keep a secret (RFC 6749 §4.4)"
    for grant_type in sorted({TOKEN_EXCHANGE, JWT_BEARER} & client.grant_types):
        # RFC 8693 §5: what anybody could exchange in its name would be worth stealing again.
        yield "grant_types", f"{grant_type} needs a client that can keep a secret"
    if client.may_introspect:
        yield "may_introspect", "needs a client that can keep a secret (RFC 7662 §2.1)"
    if client.is_first_party and client.application_type is ApplicationType.NATIVE:
        message = "skips consent, but any program can pose as a public native client (RFC 8252 §8.6)"
        yield "is_first_party", message


def _exceptions(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    """What needs an exception in the configuration, and is not for every client even then."""
    if not client.require_pkce:
        if client.is_public:
            yield "require_pkce", "is what protects the codes of a public client (OAuth 2.1 §4.1.1)"
        elif not offer.without_pkce:
            yield (
                "require_pkce",
                "is false, which exceptions.require_pkce of the configuration does not allow",
            )
    for member in ("id_token_signed_response_alg", "request_object_signing_alg"):
        if getattr(client, member) == "none" and not offer.unsigned:
            yield (
                member,
                "is none, which exceptions.allow_unsigned of the configuration does not allow",
            )
    has_front = any("id_token" in response_type.split() for response_type in client.response_types)
    if client.id_token_signed_response_alg == "none" and has_front:
        message = "is none, but an ID token that comes through the browser is signed (Registration §2)"
        yield "id_token_signed_response_alg", message


def _contacts(client: Client) -> Iterator[tuple[str, str]]:
    for contact in client.contacts:
        if canonical_email(contact) is None:
            yield "contacts", f"{contact!r} is not an e-mail address"


def _permissions(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    for scope in scopes_of(" ".join(sorted(client.scopes - offer.scopes))):
        yield "scope", f"{scope!r} is no scope of OpenID Connect, nor of a resource in the configuration"
    if "openid" in client.scopes and not client.response_types and DEVICE_CODE not in client.grant_types:
        message = f"openid is about people, and only authorization_code and {DEVICE_CODE} have them sign in"
        yield "scope", message
    if "offline_access" in client.scopes and "refresh_token" not in client.grant_types:
        yield "scope", "offline_access needs the grant type refresh_token"
    for resource in sorted(client.resources - offer.resources):
        yield "resources", f"{resource} is no resource of the configuration"
