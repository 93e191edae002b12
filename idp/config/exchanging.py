"""Rules on token exchange and on whose JWTs are trusted: whatever they name exists, and nobody is trusted twice."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from idp.config.exchanges import Exchange
from idp.config.finding import Finding
from idp.config.positions import KeyPath
from idp.config.settings import Settings
from idp.config.trusted_issuers import TrustedIssuer
from idp.spec.redirect_uri import check_page
from idp.spec.scope import OFFLINE_ACCESS, STANDARD_SCOPES

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NO_ID = "is not a client ID: 1 to 64 letters, digits and . _ -"


def exchanges(settings: Settings) -> Iterator[Finding]:
    """A rule says who, what and for whom, in words that exist here."""
    names = Counter(rule.name for rule in settings.exchanges)
    for index, rule in enumerate(settings.exchanges):
        path: KeyPath = ("exchanges", index)
        if not _NAME.fullmatch(rule.name) or names[rule.name] > 1:
            message = "is not 1 to 64 letters, digits and . _ -, or is there twice."
            yield Finding(path=(*path, "name"), message=message, fix='Write it as "api-to-billing".')
        yield from _client_ids(rule.clients, (*path, "clients"))
        yield from _client_ids(rule.subject_clients, (*path, "subject_clients"))
        yield from _what(rule, path, settings)
        yield from _for_whom(rule, path, settings)


def trusted_issuers(settings: Settings) -> Iterator[Finding]:
    """An issuer has one entry, keys that can be fetched, and says whom it means."""
    seen: set[str] = set()
    for index, one in enumerate(settings.trusted_issuers):
        path: KeyPath = ("trusted_issuers", index)
        if not _VISIBLE.fullmatch(one.issuer) or one.issuer in seen:
            message = "is empty, holds a space, or is there twice."
            yield Finding(path=(*path, "issuer"), message=message, fix="Write the iss of its JWTs.")
        elif one.issuer == settings.issuer:
            message = "is ours: our own tokens are read as what they are, and in no other way."
            yield Finding(path=(*path, "issuer"), because=(("issuer",),), message=message, fix="Remove it.")
        seen.add(one.issuer)
        if problem := check_page(one.jwks_uri):
            fix = "Use an https address."
            yield Finding(path=(*path, "jwks_uri"), message=f"{problem}.", fix=fix)
        if not one.algorithms:
            fix = 'Write it as ["RS256"].'
            yield Finding(path=(*path, "algorithms"), message="names none.", fix=fix)
        yield from _whom(one, path)
        yield from _client_ids(one.clients, (*path, "clients"))
        yield from _scopes(one.scopes, (*path, "scopes"), settings)


def idle(settings: Settings) -> Iterator[Finding]:
    """Doubtful: rules that never allow anything."""
    for index, rule in enumerate(settings.exchanges):
        path: KeyPath = ("exchanges", index)
        if not rule.clients:
            yield Finding(path=(*path, "clients"), message="names nobody.", fix='Write it as ["api"].')
        if not rule.subject_audiences and not rule.subject_clients and not rule.subject_issuers:
            message = "is empty, as are subject_clients and subject_issuers: no token would do."
            fix = "Name the APIs whose tokens are exchanged."
            yield Finding(path=(*path, "subject_audiences"), message=message, fix=fix)
        elif not rule.subject_types and not rule.subject_issuers:
            message, fix = "is empty: no token would do.", 'Write it as ["access_token"].'
            yield Finding(path=(*path, "subject_types"), message=message, fix=fix)
        elif rule.subject_audiences and (others := set(rule.subject_types) - {"access_token"}):
            message = (
                f"holds {' and '.join(sorted(others))}, but only access tokens are for subject_audiences."
            )
            because = ((*path, "subject_audiences"),)
            fix = "Give these a rule of their own, with subject_clients alone."
            yield Finding(path=(*path, "subject_types"), because=because, message=message, fix=fix)
        if not rule.audiences:
            message, fix = "names no API.", 'Write it as ["https://api.example.com"].'
            yield Finding(path=(*path, "audiences"), message=message, fix=fix)


def _what(rule: Exchange, path: KeyPath, settings: Settings) -> Iterator[Finding]:
    """The tokens that come in."""
    yield from _resources(rule.subject_audiences, (*path, "subject_audiences"), settings)
    yield from _issuers(rule.subject_issuers, (*path, "subject_issuers"), settings)
    yield from _issuers(rule.actor_issuers, (*path, "actor_issuers"), settings)
    if rule.actor_issuers and "issuer" not in rule.actors:
        message = 'names some, but actors lacks "issuer".'
        because = ((*path, "actors"),)
        yield Finding(path=(*path, "actor_issuers"), because=because, message=message, fix="Add it there.")


def _for_whom(rule: Exchange, path: KeyPath, settings: Settings) -> Iterator[Finding]:
    """What goes out."""
    yield from _resources(rule.audiences, (*path, "audiences"), settings)
    yield from _scopes(rule.scopes, (*path, "scopes"), settings)
    if OFFLINE_ACCESS in rule.scopes:
        message = f"holds {OFFLINE_ACCESS}, but an exchange brings no refresh token."
        yield Finding(path=(*path, "scopes"), message=message, fix="Remove it.")
    if rule.acts_for_others and not settings.delegation.enabled:
        message = "is true, but delegation.enabled is false: nobody lets anybody act."
        because = (("delegation", "enabled"),)
        yield Finding(path=(*path, "acts_for_others"), because=because, message=message, fix="Remove it.")


def _whom(one: TrustedIssuer, path: KeyPath) -> Iterator[Finding]:
    if one.subject == "service" and not _NAME.fullmatch(one.service):
        yield Finding(path=(*path, "service"), message=_NO_ID, fix='Write it as "invoices".')
    elif one.subject != "service" and one.service:
        message = 'names one, but subject is not "service".'
        because = ((*path, "subject"),)
        yield Finding(path=(*path, "service"), because=because, message=message, fix="Remove one of the two.")
    if not _VISIBLE.fullmatch(one.subject_claim):
        fix = 'Write it as "sub".'
        yield Finding(path=(*path, "subject_claim"), message="is not the name of a claim.", fix=fix)


def _client_ids(client_ids: Iterable[str], path: KeyPath) -> Iterator[Finding]:
    for index, client_id in enumerate(client_ids):
        if not _NAME.fullmatch(client_id):
            yield Finding(path=(*path, index), message=_NO_ID, fix='Write it as "invoices".')


def _resources(identifiers: Iterable[str], path: KeyPath, settings: Settings) -> Iterator[Finding]:
    known = {settings.issuer, *(resource.identifier for resource in settings.every_resource)}
    for index, identifier in enumerate(identifiers):
        if identifier not in known:
            message, fix = "is no API of [[resources]], nor ours.", "Write the identifier of one."
            because = (("resources",), ("issuer",))
            yield Finding(path=(*path, index), because=because, message=message, fix=fix)


def _issuers(issuers: Iterable[str], path: KeyPath, settings: Settings) -> Iterator[Finding]:
    known = {one.issuer for one in settings.trusted_issuers}
    for index, issuer in enumerate(issuers):
        if issuer not in known:
            message, fix = "is none of [[trusted_issuers]].", "Add it there."
            because = (("trusted_issuers",),)
            yield Finding(path=(*path, index), because=because, message=message, fix=fix)


def _scopes(scopes: Iterable[str], path: KeyPath, settings: Settings) -> Iterator[Finding]:
    known = STANDARD_SCOPES.union(*(resource.scopes for resource in settings.every_resource))
    for index, scope in enumerate(scopes):
        if scope not in known:
            message, fix = "is no scope here.", "Remove it, or add it to the resource that understands it."
            yield Finding(path=(*path, index), because=(("resources",),), message=message, fix=fix)
