"""Device code grant: RFC 8628 §3.4 and §3.5.

A device asks again and again, and never quicker than its interval; what it asked before it is told so, and from then on
waits five seconds longer. Tokens are issued once. A device code that is used again ends what it brought, as an
authorization code does: one of the two who had it is not the device. Minting lives in `oauth/mint.py`.
"""

from typing import Any, cast

from authlib.oauth2.rfc6749 import TokenEndpointMixin
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.oauth.authlib_server import ClientView, Request, Server
from idp.oauth.client_auth import METHOD_NAMES
from idp.oauth.endpoint import Authority
from idp.oauth.facts import TokenFacts
from idp.oauth.grants.authorization_code import has_refresh_token
from idp.oauth.grants.issuing import (
    check_alive,
    issue,
    keep_family,
    record_issue,
    required,
    revoke_family,
    store_refresh_token,
)
from idp.records.client import Client
from idp.records.device_request import DeviceRequest
from idp.records.event import EventType
from idp.records.grant import Issued
from idp.spec.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
    UnauthorizedClient,
)
from idp.spec.scope import scopes_of
from idp.spec.token_value import is_same
from idp.store.device_requests import DEVICE_REQUEST, POLL_DEVICE_REQUEST, REDEEM_DEVICE_REQUEST
from idp.store.grants import ISSUED_BY_FAMILY

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
VALUE = "device_code"

_SLOWER_SECONDS = 5
_LONGEST_INTERVAL = 120
# Clocks count whole seconds, and networks are not even: a device that waits as it was told is never too quick.
_TOLERATED_SECONDS = 1


async def load(authority: Authority, facts: TokenFacts) -> dict[str, Any]:
    """The request, and what was granted if it was."""
    value = facts.value
    found = await authority.database.one(DEVICE_REQUEST, of_request=value.identifier) if value else None
    family_id = found.family_id if found else None
    issued = await authority.database.one(ISSUED_BY_FAMILY, family_id=family_id) if family_id else None
    return {"device_request": found, "device_grant": issued}


class Grant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    GRANT_TYPE = GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHOD_NAMES)
    server: Server
    request: Request

    def validate_token_request(self) -> None:
        """§3.4: the client, and a device code that was given to it."""
        required(self.server, "device_code")
        view: ClientView = self.authenticate_token_endpoint_client()
        if not view.check_grant_type(GRANT_TYPE):
            raise UnauthorizedClient("this client may not use the device authorization grant")
        self.request.client = view
        _check_known(self.server.facts, view.client)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The tokens, or why there are none yet (§3.5)."""
        server, client = self.server, cast(ClientView, self.request.client).client
        request = server.facts.device_request
        assert request is not None
        _check_waited_for(server, request)
        _check_pace(server, request)
        issued = _granted(server, request)
        person = check_alive(issued, server.facts.now)
        family = issued.family
        server.effects.append(
            REDEEM_DEVICE_REQUEST.effect(expects=1, of_request=request.request_id, now=server.facts.now)
        )
        keep_family(server, family)
        refresh_token = None
        if has_refresh_token(client, family):
            token = server.mint.token(server.facts.now)
            store_refresh_token(server, family, token.identifier, token.digest)
            refresh_token = token.value
        record_issue(server, family, EventType.TOKEN_ISSUED, reason="device_code")
        body = issue(
            server,
            client,
            family,
            person,
            scopes=scopes_of(family.scope),
            refresh_token=refresh_token,
        )
        return 200, body, []


def _check_known(facts: TokenFacts, client: Client) -> None:
    found, value = facts.device_request, facts.value
    if found is None or value is None or not is_same(found.digest, value.digest):
        raise InvalidGrant("device_code is unknown")
    if found.client_id != client.client_id:
        raise InvalidGrant("device_code was issued to another client")
    if found.confirmation and found.confirmation != facts.confirmation:
        raise InvalidGrant("device_code is bound to another key")


def _check_waited_for(server: Server, request: DeviceRequest) -> None:
    """That nobody will answer any more is told however quick the question was: to slow down means to go on (§3.5)."""
    if request.denied_at is not None:
        raise AccessDenied("the person declined")
    if server.facts.device_grant is None and server.facts.now >= request.expires_at:
        raise ExpiredToken("nobody approved in time")


def _check_pace(server: Server, request: DeviceRequest) -> None:
    """§3.5: too quick is told before tokens are issued, too. The instant is kept either way: two who ask at once are
    not both in time. While nobody has answered that hurts neither: libraries that don't know how a client
    authenticates ask once in each way.
    """
    now, former, interval = server.facts.now, request.polled_at, request.interval_seconds
    if now == former and server.facts.device_grant is None:
        raise _pending()
    is_quick = former is not None and now < former + interval - _TOLERATED_SECONDS
    if is_quick:
        interval = min(interval + _SLOWER_SECONDS, _LONGEST_INTERVAL)
    server.penalties.append(
        POLL_DEVICE_REQUEST.effect(
            expects=1, of_request=request.request_id, former=former or 0, now=now, interval=interval
        )
    )
    if is_quick:
        raise SlowDown(f"wait {interval} seconds between two requests")


def _granted(server: Server, request: DeviceRequest) -> Issued:
    """What the person granted. Raises what the device is told instead."""
    issued = server.facts.device_grant
    if request.redeemed_at is not None:
        if issued is not None and issued.family.revoked_at is None:
            revoke_family(server, issued.family, EventType.DEVICE_CODE_REPLAYED, "device_code_replayed")
        raise InvalidGrant("device_code was redeemed already")
    if issued is None:
        raise _pending()
    # The page told who allowed it in the last moment that the device is connected: so long it may ask once more.
    if server.facts.now >= request.expires_at + request.interval_seconds + _TOLERATED_SECONDS:
        raise ExpiredToken("the device asked too late")
    return issued


def _pending() -> AuthorizationPending:
    return AuthorizationPending("the person has not answered yet")
