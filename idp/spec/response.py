"""Response types and modes: OAuth 2.0 Multiple Response Type Encoding Practices 1.0, Form Post Response Mode 1.0."""

from collections.abc import Mapping
from enum import StrEnum

CODE = "code"
RESPONSE_TYPES = (CODE, "id_token", "id_token token", "code id_token", "code token", "code id_token token")
"""All but the first are legacy: RFC 9700 §2.1.2 has no access token in a front channel, OAuth 2.1 none of them."""


def offered_response_types(*, legacy: bool) -> tuple[str, ...]:
    """Those that a client can register, where an installation has legacy ones or not."""
    return RESPONSE_TYPES if legacy else (CODE,)


class ResponseMode(StrEnum):
    """How the answer gets to the client."""

    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_POST = "form_post"


def canonical_response_type(value: str) -> str:
    """The name under which a response type is known: the order of its values does not matter (§3). What is unknown
    stays as it is.
    """
    parts = sorted(value.split(" "))
    return next((known for known in RESPONSE_TYPES if sorted(known.split(" ")) == parts), value)


def default_mode(response_type: str) -> ResponseMode:
    """§5: whatever brings a token goes into the fragment, also an error of such a request."""
    brings_token = {"token", "id_token"} & set(response_type.split(" "))
    return ResponseMode.FRAGMENT if brings_token else ResponseMode.QUERY


def is_allowed(mode: ResponseMode, response_type: str) -> bool:
    """Tokens never travel in a query, which ends up in logs and histories (§3.0)."""
    return mode is not ResponseMode.QUERY or default_mode(response_type) is ResponseMode.QUERY


def answering_mode(parameters: Mapping[str, str]) -> ResponseMode:
    """The mode of an answer to a request, right or wrong: the one it names, if that is one, or else the default."""
    response_type, named = parameters.get("response_type", ""), parameters.get("response_mode", "")
    if named in set(ResponseMode) and is_allowed(ResponseMode(named), response_type):
        return ResponseMode(named)
    return default_mode(response_type)
