"""A token that a client asks us about: at revocation and introspection.

Each kind is recognised by itself, so `token_type_hint` is never needed and a wrong one does no harm
(RFC 7009 §2.1, RFC 7662 §2.1).
"""

from dataclasses import replace

from idp.oauth.authlib_server import ClientView
from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oidc.access_token import KnownToken
from idp.records.grant import IssuedRefreshToken
from idp.spec.errors import InvalidRequest
from idp.spec.token_value import is_same, read_token
from idp.store.grants import REFRESH_TOKEN


async def load_held(authority: Authority, facts: TokenFacts) -> TokenFacts:
    """The facts with the token that was sent, if it is one of ours. Raises InvalidRequest without one."""
    sent = facts.form.get("token", "")
    if not sent:
        raise InvalidRequest("token is missing")
    value = read_token(sent)
    if value is not None:
        refresh_token = await authority.database.one(REFRESH_TOKEN, token_id=value.identifier)
        if refresh_token is not None:
            return replace(facts, value=value, refresh_token=refresh_token)
    return replace(facts, access_token=await authority.access_tokens.know(sent, facts.now))


class HeldToken:
    """A token of ours, as Authlib asks about one."""

    def __init__(self, token: KnownToken | IssuedRefreshToken, now: int) -> None:
        self.token = token
        self._now = now

    @property
    def client_id(self) -> str:
        return (
            self.token.client_id if isinstance(self.token, KnownToken) else self.token.issued.family.client_id
        )

    def check_client(self, client: ClientView) -> bool:
        return self.client_id == client.get_client_id()

    def is_expired(self) -> bool:
        return not isinstance(self.token, KnownToken) and self._now >= self.token.token.expires_at

    def is_revoked(self) -> bool:
        if isinstance(self.token, KnownToken):
            return not self.token.is_alive(self._now)
        return self.token.token.redeemed_at is not None or not self.token.issued.is_alive(self._now)


def held_token(facts: TokenFacts) -> HeldToken | None:
    """The token that was sent, or None if it isn't ours."""
    if facts.access_token is not None:
        return HeldToken(facts.access_token, facts.now)
    found, value = facts.refresh_token, facts.value
    if found is None or value is None or not is_same(found.token.digest, value.digest):
        return None
    return HeldToken(found, facts.now)
