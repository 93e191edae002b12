"""Authorization responses: RFC 6749 §4.1.2, always with `iss` (RFC 9207), always by 303 (RFC 9700 §4.12)."""

import json

from starlette.responses import Response

from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.oauth.asked import Asked
from idp.oauth.mint import Mint
from idp.records.client import RefreshPolicy
from idp.records.event import Circumstances, Event, EventType
from idp.records.session import SignedIn
from idp.spec.errors import ProtocolError
from idp.spec.redirect_response import with_query
from idp.spec.scope import OFFLINE_ACCESS
from idp.spec.token_value import TokenValue
from idp.store.grants import INSERT_CODE, INSERT_FAMILY
from idp.store.sessions import KEEP_SESSION
from idp.store.statement import Effect


def error_redirect(issuer: str, redirect_uri: str, state: str, error: ProtocolError) -> Response:
    """§4.1.2.1. `state` goes back exactly as it came."""
    parameters = error.body() | ({"state": state} if state else {}) | {"iss": issuer}
    return _redirect(redirect_uri, parameters)


def code_redirect(issuer: str, asked: Asked, code: TokenValue) -> Response:
    state = asked.request.state
    parameters = {"code": code.value} | ({"state": state} if state else {}) | {"iss": issuer}
    return _redirect(asked.request.redirect_uri, parameters)


def issue_code(
    asked: Asked,
    signed_in: SignedIn,
    *,
    settings: Settings,
    mint: Mint,
    audit: Audit,
    circumstances: Circumstances,
    now: int,
) -> tuple[TokenValue, list[Effect]]:
    """A code, its family, and the audit record. Nothing is issued from a session that ends in the same instant."""
    session, request, client = signed_in.session, asked.request, asked.client
    code, family_id = mint.token(now), mint.entropy.uuid7(now)
    is_offline = OFFLINE_ACCESS in asked.scopes
    event = Event(
        type=EventType.AUTHORIZATION_GRANTED,
        actor=f"subject:{session.subject_id}",
        subject_id=session.subject_id,
        client_id=client.client_id,
        session_id=session.session_id,
        family_id=family_id,
        details={"scopes": list(asked.scopes)},
    )
    effects = [
        KEEP_SESSION.effect(expects=1, of_session=session.session_id),
        INSERT_FAMILY.effect(
            family_id=family_id,
            subject_id=session.subject_id,
            client_id=client.client_id,
            session_id=session.session_id,
            is_offline=int(is_offline),
            scope=" ".join(asked.scopes),
            resource=" ".join(asked.audience),
            authenticated_at=session.authenticated_at,
            acr=request.acr.reported(session.acr),
            amr=json.dumps(session.amr),
            sid=session.sid,
            created_at=now,
            expires_at=_family_end(asked, signed_in, settings, now, is_offline=is_offline),
        ),
        INSERT_CODE.effect(
            code_id=code.identifier,
            digest=code.digest,
            family_id=family_id,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            created_at=now,
            expires_at=now + settings.tokens.code_lifetime_seconds,
        ),
        audit.effect(event, circumstances, now=now),
    ]
    return code, effects


def _family_end(asked: Asked, signed_in: SignedIn, settings: Settings, now: int, *, is_offline: bool) -> int:
    """When the family's last token is dead: by itself, with its session, or soon, where it can't be refreshed."""
    tokens = settings.tokens
    soonest = now + tokens.code_lifetime_seconds + tokens.access_token_lifetime_seconds
    if is_offline:
        return now + tokens.refresh_absolute_seconds
    if "refresh_token" in asked.client.grant_types and asked.client.refresh is RefreshPolicy.SESSION:
        return max(soonest, signed_in.session.expires_at)
    return soonest


def _redirect(redirect_uri: str, parameters: dict[str, str]) -> Response:
    # Starlette quotes the URL again; ours is exact already, and a registered one may hold what it would change.
    response = Response(status_code=303, headers={"cache-control": "no-store", "pragma": "no-cache"})
    response.headers["location"] = with_query(redirect_uri, parameters)
    return response
