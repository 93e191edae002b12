"""What a decision looks at: an address as keyed digests, its place, and the browser's families.

This is what is stored of a request, so it names neither an address nor a whole user agent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address, ip_network
from typing import Any

from idp.records.event import Circumstances
from idp.risk.keyed import Keyed
from idp.risk.seen import Seen

UNKNOWN, NOWHERE = "", "-"
"""A country that the data don't tell, which is never usual; and that of private networks, which may be."""

_BROWSERS = frozenset(
    {
        "Brave", "Chrome", "DuckDuckGo", "Edge", "Firefox", "HeadlessChrome", "Internet Explorer", "Opera", "Safari",
        "Samsung Internet", "Vivaldi", "Yandex Browser",
    }
)  # fmt: skip
_SYSTEMS = frozenset({"Android", "ChromeOS", "iPad", "iPhone", "Linux", "macOS", "Windows"})
_OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`ip` (of IPv6 its /64) and `network` are digests by the newest key; `former_…` by the key that the subject's
    habits still have.

    The place is kept to the degree (about 100 km): enough to tell what nobody can have travelled.
    """

    ip: str = ""
    network: str = ""
    former_ip: str = ""
    former_network: str = ""
    asn: int = 0
    country: str = UNKNOWN
    latitude: int | None = None
    longitude: int | None = None
    radius_km: int = 0
    is_hosting: bool = False
    browser: str = ""
    version: int = 0
    system: str = ""
    data_at: int = 0

    @property
    def agent(self) -> str:
        """`Firefox/Linux`; empty if nothing can be told."""
        return f"{self.browser}/{self.system}" if self.browser or self.system else ""

    def stored(self) -> dict[str, Any]:
        """What differs from the default, for JSON."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> "Features":
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def features_of(seen: Seen, circumstances: Circumstances, keyed: Keyed) -> Features:
    """The features of a request. `keyed` has the keys under which this subject's addresses may be known."""
    place, agent = seen.place, seen.agent
    connection = connection_of(circumstances.address)
    return Features(
        ip=keyed.digest(connection),
        network=keyed.digest(circumstances.network),
        former_ip=keyed.former_digest(connection),
        former_network=keyed.former_digest(circumstances.network),
        asn=place.asn,
        country=place.country or (NOWHERE if _is_nowhere(circumstances.address) else UNKNOWN),
        latitude=None if place.latitude is None else round(place.latitude),
        longitude=None if place.longitude is None else round(place.longitude),
        radius_km=place.radius_km,
        is_hosting=place.is_hosting,
        browser=_bounded(agent.browser, _BROWSERS),
        version=agent.version,
        system=_bounded(agent.system, _SYSTEMS),
        data_at=place.data_at,
    )


def connection_of(address: str) -> str:
    """What of an address is its owner's connection: all of IPv4, of IPv6 the /64. The rest of that changes each day
    (RFC 8981), so it would make every sign-in at home a novelty.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def _bounded(family: str, families: frozenset[str]) -> str:
    """Counts have a row for each family: what people may call themselves is not for them to choose."""
    return family if not family or family in families else _OTHER


def _is_nowhere(address: str) -> bool:
    """Whether an address belongs to no public network. Something that is no address is unknown, not nowhere."""
    try:
        return not ip_address(address).is_global
    except ValueError:
        return False
