"""Refresh token grant: RFC 6749 §6, rotated with reuse detection, RFC 9700 §4.14.

A repeat within the grace gets the same successor and a fresh access token, so that two tabs or a lost answer sign
nobody out; the grace ends when the successor is used. Any later repeat ends the family. Who proves to hold a key has no
grace (RFC 9449 §5): its tokens are not worth stealing, and stay so. Minting lives in `oauth/mint.py`.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibGrant

from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oauth.grants.issuing import (
    check_alive,
    check_bound,
    issue,
    keep_family,
    narrowed_scopes,
    record_issue,
    required,
    revoke_family,
    store_refresh_token,
)
from idp.records.account import Person
from idp.records.event import EventType
from idp.records.grant import IssuedRefreshToken, RefreshToken
from idp.spec.errors import InvalidGrant
from idp.spec.token_value import is_same
from idp.store.grants import REDEEM_REFRESH_TOKEN, REFRESH_TOKEN

GRANT_TYPE = "refresh_token"
VALUE = "refresh_token"


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """The rows that this grant decides over."""
    value = facts.value
    found = await authority.database.one(REFRESH_TOKEN, token_id=value.identifier) if value else None
    return {"refresh_token": found}


class TokenView:
    """A stored refresh token, as Authlib asks about one."""

    def __init__(self, found: IssuedRefreshToken) -> None:
        self.found = found

    def check_client(self, client: ClientView) -> bool:
        return self.found.issued.family.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return self.found.issued.family.scope


class Grant(AuthlibGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def validate_token_request(self) -> None:
        required(self.server, "refresh_token")
        super().validate_token_request()

    def authenticate_refresh_token(self, refresh_token: str) -> TokenView:
        facts: TokenFacts = self.server.facts
        found, value = facts.refresh_token, facts.value
        if found is None or value is None or not is_same(found.token.digest, value.digest):
            raise InvalidGrant("refresh token is unknown")
        return TokenView(found)

    def _validate_token_scope(self, token: TokenView) -> None:
        """`grants/issuing.py` compares scopes, also malformed ones."""

    def authenticate_user(self, token: TokenView) -> Person:
        """The last check: everything else about the request was right."""
        found, now = token.found, self.server.facts.now
        person, is_used = check_alive(found.issued, now), found.token.redeemed_at is not None
        if is_used and not is_in_grace(found.token, now, grace_seconds=self._grace_seconds):
            # Whoever repeats it: a thief who bound the family to a key of their own would never be found out otherwise.
            reason = "refresh_token_replayed"
            revoke_family(self.server, found.issued.family, EventType.REFRESH_TOKEN_REPLAYED, reason)
            raise InvalidGrant("refresh token was used already")
        check_bound(self.server, found.issued.family)
        if not is_used and now >= found.token.expires_at:
            raise InvalidGrant("refresh token has expired")
        return person

    def issue_token(self, user: Person, token: TokenView) -> dict[str, Any]:
        server, found = self.server, token.found
        client = cast(ClientView, self.request.client).client
        if found.token.redeemed_at is None:
            refresh_token, reason = self._rotate(found), ""
        else:
            refresh_token, reason = self._successor(found.token), "grace"
        keep_family(server, found.issued.family)
        record_issue(server, found.issued.family, EventType.TOKEN_REFRESHED, reason=reason)
        scopes = narrowed_scopes(server.facts.form.get("scope", ""), found.issued.family)
        return issue(server, client, found.issued.family, user, scopes=scopes, refresh_token=refresh_token)

    def save_token(self, token: dict[str, Any]) -> None:
        """What is stored of a token became an effect when it was made."""

    def revoke_old_credential(self, token: TokenView) -> None:
        """Rotation redeemed it already."""

    def _rotate(self, found: IssuedRefreshToken) -> str:
        server, token_id = self.server, found.token.token_id
        successor = server.mint.token(server.facts.now)
        sealed = server.mint.seal_successor(token_id, successor) if self._grace_seconds > 0 else None
        server.effects.append(
            REDEEM_REFRESH_TOKEN.effect(
                expects=1,
                of_token=token_id,
                now=server.facts.now,
                successor=successor.identifier,
                sealed=sealed.sealed if sealed else None,
                sealed_by=sealed.root_key_id if sealed else None,
            )
        )
        store_refresh_token(server, found.issued.family, successor.identifier, successor.digest)
        return successor.value

    @property
    def _grace_seconds(self) -> int:
        return 0 if self.server.facts.confirmation else self.server.settings.tokens.refresh_grace_seconds

    def _successor(self, token: RefreshToken) -> str:
        assert token.successor_sealed is not None
        assert token.root_key_id is not None
        return self.server.mint.open_successor(token.token_id, token.successor_sealed, token.root_key_id)


def is_in_grace(token: RefreshToken, now: int, *, grace_seconds: int) -> bool:
    """Whether a redeemed token may be repeated: soon after, and only while its successor is unused."""
    if token.redeemed_at is None or token.successor_sealed is None or token.successor_redeemed_at is not None:
        return False
    return grace_seconds > 0 and now - token.redeemed_at <= grace_seconds
