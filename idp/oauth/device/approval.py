"""A person's answer to a device: what is stored of it (RFC 8628 §3.3). The device gets its tokens when it asks next."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.records.client import Client, RefreshPolicy
from idp.records.device_request import DeviceRequest
from idp.records.event import Event, EventType, Occasion
from idp.records.grant import Family
from idp.records.ports import Entropy
from idp.records.session import Consent, SignedIn
from idp.spec.confirmation import UNBOUND
from idp.spec.scope import OFFLINE_ACCESS, scopes_of
from idp.store.device_requests import APPROVE_DEVICE_REQUEST, DENY_DEVICE_REQUEST
from idp.store.grants import INSERT_FAMILY, family_columns
from idp.store.sessions import KEEP_SESSION, RECORD_CONSENT
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """What an answer is made with. `sub` and `sid` are those that the client knows person and session by; `consent` is
    what the person allowed it before.
    """

    settings: Settings
    audit: Audit
    entropy: Entropy
    occasion: Occasion
    sub: str
    sid: str
    consent: Consent | None


def approve(
    approving: Approving, request: DeviceRequest, client: Client, signed_in: SignedIn
) -> Sequence[Effect]:
    """Effects that are undone together where somebody else answered, or the session ended, in the same instant."""
    family, now = _family(approving, request, client, signed_in), approving.occasion.now
    effects = [
        KEEP_SESSION.effect(expects=1, of_session=signed_in.session.session_id),
        INSERT_FAMILY.effect(**family_columns(family)),
        APPROVE_DEVICE_REQUEST.effect(
            expects=1, of_request=request.request_id, granted=family.family_id, now=now
        ),
        _recorded(approving, EventType.DEVICE_CONNECTED, request, signed_in, family=family),
    ]
    if not client.is_first_party:
        effects += _consented(approving, request, signed_in)
    return effects


def deny(approving: Approving, request: DeviceRequest, signed_in: SignedIn) -> Sequence[Effect]:
    return [
        DENY_DEVICE_REQUEST.effect(expects=1, of_request=request.request_id, now=approving.occasion.now),
        _recorded(approving, EventType.DEVICE_REFUSED, request, signed_in, family=None),
    ]


def _family(approving: Approving, request: DeviceRequest, client: Client, signed_in: SignedIn) -> Family:
    session, now = signed_in.session, approving.occasion.now
    scopes = scopes_of(request.scope)
    return Family(
        family_id=approving.entropy.uuid7(now),
        subject_id=session.subject_id,
        client_id=client.client_id,
        session_id=session.session_id,
        parent_id=None,
        is_offline=OFFLINE_ACCESS in scopes,
        scope=request.scope,
        resource=request.resource,
        authenticated_at=session.authenticated_at,
        acr=session.acr,
        amr=tuple(session.amr),
        sid=approving.sid,
        sub=approving.sub,
        claims="",
        created_at=now,
        expires_at=_family_end(approving.settings, request, client, signed_in, now),
        revoked_at=None,
        # RFC 9449 §5: who has a secret or a key of its own to be known by may change the one that tokens are bound to.
        confirmation=request.confirmation if client.is_public else UNBOUND,
    )


def _family_end(
    settings: Settings, request: DeviceRequest, client: Client, signed_in: SignedIn, now: int
) -> int:
    """When the family's last token is dead: by itself, with its session, or soon, where it can't be refreshed."""
    if OFFLINE_ACCESS in scopes_of(request.scope):
        return now + settings.tokens.refresh_absolute_seconds
    soonest = request.expires_at + settings.longest_access_token_seconds
    if "refresh_token" in client.grant_types and client.refresh is RefreshPolicy.SESSION:
        return max(soonest, signed_in.session.expires_at)
    return soonest


def _consented(approving: Approving, request: DeviceRequest, signed_in: SignedIn) -> list[Effect]:
    """Recorded as on the consent page, for the person to find and take back. A device asks anew all the same."""
    before = approving.consent.scopes if approving.consent else frozenset[str]()
    scopes = sorted(before | frozenset(scopes_of(request.scope)))
    return [
        RECORD_CONSENT.effect(
            subject_id=signed_in.person.subject_id,
            client_id=request.client_id,
            scope=" ".join(scopes),
            now=approving.occasion.now,
        ),
        _recorded(approving, EventType.CONSENT_GRANTED, request, signed_in, family=None),
    ]


def _recorded(
    approving: Approving,
    event_type: EventType,
    request: DeviceRequest,
    signed_in: SignedIn,
    *,
    family: Family | None,
) -> Effect:
    event = Event(
        type=event_type,
        actor=approving.occasion.actor,
        subject_id=signed_in.person.subject_id,
        client_id=request.client_id,
        session_id=signed_in.session.session_id,
        family_id=family.family_id if family else None,
        details={"scopes": list(scopes_of(request.scope)), "device_country": request.country},
    )
    return approving.audit.effect(event, approving.occasion.circumstances, now=approving.occasion.now)
