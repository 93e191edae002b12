"""Client metadata: RFC 7591 §2, OpenID Connect Registration §2, and what we add.

Every problem is told at once, each by the name of its member. Names that we don't know are refused: in a file that
an operator writes, an unknown name is a typing error.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from idp.config.origin import is_loopback_origin
from idp.config.settings import Settings
from idp.records.client import ApplicationType, Client, RefreshPolicy
from idp.records.key import ALGORITHMS
from idp.signing.encryption import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from idp.signing.public_keys import BadKeySet, read_key_set
from idp.spec.assurance import ACR_VALUES_SUPPORTED
from idp.spec.identifier import canonical_email
from idp.spec.redirect_uri import check_page, check_registrable
from idp.spec.response import CODE, offered_response_types
from idp.spec.scope import STANDARD_SCOPES, scopes_of
from idp.store.clients import client_of

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", "implicit")
_GRANT_OF_PART = {"code": "authorization_code", "token": "implicit", "id_token": "implicit"}

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LONGEST_TEXT, _MOST_ITEMS = 200, 50
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


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


def offer_of(settings: Settings) -> Offer:
    return Offer(
        scopes=STANDARD_SCOPES.union(*(resource.scopes for resource in settings.every_resource)),
        resources=frozenset(resource.identifier for resource in settings.every_resource),
        is_loopback_issuer=is_loopback_origin(settings.issuer),
        response_types=offered_response_types(legacy=settings.exceptions.legacy_response_types),
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
    """RFC 7591 §2: a code client unless it says otherwise; `response_types` follow from `grant_types`."""
    grant_types = metadata.get("grant_types", ["authorization_code"])
    response_types = ["code"] if "authorization_code" in grant_types else []
    return {"grant_types": grant_types, "response_types": response_types, **metadata}


def _is_text(value: object) -> str | None:
    if not isinstance(value, str):
        return "is not a text"
    return "holds unprintable characters" if _UNPRINTABLE.search(value) else None


def _is_short_text(value: object) -> str | None:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"is longer than {_LONGEST_TEXT} characters"
    return _is_text(value)


def _is_texts(value: object) -> str | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return "is not a list of texts"
    if len(set(value)) < len(value):
        return "holds something twice"
    return f"has more than {_MOST_ITEMS} items" if len(value) > _MOST_ITEMS else None


def _is_flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _is_seconds(value: object) -> str | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**31
    return None if is_count else "is not a number of seconds"


def _is_key_set(value: object) -> str | None:
    if not isinstance(value, dict):
        return "is not a JWK set"
    try:
        read_key_set(value)
    except BadKeySet as error:
        return str(error)
    return None


def _one_of(*words: str) -> Callable[[object], str | None]:
    return lambda value: None if value in words else f"is none of {', '.join(words)}"


_SHAPES: Mapping[str, Callable[[object], str | None]] = {
    "client_name": _is_short_text,
    "application_type": _one_of(*ApplicationType),
    "token_endpoint_auth_method": _one_of(*AUTH_METHODS),
    "grant_types": _is_texts,
    "response_types": _is_texts,
    "redirect_uris": _is_texts,
    "post_logout_redirect_uris": _is_texts,
    "initiate_login_uri": _is_text,
    "client_uri": _is_text,
    "logo_uri": _is_text,
    "policy_uri": _is_text,
    "tos_uri": _is_text,
    "contacts": _is_texts,
    "scope": _is_text,
    "resources": _is_texts,
    "is_first_party": _is_flag,
    "may_introspect": _is_flag,
    "refresh": _one_of(*RefreshPolicy),
    "id_token_signed_response_alg": _one_of(*ALGORITHMS, "none"),
    "id_token_encrypted_response_alg": _one_of(*KEY_ALGORITHMS),
    "id_token_encrypted_response_enc": _one_of(*CONTENT_ALGORITHMS),
    "userinfo_signed_response_alg": _one_of(*ALGORITHMS),
    "userinfo_encrypted_response_alg": _one_of(*KEY_ALGORITHMS),
    "userinfo_encrypted_response_enc": _one_of(*CONTENT_ALGORITHMS),
    "request_object_signing_alg": _one_of(*ALGORITHMS, "none"),
    "request_object_encryption_alg": _one_of(*KEY_ALGORITHMS),
    "request_object_encryption_enc": _one_of(*CONTENT_ALGORITHMS),
    "token_endpoint_auth_signing_alg": _one_of(*ALGORITHMS),
    "request_uris": _is_texts,
    "jwks": _is_key_set,
    "jwks_uri": _is_text,
    "subject_type": _one_of("public", "pairwise"),
    "sector_identifier_uri": _is_text,
    "frontchannel_logout_uri": _is_text,
    "frontchannel_logout_session_required": _is_flag,
    "backchannel_logout_uri": _is_text,
    "backchannel_logout_session_required": _is_flag,
    "software_id": _is_short_text,
    "software_version": _is_short_text,
    "default_max_age": _is_seconds,
    "require_auth_time": _is_flag,
    "default_acr_values": _is_texts,
    "minimum_acr": _one_of(*ACR_VALUES_SUPPORTED),
    "asks_new_browsers": _is_flag,
    "require_pkce": _is_flag,
}


def _shape_problems(client_id: str, metadata: Mapping[str, Any]) -> Iterator[MetadataProblem]:
    if not _CLIENT_ID.fullmatch(client_id):
        message = (
            "is not 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit"
        )
        yield MetadataProblem(member="client_id", message=message)
    if not metadata.get("client_name"):
        yield MetadataProblem(member="client_name", message="is missing: people read it when they approve")
    for member, value in metadata.items():
        name, _, language = member.partition("#")
        shape = _SHAPES.get(name)
        is_localized = name == "client_name" and _LANGUAGE.fullmatch(language)
        if shape is None or (language and not is_localized) or member.endswith("#"):
            yield MetadataProblem(member=member, message="is no member that we know")
        elif problem := shape(value):
            yield MetadataProblem(member=member, message=problem)


def _problems(client: Client, offer: Offer) -> Iterator[MetadataProblem]:
    for rule in (_grants, _public_clients, _redirect_uris, _pages, _contacts, _permissions):
        for member, message in rule(client, offer):
            yield MetadataProblem(member=member, message=message)


def _grants(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    for grant_type in sorted(client.grant_types - set(GRANT_TYPES)):
        yield "grant_types", f"{grant_type!r} is none of {', '.join(GRANT_TYPES)}"
    for response_type in sorted(client.response_types - set(offer.response_types)):
        yield "response_types", f"{response_type!r} is none of {', '.join(offer.response_types)}"
    yield from _grants_of_responses(client)
    has_code = "authorization_code" in client.grant_types
    if "refresh_token" in client.grant_types and not has_code:
        yield "grant_types", "refresh_token needs authorization_code, which alone yields refresh tokens"
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


def _public_clients(client: Client, _: Offer) -> Iterator[tuple[str, str]]:
    if not client.is_public:
        return
    if "client_credentials" in client.grant_types:
        yield "grant_types", "client_credentials needs a client that can keep a secret (RFC 6749 §4.4)"
    if client.may_introspect:
        yield "may_introspect", "needs a client that can keep a secret (RFC 7662 §2.1)"
    if client.is_first_party and client.application_type is ApplicationType.NATIVE:
        message = "skips consent, but any program can pose as a public native client (RFC 8252 §8.6)"
        yield "is_first_party", message


def _redirect_uris(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    if client.response_types and not client.redirect_uris:
        yield "redirect_uris", "is empty, but the answer to an authorization request goes there"
    if client.redirect_uris and not client.response_types:
        yield "redirect_uris", "is of no use without the grant type authorization_code"
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, member):
            problem = check_registrable(
                uri, client.application_type, is_loopback_issuer=offer.is_loopback_issuer
            )
            if problem:
                yield member, f"{uri} {problem}"


def _pages(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    for member in ("initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri"):
        uri = getattr(client, member)
        if uri and (problem := check_page(uri, is_loopback_issuer=offer.is_loopback_issuer)):
            yield member, f"{uri} {problem}"


def _contacts(client: Client, _: Offer) -> Iterator[tuple[str, str]]:
    for contact in client.contacts:
        if canonical_email(contact) is None:
            yield "contacts", f"{contact!r} is not an e-mail address"


def _permissions(client: Client, offer: Offer) -> Iterator[tuple[str, str]]:
    for scope in scopes_of(" ".join(sorted(client.scopes - offer.scopes))):
        yield "scope", f"{scope!r} is no scope of OpenID Connect, nor of a resource in the configuration"
    if "openid" in client.scopes and not client.response_types:
        yield "scope", "openid is about people, and only authorization_code has them sign in"
    if "offline_access" in client.scopes and "refresh_token" not in client.grant_types:
        yield "scope", "offline_access needs the grant type refresh_token"
    for resource in sorted(client.resources - offer.resources):
        yield "resources", f"{resource} is no resource of the configuration"
