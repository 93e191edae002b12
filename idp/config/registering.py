"""Rules on dynamic registration: what it may give away, and whose word it takes."""

import json
import re
from collections.abc import Iterator

from idp.config.finding import Finding
from idp.config.registration import SoftwareIssuer
from idp.config.settings import Settings
from idp.spec.redirect_uri import check_page
from idp.spec.response import offered_response_types
from idp.spec.scope import STANDARD_SCOPES

_MODE = ("registration", "mode")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


def offer(settings: Settings) -> Iterator[Finding]:
    """Nothing is offered to clients that this installation does not have."""
    known = STANDARD_SCOPES.union(*(resource.scopes for resource in settings.every_resource))
    for index, scope in enumerate(settings.registration.scopes):
        if scope not in known:
            fix = "Remove it, or add it to the resource that understands it."
            yield Finding(path=("registration", "scopes", index), message="is no scope here.", fix=fix)
    offered = offered_response_types(legacy=settings.exceptions.legacy_response_types)
    for index, response_type in enumerate(settings.registration.response_types):
        if response_type not in offered:
            message = f"is none of {', '.join(offered)}."
            because = (("exceptions", "legacy_response_types"),)
            path = ("registration", "response_types", index)
            yield Finding(path=path, because=because, message=message, fix="Remove it.")
    if not settings.registration.require_pkce and settings.exceptions.require_pkce:
        message = "is false, but exceptions.require_pkce is not: no client may go without PKCE."
        because = (("exceptions", "require_pkce"),)
        yield Finding(
            path=("registration", "require_pkce"), because=because, message=message, fix="Remove it."
        )


def software_issuers(settings: Settings) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, issuer in enumerate(settings.registration.software_issuers):
        path = ("registration", "software_issuers", index)
        if not _VISIBLE.fullmatch(issuer.issuer) or issuer.issuer in seen:
            message = "is empty, holds a space, or is there twice."
            yield Finding(path=(*path, "issuer"), message=message, fix="Write the iss of its statements.")
        seen.add(issuer.issuer)
        if issuer.jwks_uri and issuer.jwks:
            yield Finding(
                path=(*path, "jwks"), message="is there beside jwks_uri.", fix="Leave one of the two empty."
            )
        elif issuer.jwks and not _is_key_set(issuer):
            message = "is not a JWK set: a JSON object whose member keys is a list."
            yield Finding(path=(*path, "jwks"), message=message, fix="Paste the public keys.")
        elif not issuer.jwks and (problem := check_page(issuer.jwks_uri)):
            yield Finding(path=(*path, "jwks_uri"), message=f"{problem}.", fix="Use an https address.")


def service_accounts(settings: Settings) -> Iterator[Finding]:
    """Customers give what an API understands; what our own staff and services use is not theirs to give."""
    known = {scope for resource in settings.resources for scope in resource.scopes}
    for index, scope in enumerate(settings.service_accounts.scopes):
        if scope not in known:
            message, fix = (
                "is no scope of [[resources]].",
                "Remove it, or add it to the API that understands it.",
            )
            yield Finding(path=("service_accounts", "scopes", index), message=message, fix=fix)


def anybody(settings: Settings) -> Iterator[Finding]:
    """Doubtful: rarely meant outside of a test."""
    if settings.registration.mode == "open":
        message = "lets anybody register clients, which people can be sent to."
        fix = 'Use "token" unless that is what you want.'
        yield Finding(path=_MODE, message=message, fix=fix)


def _is_key_set(issuer: SoftwareIssuer) -> bool:
    try:
        found = json.loads(issuer.jwks)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get("keys"), list)
