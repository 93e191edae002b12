"""What every grant of a person's tokens does alike: check that they may still be issued, and issue them."""

from dataclasses import replace
from typing import Any

from idp.oauth.authlib_server import Server
from idp.oauth.mint import Grantee
from idp.oauth.resources import narrow_resources, scopes_at
from idp.oidc.id_token import Bound
from idp.records.account import AccountStatus, Person
from idp.records.client import Client
from idp.records.event import Event, EventType
from idp.records.grant import Family, Issued
from idp.spec.errors import InvalidGrant, InvalidRequest, InvalidScope
from idp.spec.scope import OPENID, is_well_formed, scopes_of
from idp.store.grants import BIND_FAMILY, INSERT_REFRESH_TOKEN, KEEP_FAMILY, REVOKE_FAMILY
from idp.store.sessions import USE_SESSION


def check_alive(issued: Issued, now: int) -> Person:
    """The person for whom this family may still issue. Raises InvalidGrant."""
    if issued.family.revoked_at is not None:
        raise InvalidGrant("the grant was revoked")
    if now >= issued.family.expires_at:
        raise InvalidGrant("the grant has expired")
    if issued.session_ends_at is not None and now >= issued.session_ends_at:
        raise InvalidGrant("the session has ended")
    if issued.person is None or issued.person.status is not AccountStatus.ACTIVE:
        raise InvalidGrant("the grant has ended", log_reason="the account is not active")
    return issued.person


def issue(
    server: Server,
    client: Client,
    family: Family,
    person: Person,
    *,
    scopes: tuple[str, ...],
    nonce: str = "",
    refresh_token: str | None,
) -> dict[str, Any]:
    """The token response (RFC 6749 §5.1). `refresh_token` is the value to hand out, or None for none; `scopes` are
    those granted, or the part of them that was asked for.
    """
    facts, mint = server.facts, server.mint
    if refresh_token is not None and client.is_public and facts.confirmation and not family.confirmation:
        # RFC 9449 §5, RFC 8705 §4: whoever refreshes has to hold this key, for there is no secret to know.
        server.effects.append(
            BIND_FAMILY.effect(of_family=family.family_id, bound_to=facts.confirmation.text())
        )
    audience = narrow_resources(facts.resources, tuple(family.resource.split()))
    effective = scopes_at(scopes, audience, server.settings.every_resource, issuer=server.settings.issuer)
    # An access token never outlives its family either: what is left of it may be less than a whole lifetime.
    access_token = mint.access_token(
        replace(
            Grantee.of(family),
            confirmation=facts.confirmation,
            narrowed=None if scopes == scopes_of(family.scope) else scopes,
        ),
        scopes=effective,
        audience=audience,
        now=facts.now,
        most_seconds=family.expires_at - facts.now,
    )
    server.effects.extend(access_token.effects)
    response: dict[str, Any] = {**access_token.members(), "scope": " ".join(effective)}
    if refresh_token is not None:
        response["refresh_token"] = refresh_token
    if OPENID in scopes:
        bound = Bound(nonce=nonce, access_token=access_token.value)
        response["id_token"] = mint.id_token(
            family, person, client, bound=bound, encryption_key=facts.encryption_key, now=facts.now
        )
    return response


def store_refresh_token(server: Server, family: Family, token_id: str, digest: bytes) -> None:
    """The row of a new refresh token. It never outlives its family."""
    now = server.facts.now
    server.effects.append(
        INSERT_REFRESH_TOKEN.effect(
            token_id=token_id,
            digest=digest,
            family_id=family.family_id,
            created_at=now,
            expires_at=min(now + server.settings.tokens.refresh_idle_seconds, family.expires_at),
        )
    )


def keep_family(server: Server, family: Family) -> None:
    """Nothing is issued from a family that is revoked in the same instant. Its session counts as used."""
    server.effects.append(KEEP_FAMILY.effect(expects=1, of_family=family.family_id))
    if family.session_id is not None and not family.is_offline:
        server.effects.append(USE_SESSION.effect(of_session=family.session_id, now=server.facts.now))


def check_bound(server: Server, family: Family) -> None:
    """Whether the request holds the key that a family is bound to, if it is. Raises InvalidGrant; as this burns
    nothing, a stolen value that was not used yet is worth nothing, not even trouble.
    """
    if family.confirmation and family.confirmation != server.facts.confirmation:
        raise InvalidGrant("the grant is bound to a key that the request does not prove to hold")


def revoke_family(server: Server, family: Family, event: EventType, reason: str) -> None:
    """End a family because somebody else holds one of its values. It stays ended, though the request is refused."""
    server.penalties.append(
        REVOKE_FAMILY.effect(of_family=family.family_id, now=server.facts.now, reason=reason)
    )
    server.penalties.append(
        server.recorded(
            Event(
                type=event,
                outcome="failure",
                reason=reason,
                actor=f"client:{family.client_id}",
                subject_id=family.subject_id,
                client_id=family.client_id,
                session_id=family.session_id,
                family_id=family.family_id,
            )
        )
    )


def record_issue(server: Server, family: Family, event: EventType, *, reason: str = "") -> None:
    server.effects.append(
        server.recorded(
            Event(
                type=event,
                reason=reason,
                actor=f"client:{family.client_id}",
                subject_id=family.subject_id,
                client_id=family.client_id,
                session_id=family.session_id,
                family_id=family.family_id,
            )
        )
    )


def narrowed_scopes(requested: str, family: Family) -> tuple[str, ...]:
    """All that was granted, or the part that is asked for (§6). Raises InvalidScope."""
    granted = scopes_of(family.scope)
    if not requested:
        return granted
    if not is_well_formed(requested):
        raise InvalidScope("scope is malformed")
    scopes = scopes_of(requested)
    if not set(scopes) <= set(granted):
        raise InvalidScope("scope was not granted")
    return scopes


def required(server: Server, name: str) -> str:
    """A parameter that the grant needs. Raises InvalidRequest."""
    value = server.facts.form.get(name, "")
    if not value:
        raise InvalidRequest(f"{name} is missing")
    return value
