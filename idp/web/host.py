"""Which host names a request may carry (S81). Links come from the configured issuer and never from here; the check
keeps caches and applications behind us from ever seeing a name that we do not serve.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def allowed_hosts(issuer: str, hosts: Iterable[str]) -> frozenset[bytes]:
    """Every Host header that is ours, in lower case: the issuer's own, and `hosts` as they stand.

    The scheme's default port may be written or left out (RFC 9110 §4.2.3).
    """
    split = urlsplit(issuer)
    default_port = _DEFAULT_PORTS[split.scheme]
    allowed = set()
    for host in (split.netloc, *hosts):
        name = host.lower().removesuffix(f":{default_port}")
        allowed.add(name.encode())
        if not _has_port(name):
            allowed.add(f"{name}:{default_port}".encode())
    return frozenset(allowed)


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]  # What follows an IPv6 literal's bracket, or all of a name.
