"""How a client says that it authenticates, and what it binds its tokens to: one member has to fit the others.

RFC 7591 §2, RFC 8705 §2.1.2 and §2.2.2, RFC 9449 §5.2, OpenID Connect Core §9.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from idp.clients.shapes import AUTH_METHODS
from idp.config.mtls import MutualTls
from idp.config.origin import is_host
from idp.records.client import Client
from idp.records.key import SECRET_ALGORITHMS
from idp.signing.distinguished_name import BadName, read_name
from idp.spec.identifier import canonical_email

CERTIFICATE_METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
CERTIFICATE_NAMES = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
"""By which name in its certificate a client is known."""
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")


def offered_methods(mtls: MutualTls) -> tuple[str, ...]:
    """The ways to authenticate that can work here: certificates need a proxy that hands them on."""
    if not mtls.is_on:
        return tuple(method for method in AUTH_METHODS if method not in CERTIFICATE_METHODS)
    return tuple(method for method in AUTH_METHODS if method != "tls_client_auth" or mtls.trust_anchors)


def authentication_problems(
    client: Client, methods: tuple[str, ...], *, certificates: bool
) -> Iterator[tuple[str, str]]:
    """Members and what is wrong with them. `methods` are those that can work here, and `certificates` whether we see
    any.
    """
    if client.token_endpoint_auth_method not in methods:
        keys = "mtls.header and mtls.trust_anchors" if certificates else "[mtls]"
        message = f"is {client.token_endpoint_auth_method}, which needs {keys} in the configuration"
        yield "token_endpoint_auth_method", message
    if client.tls_client_certificate_bound_access_tokens and not certificates:
        yield "tls_client_certificate_bound_access_tokens", "needs [mtls] in the configuration"
    yield from _signing(client)
    yield from _certificates(client)
    if client.dpop_bound_access_tokens and client.tls_client_certificate_bound_access_tokens:
        message = "excludes dpop_bound_access_tokens: a token is bound to one key"
        yield "tls_client_certificate_bound_access_tokens", message
    if client.require_signed_request_object and client.request_object_signing_alg == "none":
        yield "request_object_signing_alg", "is none, but require_signed_request_object is true"


def _signing(client: Client) -> Iterator[tuple[str, str]]:
    """Core §9: a secret makes HMACs, a key of the client's own makes signatures."""
    method, algorithm = client.token_endpoint_auth_method, client.token_endpoint_auth_signing_alg
    if method == "client_secret_jwt" and algorithm and algorithm not in SECRET_ALGORITHMS:
        message = f"is {algorithm}, but client_secret_jwt signs with {', '.join(SECRET_ALGORITHMS)}"
        yield "token_endpoint_auth_signing_alg", message
    elif method != "client_secret_jwt" and algorithm in SECRET_ALGORITHMS:
        yield "token_endpoint_auth_signing_alg", f"is {algorithm}, which is for client_secret_jwt alone"


def _certificates(client: Client) -> Iterator[tuple[str, str]]:
    """RFC 8705 §2.1.2: exactly one name."""
    named = [member for member in CERTIFICATE_NAMES if getattr(client, member)]
    if client.token_endpoint_auth_method != "tls_client_auth":
        for member in named:
            yield member, "is of no use without the token_endpoint_auth_method tls_client_auth"
        return
    if len(named) != 1:
        message = f"is tls_client_auth, which needs exactly one of {', '.join(CERTIFICATE_NAMES)}"
        yield "token_endpoint_auth_method", message
    for member in named:
        if problem := _name_problem(member, getattr(client, member)):
            yield member, problem


def _name_problem(member: str, name: str) -> str | None:
    match member.removeprefix("tls_client_auth_"):
        case "subject_dn":
            return _subject_problem(name)
        case "san_ip":
            return None if _is_address(name) else "is no IP address"
        case "san_email":
            return None if canonical_email(name) else "is not an e-mail address"
        case "san_dns":
            return None if is_host(name.lower()) else "is no host name"
        case _:
            return None if _URI.fullmatch(name) else "is no URI"


def _subject_problem(name: str) -> str | None:
    try:
        read_name(name)
    except BadName as error:
        return str(error)
    return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
