"""What an exchange issues and stores: an access token, and a family that hangs on the one of the subject token.

Ending that one, its session or the delegation ends this one too (`store/endings.py`).
"""

from typing import Any

from idp.account.delegation_use import used_events
from idp.oauth.authlib_server import Server
from idp.oauth.exchange.chain import chain_names
from idp.oauth.exchange.party import Party
from idp.oauth.exchange.policy import Allowed, Case
from idp.oauth.mint import Grantee, Minted
from idp.records.event import Event, EventType
from idp.records.grant import Family
from idp.store.delegations import USE_DELEGATION
from idp.store.grants import INSERT_FAMILY, INSERT_REVOKED_FAMILY, KEEP_FAMILY, family_columns
from idp.store.statement import Effect


def issue(server: Server, case: Case, allowed: Allowed) -> dict[str, Any]:
    """The members of the answer, but for `issued_token_type`; what is stored is appended to the server's effects."""
    facts, family_id = server.facts, server.mint.entropy.uuid7(server.facts.now)
    parent = case.subject.family
    minted = server.mint.access_token(
        Grantee(
            sub=allowed.sub,
            client_id=case.client.client_id,
            family_id=family_id,
            authenticated_at=parent.authenticated_at if parent else None,
            acr=parent.acr if parent else "",
            amr=parent.amr if parent else (),
            actor=allowed.actor,
            confirmation=facts.confirmation,
            owner=case.subject.owner,
        ),
        scopes=allowed.shown,
        audience=allowed.audience,
        now=facts.now,
        most_seconds=allowed.expires_at - facts.now,
    )
    family = _family(case, allowed, family_id, minted, server)
    server.effects.extend(_kept(case, facts.now))
    server.effects.append(INSERT_FAMILY.effect(**family_columns(family)))
    server.effects.extend(minted.effects)
    server.effects.append(server.recorded(_event(case, allowed, family)))
    server.effects.extend(map(server.recorded, _used(case, family)))
    return {**minted.members(), "scope": " ".join(allowed.shown)}


def _kept(case: Case, now: int) -> list[Effect]:
    """Nothing is issued from what ended since it was loaded."""
    effects, parent = [], case.subject.family
    if parent is not None:
        if not case.subject.is_stored:
            effects.append(INSERT_REVOKED_FAMILY.effect(**family_columns(parent)))
        effects.append(KEEP_FAMILY.effect(expects=1, of_family=parent.family_id))
    if case.wish.for_customer and case.delegation is not None:
        delegation_id = case.delegation.delegation.delegation_id
        effects.append(USE_DELEGATION.effect(expects=1, of_delegation=delegation_id, now=now))
    return effects


def _used(case: Case, family: Family) -> list[Event]:
    """For the histories of both, where a person acts for a customer."""
    if not case.wish.for_customer or case.delegation is None or case.subject.person is None:
        return []
    return used_events(
        case.delegation,
        case.subject.person,
        client_id=family.client_id,
        family_id=family.family_id,
        scope=family.scope,
    )


def _family(case: Case, allowed: Allowed, family_id: str, minted: Minted, server: Server) -> Family:
    subject, parent, now = case.subject, case.subject.family, server.facts.now
    person = subject.person
    delegation_id = parent.delegation_id if parent else None
    if case.wish.for_customer and case.delegation is not None:
        person, delegation_id = case.delegation.customer, case.delegation.delegation.delegation_id
    return Family(
        family_id=family_id,
        subject_id=person.subject_id if person else None,
        client_id=case.client.client_id,
        session_id=parent.session_id if parent else None,
        parent_id=parent.family_id if parent else None,
        is_offline=parent.is_offline if parent else False,
        scope=" ".join(allowed.scopes),
        resource=" ".join(allowed.audience),
        authenticated_at=parent.authenticated_at if parent else None,
        acr=parent.acr if parent else "",
        amr=parent.amr if parent else (),
        sid=parent.sid if parent else "",
        sub=allowed.sub,
        claims="",
        created_at=now,
        expires_at=now + minted.expires_in,
        revoked_at=None,
        actor=allowed.actor,
        confirmation=server.facts.confirmation,
        delegation_id=delegation_id,
    )


def _event(case: Case, allowed: Allowed, family: Family) -> Event:
    details: dict[str, str | list[str]] = {
        "rule": allowed.rule.name,
        "chain": chain_names(_subject_name(case.subject, allowed), allowed.actor),
        "subject_token": case.subject.token_type,
        "audience": list(allowed.audience),
        "scopes": list(allowed.scopes),
    }
    if family.parent_id is not None:
        details["parent"] = family.parent_id
    if case.subject.issuer:
        details["issuer"] = case.subject.issuer
    if family.delegation_id is not None:
        details["delegation"] = family.delegation_id
    return Event(
        type=EventType.TOKEN_EXCHANGED,
        actor=f"client:{case.client.client_id}",
        subject_id=family.subject_id,
        client_id=family.client_id,
        session_id=family.session_id,
        family_id=family.family_id,
        details=details,
    )


def _subject_name(subject: Party, allowed: Allowed) -> str:
    return f"client:{subject.service_id}" if subject.service_id else allowed.sub
