"""Places: addresses of web applications that somebody asks us to send a browser to.

What a browser would read otherwise than we do is no place at all: user names, backslashes, control characters, hosts
that are not ASCII, double slashes and dot segments, also encoded, also twice (RFC 9700 §4.11, WHATWG URL Standard).
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_LONGEST = 2_048
_PLACE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*)?)"
    r"(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?(?:#[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?"
)
_MALFORMED_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNWANTED = re.compile(rb"[\x00-\x1f\x7f-\xff\\]|//|/\.{1,2}(?:/|$)")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`text` is the address as it was written; nothing in it is changed on the way to the browser."""

    text: str
    origin: tuple[str, str, int]
    path: str

    def is_within(self, other: "Place") -> bool:
        """Whether it lies at `other` or below: `/shop` holds `/shop/a`, and not `/shopping`."""
        folder = other.path if other.path.endswith("/") else f"{other.path}/"
        return self.origin == other.origin and (self.path == other.path or self.path.startswith(folder))


def read_place(text: str) -> Place | None:
    """The place that `text` names to every reader, or None."""
    found = _PLACE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or _MALFORMED_ENCODING.search(text) or int(found["port"] or 1) > 65_535:
        return None
    path = unquote_to_bytes(found["path"])
    # Decoded twice: what an over-eager proxy would see.
    if _UNWANTED.search(path) or _UNWANTED.search(unquote_to_bytes(path)):
        return None
    port = int(found["port"]) if found["port"] else _PORTS[found["scheme"]]
    return Place(text=text, origin=(found["scheme"], found["host"].lower(), port), path=found["path"] or "/")
