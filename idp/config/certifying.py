"""Rules on clients' certificates: whoever can send the header is believed, and these are about who can."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from idp.config.finding import Finding
from idp.config.origin import canonical_origin, is_loopback_origin
from idp.config.settings import Settings

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")  # RFC 9110 §5.6.2
# What means something else already: to us, to HTTP, or to proxies.
_TAKEN = frozenset(
    {
        "authorization", "connection", "content-length", "content-type", "cookie", "dpop", "forwarded", "host",
        "origin", "referer", "te", "transfer-encoding", "user-agent", "via",
    }
)  # fmt: skip
# More machines than anybody's proxies are.
_SHORTEST_PREFIX = {4: 24, 6: 64}


def header(settings: Settings) -> Iterator[Finding]:
    """Unsafe: anybody could write the header, or nobody."""
    mtls, path = settings.mtls, ("mtls", "header")
    if not mtls.is_on:
        for key in ("origin", "trust_anchors"):
            if getattr(mtls, key):
                message = "is of no use without mtls.header: no certificate reaches us."
                yield Finding(path=("mtls", key), because=(path,), message=message, fix="Name the header.")
        return
    name = mtls.header.lower()
    if not _TOKEN.fullmatch(name):
        yield Finding(path=path, message="is no name of a header.", fix='Write it as "Client-Cert".')
    elif name in _TAKEN or name.startswith(("x-forwarded-", "sec-", "access-control-")):
        message = "is a header that means something else: clients send it themselves."
        yield Finding(path=path, message=message, fix='Use one of its own, such as "Client-Cert".')
    if not settings.server.trusted_proxies:
        message = "is believed from trusted proxies alone, and there is none."
        because = (("server", "trusted_proxies"),)
        yield Finding(path=path, because=because, message=message, fix="Name the proxy in it.")


def origin(settings: Settings) -> Iterator[Finding]:
    configured, path = settings.mtls.origin, ("mtls", "origin")
    if not configured:
        return
    exact = canonical_origin(configured)
    if not exact or exact != configured:
        fix = f"Write {exact}." if exact else "Write it as https://mtls.login.example.com."
        yield Finding(
            path=path, message="is not an origin: scheme, host, and a port that is unusual.", fix=fix
        )
    elif not configured.startswith("https://") and not is_loopback_origin(configured):
        yield Finding(path=path, message="is plain http, which asks for no certificate.", fix="Use https.")
    elif configured == settings.issuer:
        because = (("issuer",),)
        yield Finding(path=path, because=because, message="is the issuer's own.", fix="Leave it empty.")


def authorities(settings: Settings) -> Iterator[Finding]:
    """Doubtful: a file that is not here. It may be where the provider runs, so that alone refuses the start."""
    path = settings.mtls.trust_anchors
    if path and not Path(path).is_file():
        message = "is no file here: without it the provider does not start."
        yield Finding(
            path=("mtls", "trust_anchors"), message=message, fix="Name a PEM file, or remove the key."
        )


def many_proxies(settings: Settings) -> Iterator[Finding]:
    """Doubtful: each machine of these networks can pose as every client that has a certificate."""
    for index, network in enumerate(settings.server.trusted_proxies if settings.mtls.is_on else ()):
        try:
            parsed = ip_network(network)
        except ValueError:
            continue  # `network.trusted_proxies` tells that.
        if parsed.prefixlen < _SHORTEST_PREFIX[parsed.version]:
            message = "is a large network, each machine of which can show us any client's certificate."
            path, because = ("server", "trusted_proxies", index), (("mtls", "header"),)
            yield Finding(path=path, because=because, message=message, fix="Name the proxies themselves.")
