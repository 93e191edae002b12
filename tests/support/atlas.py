"""Where addresses are, in tests: the networks that documentation may use (RFC 5737, RFC 3849), each somewhere."""

from ipaddress import ip_address, ip_network

from idp.records.risk import Place

# The networks are each in one place. Others are nowhere.
_HOME = Place(country="FR", city="Roubaix", asn=64_500, latitude=50.69, longitude=3.18, radius_km=20)
_OFFICE = Place(country="FR", city="Paris", asn=64_501, latitude=48.86, longitude=2.35, radius_km=20)
_ABROAD = Place(country="BR", city="Recife", asn=64_510, latitude=-8.05, longitude=-34.9, radius_km=20)
_SPELT = {
    "192.0.2.0/24": _HOME,
    "198.51.100.0/24": _OFFICE,
    "203.0.113.0/24": _ABROAD,
    "2001:db8::/32": _HOME,
}

HOME, OFFICE, ABROAD = "192.0.2.1", "198.51.100.1", "203.0.113.9"
"""An address in each."""


class Atlas:
    """A `Geography` by a table. Tests that need other places put them in: `world.atlas.places["198.18.0.0/15"] = …`."""

    def __init__(self) -> None:
        self.places = dict(_SPELT)

    def place_of(self, address: str) -> Place:
        try:
            where = ip_address(address)
        except ValueError:
            return Place()
        return next((place for text, place in self.places.items() if where in ip_network(text)), Place())
