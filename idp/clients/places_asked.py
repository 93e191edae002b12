"""The addresses in client metadata: where answers go, what we link to, fetch and call. OAuth 2.1 §2.3.1, OpenID Connect
Registration §2 and §5, Core §6.2, Front-Channel Logout §2, Back-Channel Logout §2.2.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from idp.records.client import LOCALIZED, Client
from idp.spec.redirect_uri import check_page, check_registrable

_LINKED = ("initiate_login_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri")
_CALLED = ("jwks_uri", "sector_identifier_uri", "frontchannel_logout_uri", "backchannel_logout_uri")
_MOST_REQUESTS, _LONGEST_REQUEST = 20, 512


def place_problems(client: Client, *, is_loopback_issuer: bool) -> Iterator[tuple[str, str]]:
    """Members and what is wrong with them."""
    yield from _redirect_uris(client, is_loopback_issuer=is_loopback_issuer)
    single = {member: getattr(client, member) for member in (*_LINKED, *_CALLED)}
    localized = {
        member: uri for member, uri in client.localized.items() if member.partition("#")[0] in LOCALIZED[1:]
    }
    for member, uri in {**single, **localized}.items():
        if uri and (problem := check_page(uri, is_loopback_issuer=is_loopback_issuer)):
            yield member, f"{uri} {problem}"
    yield from _request_uris(client, is_loopback_issuer=is_loopback_issuer)
    yield from _sectors(client)
    yield from _logout(client)


def sector_hosts(client: Client) -> set[str]:
    """The hosts of its redirect URIs (OpenID Connect Core §8.1). Empty for a private scheme, whatever host it names:
    any program may take its address, and nobody has to own that host.
    """
    places = (urlsplit(uri) for uri in client.redirect_uris)
    return {(place.hostname or "") if place.scheme in ("https", "http") else "" for place in places}


def _redirect_uris(client: Client, *, is_loopback_issuer: bool) -> Iterator[tuple[str, str]]:
    if client.response_types and not client.redirect_uris:
        yield "redirect_uris", "is empty, but the answer to an authorization request goes there"
    if client.redirect_uris and not client.response_types:
        yield "redirect_uris", "is of no use without the grant type authorization_code"
    for member in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, member):
            problem = check_registrable(uri, client.application_type, is_loopback_issuer=is_loopback_issuer)
            if problem:
                yield member, f"{uri} {problem}"


def _request_uris(client: Client, *, is_loopback_issuer: bool) -> Iterator[tuple[str, str]]:
    """A fragment is the digest of what is there, and goes unsent (Core §6.2)."""
    if len(client.request_uris) > _MOST_REQUESTS:
        yield "request_uris", f"has more than {_MOST_REQUESTS} items"
    for uri in client.request_uris:
        problem = check_page(uri.partition("#")[0], is_loopback_issuer=is_loopback_issuer)
        if len(uri) > _LONGEST_REQUEST:
            problem = f"is longer than {_LONGEST_REQUEST} characters"
        if problem:
            yield "request_uris", f"{uri} {problem}"


def _sectors(client: Client) -> Iterator[tuple[str, str]]:
    is_pairwise = client.subject_type == "pairwise"
    if is_pairwise and not client.sector_identifier_uri and len(sector_hosts(client)) > 1:
        message = "is missing: pairwise identifiers of several hosts need it (OpenID Connect Core §8.1)"
        yield "sector_identifier_uri", message


def _logout(client: Client) -> Iterator[tuple[str, str]]:
    """Front-Channel Logout §2: the same scheme, host and port as a redirect URI."""
    uri = client.frontchannel_logout_uri
    if uri and _origin(uri) not in {_origin(redirect_uri) for redirect_uri in client.redirect_uris}:
        yield "frontchannel_logout_uri", f"{uri} has not the scheme, host and port of a redirect URI"
    for channel in ("frontchannel", "backchannel"):
        if getattr(client, f"{channel}_logout_session_required") and not getattr(
            client, f"{channel}_logout_uri"
        ):
            yield f"{channel}_logout_session_required", f"is of no use without {channel}_logout_uri"


def _origin(uri: str) -> tuple[str, str, int | None]:
    parts = urlsplit(uri)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, parts.hostname or "", port or {"https": 443, "http": 80}.get(parts.scheme)
