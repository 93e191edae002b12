"""Redirect URIs: what may be registered, and when a requested one is the registered one.

OAuth 2.1 §2.3.1 and §8.4, RFC 9700 §2.1 and §4.1, RFC 8252 §7 and §8.3, OpenID Connect Registration §2. A registered
URI is compared as a text, so registration admits only texts that a browser takes as they are: nothing that it would
normalize, decode or read otherwise than we do.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import parse_qsl

_LONGEST = 2_048
# RFC 3986 §2 without "*", which people register as a wildcard, and "#", since §3.1.2 of RFC 6749 forbids fragments.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=]|%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)")
# RFC 8252 §7.1: a domain name under the developer's control, reversed.
_REVERSE_DOMAIN = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?")
_HIERARCHY = re.compile(r"//(?P<authority>[^/?]*)(?P<path>[^?]*)(?:\?(?P<query>.*))?")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOOPBACK = frozenset({"127.0.0.1", "[::1]"})
_LOOPBACK_URI = re.compile(
    r"(?P<origin>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[0-9]{1,5}))?(?P<rest>(?:[/?].*)?)"
)
# What our answer adds. A registered parameter of that name would make the client see two.
_ANSWERED = frozenset(
    {
        "code",
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
        "session_state",
        "id_token",
        "response",
    }
)


def matches(requested: str, registered: str, *, is_native: bool) -> bool:
    """Whether the two are the same text; to a native client on 127.0.0.1 or [::1] the port alone is free.

    RFC 8252 §7.3.
    """
    if requested == registered:
        return True
    if not is_native:
        return False
    left, right = _LOOPBACK_URI.fullmatch(requested), _LOOPBACK_URI.fullmatch(registered)
    return (
        left is not None
        and right is not None
        and (left["origin"], left["rest"]) == (right["origin"], right["rest"])
        and (left["port"] is None or 0 < int(left["port"]) < 65_536)
    )


def check_registrable(
    redirect_uri: str, application_type: str, *, is_loopback_issuer: bool = False
) -> str | None:
    """What is wrong with registering `redirect_uri`, or None. `application_type` is `web` or `native`.

    `is_loopback_issuer` is development: there `localhost` and plain http on loopback are fine for web clients too.
    """
    if problem := _text_problem(redirect_uri):
        return problem
    scheme, rest = _scheme_of(redirect_uri)
    if scheme in {"https", "http"}:
        return _web_problem(scheme, rest, may_loop=is_loopback_issuer or application_type == "native") or (
            _localhost_problem(rest) if scheme == "http" and not is_loopback_issuer else None
        )
    if application_type != "native":
        return "is not https"
    return _private_use_problem(scheme, rest)


def check_page(uri: str, *, is_loopback_issuer: bool = False) -> str | None:
    """What is wrong with registering `uri` as a page to link to or to open, or None."""
    return check_registrable(uri, "web", is_loopback_issuer=is_loopback_issuer)


def _text_problem(redirect_uri: str) -> str | None:
    if len(redirect_uri) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    if "#" in redirect_uri:
        return "has a fragment"
    if "*" in redirect_uri:
        return "has a wildcard"
    if not _CHARACTERS.fullmatch(redirect_uri):
        return "has a character that URIs don't have (RFC 3986)"
    return None if _SCHEME.fullmatch(redirect_uri) else "is not absolute"


def _scheme_of(redirect_uri: str) -> tuple[str, str]:
    found = _SCHEME.fullmatch(redirect_uri)
    assert found is not None
    return found[1], found[2]


def _web_problem(scheme: str, rest: str, *, may_loop: bool) -> str | None:
    found = _HIERARCHY.fullmatch(rest)
    if found is None:
        return "has no host"
    if "@" in found["authority"]:
        return "has a user name"
    authority = _AUTHORITY.fullmatch(found["authority"])
    if authority is None or not _is_host(authority["host"]) or int(authority["port"] or 1) > 65_535:
        return "has no valid host and port"
    if scheme == "http" and not (may_loop and authority["host"] in {*_LOOPBACK, "localhost"}):
        return "is http elsewhere than on loopback" if may_loop else "is not https"
    return _path_problem(found["path"]) or _query_problem(found["query"] or "")


def _localhost_problem(rest: str) -> str | None:
    if rest.startswith("//localhost"):
        return "names localhost, which can resolve elsewhere: use 127.0.0.1 or [::1] (RFC 8252 §8.3)"
    return None


def _private_use_problem(scheme: str, rest: str) -> str | None:
    """`com.example.app:/callback`. `javascript:`, `data:` and their like have no dot."""
    if not _REVERSE_DOMAIN.fullmatch(scheme):
        return "has a scheme that is not a reversed domain name (RFC 8252 §7.1)"
    if not rest.startswith("/"):
        return "has no path"
    path, _, query = rest.partition("?")
    if "@" in path or "[" in path or "]" in path:
        return "has a user name or an address"
    return _path_problem(path) or _query_problem(query)


def _path_problem(path: str) -> str | None:
    segments = path.replace("%2e", ".").replace("%2E", ".").split("/")
    return "has dot segments" if {".", ".."} & set(segments) else None


def _query_problem(query: str) -> str | None:
    taken = sorted({name for name, _ in parse_qsl(query, keep_blank_values=True)} & _ANSWERED)
    return f"has the parameter {taken[0]}, which our answer sets" if taken else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_address(IPv6Address, host[1:-1])
    labels = host.split(".")
    if labels[-1].isdigit():
        return _is_address(IPv4Address, host)
    return len(host) < 254 and all(_LABEL.fullmatch(label) for label in labels)


def _is_address(kind: type[IPv4Address] | type[IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except AddressValueError:
        return False
    return True
