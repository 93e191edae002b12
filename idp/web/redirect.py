"""Where our own pages may send a browser next (S71). Clients' redirect URIs are `spec/redirect_uri.py`'s."""

import re
from urllib.parse import unquote_to_bytes

# One slash and then neither a slash nor a backslash, which browsers read as one (URL Standard, "relative slash state");
# and only the characters that RFC 3986 allows in a path and query.
_LOCAL = re.compile(r"/(?!/)[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*")
_MALFORMED_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNWANTED = re.compile(rb"[\x00-\x1f\x7f\\]|//|/\.{1,2}(?:/|$)")
_LONGEST = 2048


def is_local_path(value: str) -> bool:
    """Whether `value` is a path of ours, perhaps with a query, that nobody reads as another host: not by
    double slashes, backslashes, control characters or dot segments, not even if a proxy decodes it first.
    """
    if len(value) > _LONGEST or not _LOCAL.fullmatch(value) or _MALFORMED_ENCODING.search(value):
        return False
    path = unquote_to_bytes(value.partition("?")[0])
    # Decoded twice: what an over-eager proxy would see.
    return not _UNWANTED.search(path) and not _UNWANTED.search(unquote_to_bytes(path))
