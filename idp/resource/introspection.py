"""Access tokens that the issuer is asked about: RFC 7662. Opaque ones always; JWTs too, where an API wants to know what
has happened since they were signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx2

from idp.resource.issuer import Issuer, IssuerUnavailable
from idp.spec.errors import InvalidToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """How the API authenticates there: HTTP Basic. With `is_always`, a JWT whose signature is right is asked about too,
    so that it ends with its sign-in and not with its time.
    """

    client_id: str
    client_secret: str = field(repr=False)
    is_always: bool = False

    async def claims(self, value: str, issuer: Issuer) -> Mapping[str, Any]:
        """What the issuer says of a token. Raises InvalidToken, IssuerUnavailable."""
        endpoint = await issuer.endpoint("introspection_endpoint")
        # RFC 6749 §2.3.1: both are form-encoded before they become Basic.
        credentials = (quote_plus(self.client_id), quote_plus(self.client_secret))
        try:
            async with issuer.connect() as http:
                answer = await http.post(
                    endpoint, data={"token": value}, auth=credentials, headers={"accept": "application/json"}
                )
                said = answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise IssuerUnavailable(f"introspection failed: {error!r}") from error
        if not isinstance(said, dict) or said.get("active") is not True:
            raise InvalidToken(
                "the access token is malformed, expired or not for this API", log_reason="inactive"
            )
        return said
