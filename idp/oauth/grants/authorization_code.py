"""Authorization code grant: RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core §3.1.3.

Everything is checked before the code is redeemed, so a wrong verifier or client burns nothing. A second redemption that
would have been valid ends the family (OAuth 2.1 §7.5.2). Minting lives in `oauth/mint.py`.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibGrant

from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oauth.grants.issuing import (
    check_alive,
    issue,
    keep_family,
    record_issue,
    required,
    revoke_family,
    store_refresh_token,
)
from idp.records.account import Person
from idp.records.client import Client, RefreshPolicy
from idp.records.event import EventType
from idp.records.grant import Family, IssuedCode
from idp.spec.errors import InvalidGrant
from idp.spec.pkce import check_verifier
from idp.spec.scope import OFFLINE_ACCESS, scopes_of
from idp.spec.token_value import is_same
from idp.store.grants import CODE, REDEEM_CODE

GRANT_TYPE = "authorization_code"
VALUE = "code"


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """The rows that this grant decides over."""
    value = facts.value
    return {"code": await authority.database.one(CODE, code_id=value.identifier) if value else None}


class CodeView:
    """A stored code, as Authlib asks about one."""

    def __init__(self, found: IssuedCode) -> None:
        self.found = found

    def get_redirect_uri(self) -> str:
        return self.found.code.redirect_uri

    def get_scope(self) -> str:
        return self.found.issued.family.scope


class Grant(AuthlibGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def query_authorization_code(self, code: str, client: ClientView) -> CodeView | None:
        facts: TokenFacts = self.server.facts
        found, value = facts.code, facts.value
        if found is None or value is None or not is_same(found.code.digest, value.digest):
            raise InvalidGrant("code is unknown")
        if found.issued.family.client_id != client.get_client_id():
            raise InvalidGrant("code was issued to another client")
        return CodeView(found)

    def validate_token_request(self) -> None:
        required(self.server, "code")
        super().validate_token_request()
        check_verifier(self.server.facts.form.get("code_verifier", ""), self._found.code.code_challenge)
        if self._found.code.dpop_jkt not in ("", self.server.facts.confirmation.jkt):
            raise InvalidGrant("code is bound to another DPoP key")  # RFC 9449 §10

    def authenticate_user(self, code: CodeView) -> Person:
        """The last check: everything else about the request was right."""
        found, now = code.found, self.server.facts.now
        if found.code.redeemed_at is not None:
            if found.issued.family.revoked_at is None:
                revoke_family(self.server, found.issued.family, EventType.CODE_REPLAYED, "code_replayed")
            raise InvalidGrant("code was redeemed already")
        if now >= found.code.expires_at:
            raise InvalidGrant("code has expired")
        return check_alive(found.issued, now)

    def generate_token(self, user: Person, scope: str, include_refresh_token: bool = True) -> dict[str, Any]:
        server, family = self.server, self._found.issued.family
        client = cast(ClientView, self.request.client).client
        server.effects.append(
            REDEEM_CODE.effect(expects=1, of_code=self._found.code.code_id, now=server.facts.now)
        )
        keep_family(server, family)
        refresh_token = None
        if include_refresh_token and has_refresh_token(client, family):
            token = server.mint.token(server.facts.now)
            store_refresh_token(server, family, token.identifier, token.digest)
            refresh_token = token.value
        record_issue(server, family, EventType.TOKEN_ISSUED, reason=GRANT_TYPE)
        # A `scope` here is no parameter of this grant, and ignored (§3.2): it was granted with the code.
        return issue(
            server,
            client,
            family,
            user,
            scopes=scopes_of(family.scope),
            nonce=self._found.code.nonce,
            refresh_token=refresh_token,
        )

    def save_token(self, token: dict[str, Any]) -> None:
        """What is stored of a token became an effect when it was made."""

    def delete_authorization_code(self, code: CodeView) -> None:
        """Redeemed codes stay, so that a replay is recognised."""

    @property
    def _found(self) -> IssuedCode:
        return cast(CodeView, self.request.authorization_code).found


def has_refresh_token(client: Client, family: Family) -> bool:
    """Whether a code yields one: `offline_access` was granted, or the client's tokens live with the session."""
    return OFFLINE_ACCESS in scopes_of(family.scope) or client.refresh is RefreshPolicy.SESSION
