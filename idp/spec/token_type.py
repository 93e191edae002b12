"""Types of tokens that are exchanged: RFC 8693 §3."""

_PREFIX = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN = f"{_PREFIX}access_token"
REFRESH_TOKEN = f"{_PREFIX}refresh_token"
ID_TOKEN = f"{_PREFIX}id_token"
JWT = f"{_PREFIX}jwt"

READABLE = (ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, JWT)
"""What a subject or actor token can be."""
ISSUED = (ACCESS_TOKEN, JWT)
"""What can be asked for."""


def short(token_type: str) -> str:
    """`access_token` and the like, or as it is where it is none of these."""
    return token_type.removeprefix(_PREFIX)
