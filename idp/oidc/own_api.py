"""Who comes to our own API at `{issuer}/api/v1`: an access token that is for it, and is its bearer's to use.

RFC 6750 §3 for refusals, which name where the API describes itself (RFC 9728 §5.1); RFC 9068 §4 for the audience. What
a token allows is for each of its paths to say.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.config.settings import Settings
from idp.oidc.access_token import AccessToken, AccessTokens
from idp.oidc.bearer import challenge, presented_token
from idp.oidc.possession import Possession
from idp.resource.description import metadata_path
from idp.spec.errors import InvalidToken, ProtocolError


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApi:
    """One for all of its paths."""

    settings: Settings
    access_tokens: AccessTokens
    possession: Possession

    async def token_of(self, request: Request, now: int) -> AccessToken | None:
        """The living token that was sent, for this API; None where none was. Raises a ProtocolError."""
        presented = await presented_token(request)
        if presented is None:
            return None
        token = await self.access_tokens.find(presented.value, now)
        if token is None or not token.is_alive(now) or not self._is_audience(token):
            raise InvalidToken("the access token is unknown, expired, revoked or not for this API")
        await self.possession.check_held(request, presented, token, now)
        return token

    def challenge(self, request: Request, error: ProtocolError | None, *, scope: str) -> Response:
        """What is wrong with the token, or, without `error`, that one is wanted."""
        path = metadata_path(self.settings.own_api.identifier)
        return challenge(request, error, scope=scope, metadata_url=self.settings.issuer + path)

    def _is_audience(self, token: AccessToken) -> bool:
        audience = token.claims.get("aud")
        named = [audience] if isinstance(audience, str) else audience or ()
        return self.settings.own_api.identifier in named
