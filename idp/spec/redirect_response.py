"""Authorization responses as redirects: RFC 6749 §4.1.2 and RFC 9207."""

from collections.abc import Mapping
from urllib.parse import urlencode


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """`uri` with `parameters` added to its query. Its own query stays byte for byte (§3.1.2); it has no fragment."""
    separator = "?" if "?" not in uri else "" if uri.endswith(("?", "&")) else "&"
    return f"{uri}{separator}{urlencode(parameters)}"


def with_fragment(uri: str, parameters: Mapping[str, str]) -> str:
    """`uri`, which has no fragment, with `parameters` as one (RFC 6749 §4.2.2)."""
    return f"{uri}#{urlencode(parameters)}"
