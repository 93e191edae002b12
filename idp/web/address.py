"""Whose request it is: the client's address, seen through the proxies that we were told to trust (S82).

X-Forwarded-For has no specification; each proxy appends the address that it saw. So it is read from the
right, and the first address that is not a trusted proxy's is the client's: what stands further left the
client could have written.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A client's address, and the network that throttling counts it in: /24 of IPv4, /48 of IPv6."""

    text: str
    network: str


_LONGEST = 64  # An address with a zone; the cache must not keep whole headers.
UNKNOWN = Address(text="unknown", network="unknown")
"""A peer without an IP address, such as a Unix socket's. All of them count as one."""


def parse_address(text: str) -> Address | None:
    """The address in canonical form, or None. An IPv4 address mapped into IPv6 is the IPv4 address."""
    return _cached(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _cached(text: str) -> Address | None:
    address = _parse(text)
    if address is None:
        return None
    prefix = 24 if address.version == 4 else 48
    return Address(text=str(address), network=str(ip_network((address, prefix), strict=False)))


class TrustedProxies:
    """The networks whose forwarding headers are believed. Their members are called proxies."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)
        # Bound to this object, so that the cache goes with it.
        self._is_proxy = lru_cache(maxsize=4096)(self._lies_within)

    def __contains__(self, peer: str) -> bool:
        return bool(self._networks) and self._is_proxy(peer)

    def client(self, peer: str, forwarded_for: list[bytes]) -> Address:
        """The client behind `peer`, given the values of X-Forwarded-For in the order of their arrival.

        A value which is no address ends the walk: the proxy which sent it is the last one that we know.
        """
        nearest = peer
        if peer in self:
            hops = b",".join(forwarded_for).decode("latin-1").split(",")
            while hops and nearest in self and parse_address(hop := hops.pop().strip(" \t")):
                nearest = hop
        return parse_address(nearest) or UNKNOWN

    def _lies_within(self, peer: str) -> bool:
        address = _parse(peer)
        return address is not None and any(address in network for network in self._networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])  # A zone names one of our interfaces, not the client.
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
