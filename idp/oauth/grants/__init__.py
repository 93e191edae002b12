"""Grants: the handler of one `grant_type` each. A new one is a file and a line here; discovery derives from it."""

from typing import Any, Protocol

from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oauth.grants import (
    authorization_code,
    client_credentials,
    device_code,
    jwt_bearer,
    refresh_token,
    token_exchange,
)


class GrantModule(Protocol):
    """A module of this folder. `VALUE` names the parameter that holds a stored value, or is empty."""

    GRANT_TYPE: str
    VALUE: str
    Grant: type[Any]

    async def load(self, authority: Authority, facts: TokenFacts) -> dict[str, Any]:
        """Facts beyond the client, as fields of TokenFacts. Raises a ProtocolError."""


GRANTS: tuple[GrantModule, ...] = (
    authorization_code,
    refresh_token,
    client_credentials,
    device_code,
    token_exchange,
    jwt_bearer,
)
GRANT_TYPES = tuple(grant.GRANT_TYPE for grant in GRANTS)
