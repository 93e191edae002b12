"""Authlib's authorization server, over facts. This file and `grants/` are where its untyped world ends.

One configured server is copied for each request (`for_request`): the copy reads `facts` and appends to `effects`, so
that Authlib never does I/O. Nothing that hangs from a copy points back to it, so that a request's facts are gone with
its answer rather than wait for the garbage collector.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request

from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.oauth.client_auth import (
    CERTIFICATE_METHOD_NAMES,
    check_assertion,
    check_certificate,
)
from idp.oauth.facts import TokenFacts
from idp.oauth.mint import Mint
from idp.oauth.outcome import Answer
from idp.oauth.possession import check_shown
from idp.oauth.rates import Rates
from idp.records.client import Client
from idp.records.event import Event
from idp.signing.trust_anchors import TrustAnchors
from idp.spec.errors import InvalidClient
from idp.store.statement import Effect

TOKEN_PATH = "/token"
T = TypeVar("T")


class ClientView:
    """A registered client, as Authlib asks about one (its ClientMixin)."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The form, of which no parameter is repeated: the endpoint saw to that."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form

    @property
    def data(self) -> Mapping[str, str]:
        return self._form

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: [value] for name, value in self._form.items()}


class Request(OAuth2Request):  # type: ignore[misc]
    """A token request. Its URI is the configured one: Authlib refuses the plain-http URL that a proxy leaves.

    An endpoint makes one without a form, whose URI Authlib examines, and copies it for each request.
    """

    payload: Payload

    def __init__(self, uri: str) -> None:
        super().__init__("POST", uri)

    def with_form(self, form: Mapping[str, str]) -> "Request":
        request = _twin(self)
        request.payload = Payload(form)
        return request

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data


class Server(AuthorizationServer):  # type: ignore[misc]
    """`settings`, `mint` and `audit` are for the grants, `rates` and `anchors` for clients; the rest exists on a copy
    alone.

    `effects` are those of a success. A refusal commits `penalties` and nothing else, so that no half of a success is
    ever kept: what a check after them refuses, they did not do.
    """

    facts: TokenFacts
    effects: list[Effect]
    penalties: list[Effect]

    def __init__(
        self, *, settings: Settings, mint: Mint, audit: Audit, rates: Rates, anchors: TrustAnchors | None
    ) -> None:
        super().__init__()
        self.rates = rates
        self.anchors = anchors
        self.settings = settings
        self.mint = mint
        self.audit = audit

    def for_request(self, facts: TokenFacts) -> "Server":
        server = _twin(self)
        server.facts = facts
        server.effects, server.penalties = [], []
        return server

    def authenticate_client(
        self, request: Request, methods: list[str], endpoint: str = "token"
    ) -> ClientView:
        """Raises InvalidClient, InvalidDpopProof. Authlib would try `methods` in turn; the method is the one that was
        presented, whatever Authlib's grant lists.
        """
        facts, client = self.facts, self.facts.client
        if client is None or not self._is_authentic(client, request.uri):
            raise InvalidClient("client authentication failed", log_reason=self._why_not())
        self.rates.count(client, facts.turn, network=facts.circumstances.network, now=facts.now)
        if endpoint == "token":
            check_shown(client, facts.confirmation, facts.certificate)
        if facts.proven is not None:
            # As an assertion, a proof is spent by a refusal too; but never by somebody who is not the client.
            once = facts.proven.once()
            self.effects.append(once)
            self.penalties.append(once)
        return ClientView(client)

    def _is_authentic(self, client: Client, endpoint: str) -> bool:
        """Every method's credentials were read by the endpoint; here they are compared. Raises InvalidClient."""
        facts, presented = self.facts, self.facts.presented
        if facts.assertion is not None:
            audiences = self._audiences(client, endpoint)
            used = check_assertion(presented, client, facts.assertion, audiences=audiences, now=facts.now)
            # A refusal spends it too: who sees the request later must not be able to repeat it.
            self.effects.append(used)
            self.penalties.append(used)
            return True
        if client.token_endpoint_auth_method in CERTIFICATE_METHOD_NAMES and presented.is_registered(client):
            keys, anchors = facts.certified_keys, self.anchors
            check_certificate(facts.certificate, client, keys=keys, anchors=anchors, now=facts.now)
            return True
        return presented.matches(client, facts.now)

    def _audiences(self, client: Client, endpoint: str) -> tuple[str, ...]:
        """Whom an assertion may be for. OpenID Connect Core §9 has clients name the token endpoint, RFC 7523bis §4 the
        issuer, which a client can make the only one.
        """
        issuer, accepted = self.settings.issuer, self.settings.exceptions.assertion_audiences
        if "endpoint" not in accepted or client.assertion_audiences == "issuer":
            return (issuer,)
        return tuple(dict.fromkeys((issuer, f"{issuer}{TOKEN_PATH}", endpoint)))

    def recorded(self, event: Event) -> Effect:
        """An audit row, for the transaction of what it records."""
        return self.audit.effect(event, self.facts.circumstances, now=self.facts.now)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """We have no use for Authlib's signals: metrics are counted at the endpoint."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        """Authlib's headers are those that every answer of ours has."""
        return Answer(status=status, body=body)

    def _why_not(self) -> str:
        client, presented = self.facts.client, self.facts.presented
        if client is None:
            return "unknown client"
        if client.disabled_at is not None:
            return "client is disabled"
        if client.token_endpoint_auth_method not in presented.accepts:
            return f"client is registered for {client.token_endpoint_auth_method}, not {presented.method}"
        return "wrong client secret"


def _twin(original: T) -> T:
    """A shallow copy. `copy.copy` takes the way of pickling, at five times the price."""
    twin: T = object.__new__(type(original))
    vars(twin).update(vars(original))
    return twin
