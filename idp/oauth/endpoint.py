"""What every endpoint that clients call directly does first: read the body, refuse repeats, find the client.

RFC 6749 §3.2: parameters sent twice are refused, except `resource` (RFC 8707 §2), and at token exchange `audience`
(RFC 8693 §2.1). So no endpoint can forget it.
"""

from dataclasses import dataclass, replace

import structlog
from starlette.requests import Request

from idp.clients.keys import ClientKeys
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.registry import Clients
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.oauth.authlib_server import Server
from idp.oauth.client_auth import load_assertion, load_certified, read_presented
from idp.oauth.facts import TokenFacts
from idp.oauth.mint import Mint
from idp.oauth.outcome import Outcome, refusal
from idp.oauth.possession import shown
from idp.oidc.access_token import AccessTokens
from idp.oidc.possession import Possession
from idp.records.ports import Clock
from idp.signing.keyring import Keyring
from idp.spec.errors import (
    InvalidClient,
    InvalidRequest,
    ProtocolError,
    TemporarilyUnavailable,
    TooManyRequests,
)
from idp.store.database import Database
from idp.store.replay import USED
from idp.web.authorization import authorization_of
from idp.web.certificate import certificate_of
from idp.web.circumstances import circumstances_of
from idp.web.forms import MalformedForm, read_parameters
from idp.web.metrics import Metrics

TRIES = 4
"""How often a request is decided anew because others were quicker."""

_REPEATABLE = frozenset({"resource"})
_REPEATABLE_BY_GRANT = {TOKEN_EXCHANGE: _REPEATABLE | {"audience"}}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What the endpoints of the authorization server work with."""

    settings: Settings
    database: Database
    clock: Clock
    clients: Clients
    client_keys: ClientKeys
    keyring: Keyring
    mint: Mint
    audit: Audit
    access_tokens: AccessTokens
    possession: Possession
    metrics: Metrics
    server: Server


async def read_facts(authority: Authority, request: Request) -> TokenFacts:
    """The facts that every such request has. Raises a ProtocolError."""
    now = authority.clock.now()
    try:
        form = await read_parameters(request)
    except MalformedForm as error:
        raise InvalidRequest(error.detail) from None
    repeatable = _REPEATABLE_BY_GRANT.get(form.get("grant_type", ""), _REPEATABLE)
    if repeated := form.repeated(allowed=repeatable):
        raise InvalidRequest(f"{repeated} is sent more than once")
    proven, certificate = authority.possession.proven(request, now), certificate_of(request, now)
    presented = read_presented(authorization_of(request), form, certificate)
    await authority.keyring.refresh(now)
    client, keys = await authority.clients.find(presented.client_id, now), authority.client_keys
    root_keys = authority.mint.root_keys
    return TokenFacts(
        form=form,
        resources=tuple(form.all("resource")),
        audiences=tuple(form.all("audience")),
        presented=presented.of(client),
        client=client,
        circumstances=circumstances_of(request),
        now=now,
        assertion=await load_assertion(presented, client, keys=keys, root_keys=root_keys, now=now),
        certified_keys=await load_certified(presented, client, certificate, keys=keys, now=now),
        certificate=certificate,
        proven=proven,
        confirmation=shown(client, proven, certificate),
    )


async def look_again(authority: Authority, facts: TokenFacts, tried: int) -> TokenFacts:
    """What may have changed since the last try: whether the client's assertion or proof was used meanwhile.

    At the first try nobody asks: who comes second finds out when the use is to be remembered, and tries again.
    """
    if not tried:
        return facts
    assertion, proven = facts.assertion, facts.proven
    if assertion is not None:
        assertion = replace(assertion, is_used=await _is_used(authority, assertion.digest))
    if proven is not None:
        proven = replace(proven, is_used=await _is_used(authority, proven.digest))
    return replace(facts, assertion=assertion, proven=proven)


async def _is_used(authority: Authority, digest: bytes) -> bool:
    return await authority.database.one(USED, of_digest=digest) is not None


def decide_refusal(error: ProtocolError, server: Server | None, request: Request) -> Outcome:
    """The answer to `error`, with its effects. §5.2: a failed Authorization header is answered in kind."""
    scheme = "Basic" if isinstance(error, InvalidClient) and "authorization" in request.headers else ""
    return refusal(error, effects=tuple(server.penalties) if server else (), scheme=scheme)


def report(authority: Authority, outcome: Outcome, facts: TokenFacts | None) -> None:
    """Metrics of the client's authentication, and the log's precise reason for a refusal."""
    error = outcome.error
    if facts is not None:
        authority.metrics.client_authenticated(
            facts.presented.method, succeeded=not isinstance(error, InvalidClient)
        )
    if isinstance(error, TooManyRequests) and facts is not None and facts.client is not None:
        authority.metrics.request_limited(is_public=facts.client.is_public)
    if error is not None:
        client_id = facts.presented.client_id if facts else ""
        _log.info("request refused", error=error.code, reason=error.log_reason, client_id=client_id)


def too_contended() -> TemporarilyUnavailable:
    """Others were quicker each time. The client may repeat the request."""
    return TemporarilyUnavailable("the server is busy with this grant; repeat the request")
