"""Token revocation: RFC 7009. Revoking either kind of token ends its whole family (§2.1 lets us choose)."""

from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint

from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.held_token import HeldToken, held_token
from idp.oidc.access_token import KnownToken
from idp.records.event import Event, EventType
from idp.spec.errors import InvalidGrant
from idp.store.grants import INSERT_REVOKED_FAMILY, REVOKE_FAMILY


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server

    def authenticate_token(self, request: Request, client: ClientView) -> HeldToken | None:
        """§2.1 and §2.2: an unknown token is no error, somebody else's is. Unknown hints are ignored."""
        held = held_token(self.server.facts)
        if held is not None and not held.check_client(client):
            raise InvalidGrant("the token was issued to another client")
        return held

    def revoke_token(self, held: HeldToken, request: Request) -> None:
        token = held.token
        if isinstance(token, KnownToken):
            family_id, subject_id = str(token.claims["fid"]), None
            if token.standing is None:
                self._write_own_family(token, family_id)
            else:
                subject_id = token.standing.subject_id
        else:
            family_id, subject_id = token.issued.family.family_id, token.issued.family.subject_id
        now = self.server.facts.now
        self.server.effects.append(
            REVOKE_FAMILY.effect(of_family=family_id, now=now, reason="revoked_by_client")
        )
        self.server.effects.append(
            self.server.recorded(
                Event(
                    type=EventType.TOKEN_REVOKED,
                    actor=f"client:{held.client_id}",
                    subject_id=subject_id,
                    client_id=held.client_id,
                    family_id=family_id,
                )
            )
        )

    def create_endpoint_response(self, request: Request) -> tuple[int, Any, list[tuple[str, str]]]:
        """§2.2: the status says it all."""
        status, _, headers = super().create_endpoint_response(request)
        return status, None, headers

    def _write_own_family(self, token: KnownToken, family_id: str) -> None:
        """A client's own family gets its row now, so that it can be revoked."""
        audience = token.claims["aud"]
        self.server.effects.append(
            INSERT_REVOKED_FAMILY.effect(
                family_id=family_id,
                client_id=token.client_id,
                scope=" ".join(token.scopes),
                resource=audience if isinstance(audience, str) else " ".join(audience),
                created_at=token.claims["iat"],
                expires_at=token.claims["exp"],
            )
        )
