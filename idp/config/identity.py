"""Rules on what identifies: password hashes, customer IDs, resource servers, the folder of the root keys."""

import re
from collections.abc import Iterator

from idp.config.finding import Finding
from idp.config.origin import is_loopback_origin
from idp.config.resources import Resource
from idp.config.settings import Settings

# OWASP's first choice for Argon2id; below it a stolen database is guessed too cheaply.
_LEAST_MEMORY_KIB = 19_456
_LEAST_PASSES = 2
# Argon2 itself needs eight blocks for each lane (RFC 9106 §3.1).
_LEAST_KIB_A_LANE = 8

_SUFFIX = re.compile(r"(-[a-z0-9]{1,16})?")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 §3.3
_RESOURCE = re.compile(r"[a-z][a-z0-9+.-]*:[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+")
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_NAME = 64
_OUR_SCOPES = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})


def hashing(settings: Settings) -> Iterator[Finding]:
    """Cheap hashes are for tests, and tests have a loopback issuer."""
    cost = settings.password
    lanes = _LEAST_KIB_A_LANE * cost.parallelism
    if cost.memory_cost_kib < lanes:
        message = f"is below Argon2's own minimum for {cost.parallelism} lanes."
        because = (("password", "parallelism"),)
        path = ("password", "memory_cost_kib")
        yield Finding(path=path, because=because, message=message, fix=f"Use {lanes} or more.")
    if is_loopback_origin(settings.issuer):
        return
    for key, value, least in (
        ("memory_cost_kib", cost.memory_cost_kib, _LEAST_MEMORY_KIB),
        ("time_cost", cost.time_cost, _LEAST_PASSES),
    ):
        if value < least:
            message = "makes a stolen password database cheap to guess."
            fix = f"Use {least} or more."
            yield Finding(path=("password", key), because=(("issuer",),), message=message, fix=fix)


def customer_ids(settings: Settings) -> Iterator[Finding]:
    """The suffix is part of a name that is read out on the phone and never changes."""
    if not _SUFFIX.fullmatch(settings.customer_id.suffix):
        message = "is neither empty nor a hyphen with 1 to 16 lower-case letters or digits."
        yield Finding(path=("customer_id", "suffix"), message=message, fix='Write it as "-ovh".')


def resources(settings: Settings) -> Iterator[Finding]:
    """Each resource server has one name, and a request that names none means at most one of them."""
    seen: set[str] = set()
    defaults = 0
    for index, resource in enumerate(settings.resources):
        path = ("resources", index, "identifier")
        if not _RESOURCE.fullmatch(resource.identifier):
            message = "is not an absolute URI without fragment (RFC 8707 §2)."
            yield Finding(path=path, message=message, fix='Write it as "https://api.example.com".')
        elif resource.identifier in seen:
            fix = "Remove one of the two."
            yield Finding(path=path, message="is the identifier of another resource too.", fix=fix)
        elif resource.identifier in (settings.issuer, settings.own_api.identifier):
            message = "is ours: our own tokens would then be accepted as this API's."
            yield Finding(
                path=path, because=(("issuer",),), message=message, fix="Give the API its own name."
            )
        seen.add(resource.identifier)
        defaults += resource.default
        if resource.default and defaults > 1:
            fix = "Leave default = true on one."
            yield Finding(path=("resources", index, "default"), message="is a second default.", fix=fix)
        yield from _scopes(resource.scopes, index)
        yield from _tokens(resource, index)


def _tokens(resource: Resource, index: int) -> Iterator[Finding]:
    if len(resource.name) > _LONGEST_NAME:
        message = f"is longer than {_LONGEST_NAME} characters."
        yield Finding(path=("resources", index, "name"), message=message, fix='Write it as "Invoices".')
    if resource.client and not _CLIENT_ID.fullmatch(resource.client):
        message = "is not a client ID: 1 to 64 letters, digits and . _ -"
        yield Finding(path=("resources", index, "client"), message=message, fix='Write it as "invoices".')
    if resource.token_format == "opaque" and resource.signing_algorithm:
        message = "signs nothing: an opaque token has no signature."
        because = (("resources", index, "token_format"),)
        fix = 'Leave it out, or write token_format = "jwt".'
        yield Finding(
            path=("resources", index, "signing_algorithm"), because=because, message=message, fix=fix
        )


def _scopes(scopes: tuple[str, ...], index: int) -> Iterator[Finding]:
    for position, scope in enumerate(scopes):
        path = ("resources", index, "scopes", position)
        if not _SCOPE.fullmatch(scope):
            message = "is not a scope: visible ASCII without quotes, backslash and spaces (RFC 6749 §3.3)."
            yield Finding(path=path, message=message, fix='Write it as "invoices:read".')
        elif scope in _OUR_SCOPES:
            yield Finding(path=path, message="is a scope of OpenID Connect.", fix="Give it another name.")
        elif scope in scopes[:position]:
            yield Finding(path=path, message="is listed twice.", fix="Remove one of the two.")


def key_folder(settings: Settings) -> Iterator[Finding]:
    if not settings.keys.directory.strip():
        yield Finding(path=("keys", "directory"), message="names no folder.", fix='Write it as "keys".')
