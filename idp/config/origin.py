"""Host names and origins as configuration writes them: canonical, so that comparing them is comparing texts."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback_origin(issuer: str) -> bool:
    """Whether `issuer` names this machine: exactly localhost, 127.0.0.1 or [::1]."""
    url = split(issuer)
    return url is not None and (url.hostname or "") in _LOOPBACK


def is_loopback_host(host: str) -> bool:
    """Whether nobody but this machine reaches `host`."""
    address = as_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def split(url: str) -> SplitResult | None:
    """The parts of an absolute URL, or None where even the standard library finds none."""
    try:
        parts = urlsplit(url)
        # Both are parsed on access, and raise there.
        return parts if parts.scheme and (parts.port is None or parts.port > 0) and parts.hostname else None
    except ValueError:
        return None


def canonical_origin(url: str) -> str:
    """The origin that `url` should be written as, or an empty text if no host can be read from it."""
    parts = split(url)
    if parts is None or parts.hostname is None or not is_host(parts.hostname):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_host(name: str) -> bool:
    """A DNS name of lower-case ASCII labels without a trailing dot, or an address in its shortest form."""
    address = as_address(name)
    if address is not None:
        return address.compressed == name
    labels = name.split(".")
    # Browsers read a name that ends in a number as an IPv4 address.
    return len(name) <= 253 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def is_host_with_port(name: str) -> bool:
    """A host, as in a Host header: perhaps with a port, an IPv6 address in brackets."""
    parts = split(f"http://{name}")
    if parts is None or parts.hostname is None or not is_host(parts.hostname):
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return name in (host, f"{host}:{parts.port}")


def as_address(text: str) -> IPv4Address | IPv6Address | None:
    """`text` as an address, or None."""
    try:
        return ip_address(text)
    except ValueError:
        return None
