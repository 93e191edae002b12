"""What both endpoints of registration work with: the rooms, the bearer token, the metadata that may be registered, and
the answer. RFC 7591 §3.2.1, RFC 7592 §3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request

from idp.clients.asking import Asking, read_asking
from idp.clients.keys import ClientKeys
from idp.clients.metadata import InvalidMetadata, MetadataProblem, offer_of
from idp.clients.registry import Clients
from idp.clients.sectors import sector_problem
from idp.clients.self_registration import Holding
from idp.clients.statements import BadStatement, UnapprovedStatement, stated
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.oauth.outcome import Answer, refusal
from idp.records.client import Client, RefreshPolicy
from idp.records.event import Occasion
from idp.records.ports import Clock, Entropy, Outside
from idp.signing.sealing import RootKeys
from idp.signing.secrets import Secrets
from idp.spec.errors import (
    InvalidClientMetadata,
    InvalidRedirectUri,
    InvalidSoftwareStatement,
    InvalidToken,
    ProtocolError,
    UnapprovedSoftwareStatement,
)
from idp.store.clients import metadata_of
from idp.store.database import Database
from idp.web.authorization import authorization_of
from idp.web.circumstances import circumstances_of
from idp.web.metrics import Metrics

REGISTER_PATH = "/register"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    settings: Settings
    database: Database
    clock: Clock
    entropy: Entropy
    root_keys: RootKeys
    secrets: Secrets
    clients: Clients
    client_keys: ClientKeys
    outside: Outside
    audit: Audit
    metrics: Metrics

    def occasion(self, request: Request, actor: str) -> Occasion:
        return Occasion(now=self.clock.now(), actor=actor, circumstances=circumstances_of(request))

    async def statement_claims(self, sent: Mapping[str, Any], now: int) -> Mapping[str, Any]:
        """What the software statement says, if one is sent. Raises a ProtocolError."""
        statement = sent.get("software_statement")
        if statement is None:
            return {}
        if not isinstance(statement, str):
            raise InvalidSoftwareStatement("software_statement is not a text")
        issuers = self.settings.registration.software_issuers
        try:
            return await stated(statement, issuers, self.client_keys, now)
        except BadStatement as error:
            raise InvalidSoftwareStatement(f"software_statement: {error}") from None
        except UnapprovedStatement:
            raise UnapprovedSoftwareStatement(
                "the issuer of this software statement is unknown here"
            ) from None

    async def checked(self, client_id: str, asking: Asking) -> Client:
        """The client that may be registered, its sector looked up. Raises InvalidRedirectUri, InvalidClientMetadata."""
        limits, offer = self.settings.registration, offer_of(self.settings)
        try:
            client = read_asking(client_id, asking, limits=limits, offer=offer)
        except InvalidMetadata as error:
            raise _refusal(error.problems) from None
        if problem := await sector_problem(self.outside, client):
            raise InvalidClientMetadata(f"sector_identifier_uri: {client.sector_identifier_uri} {problem}")
        return client

    def reserved_names(self) -> tuple[str, ...]:
        """What nobody may call themselves whom we don't know."""
        return (self.settings.brand.name, *(brand.name for brand in self.settings.brands if brand.name))

    def document(self, client: Client) -> dict[str, Any]:
        """Everything that is registered of a client (RFC 7591 §3.2.1), but for its secret and its token, of which
        digests are left. What only an operator can set is said where one did.
        """
        metadata = metadata_of(client)
        if client.refresh is RefreshPolicy.OFFLINE:
            del metadata["refresh"]
        return {
            "client_id": client.client_id,
            "client_id_issued_at": client.created_at,
            **metadata,
            "registration_client_uri": f"{self.settings.issuer}{REGISTER_PATH}/{client.client_id}",
        }

    def held(self, holding: Holding) -> dict[str, Any]:
        """The same for who just got a token, and perhaps a secret, which never ends by itself."""
        secret = {"client_secret": holding.secret, "client_secret_expires_at": 0} if holding.secret else {}
        return {**self.document(holding.client), **secret, "registration_access_token": holding.token}

    def refused(self, error: ProtocolError) -> Answer:
        """The answer to a protocol error; RFC 7591 §3.2.2, RFC 6750 §3 for a token."""
        self.metrics.registration_answered("refused")
        _log.info("registration refused", error=error.code, reason=error.log_reason)
        return refusal(error, scheme="Bearer").answer


def bearer_of(request: Request) -> str:
    """The token in the Authorization header, or empty. Raises InvalidToken for any other way to authenticate."""
    authorization = authorization_of(request)
    scheme, _, token = authorization.partition(" ")
    if authorization and (scheme.lower() != "bearer" or not token.strip()):
        raise InvalidToken("the Authorization header is not Bearer")
    return token.strip()


def _refusal(problems: tuple[MetadataProblem, ...]) -> ProtocolError:
    """All problems in one description; the first gives the error its code."""
    description = "; ".join(str(problem) for problem in problems)
    is_redirect = problems[0].code == "invalid_redirect_uri"
    return InvalidRedirectUri(description) if is_redirect else InvalidClientMetadata(description)
