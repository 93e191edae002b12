"""`/account/applications`: what the customer allowed, and taking it back.

Listed are consents, and whatever another's application can still use without one (it counted as ours before, or was
issued in the very instant of a withdrawal). What a service got by exchange ends with the application before it, and
nobody allowed it anything; nor do customers allow what a trusted issuer vouches for. Our own are part of the contract:
signing out ends what they hold. Beneath stand the customer's own service accounts (`service_accounts/`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from idp.account.ending import revoke_application
from idp.clients.registry import load_client
from idp.login.scope_words import describe
from idp.portal.service_accounts.acting import NEW_PATH
from idp.portal.service_accounts.listing import may_make_one, service_account_rows
from idp.portal.visit import Visit
from idp.records.client import Client
from idp.records.grant import Holding
from idp.records.session import Consent
from idp.spec.scope import CLAIM_SCOPES, OFFLINE_ACCESS, OPENID, scopes_of
from idp.store.applications import HOLDINGS_OF_SUBJECT
from idp.store.sessions import CONSENTS_OF_SUBJECT

_FIRST = (OPENID, *CLAIM_SCOPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What an application may use. `last_used_at` is None if that was too long ago to be known."""

    client_id: str
    scopes: frozenset[str]
    granted_at: int
    last_used_at: int | None


async def show(visit: Visit) -> Response:
    return visit.render(
        "account/applications.html",
        **visit.form(),
        consents=[_row(visit, client, allowed) for client, allowed in await _listed(visit)],
        service_accounts=await service_account_rows(visit),
        new_url=NEW_PATH if may_make_one(visit) else "",
        now=visit.now,
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    listed = {allowed.client_id for _, allowed in await _listed(visit)}
    if form.get("action") == "revoke" and form.get("client_id") in listed:
        await revoke_application(
            visit.door.database,
            visit.door.audit,
            visit.occasion,
            subject_id=visit.person.subject_id,
            client_id=form["client_id"],
        )
    return visit.back()


def allowed_by(consents: Sequence[Consent], holdings: Sequence[Holding]) -> list[Allowed]:
    """What stands allowed, by consent or by what was issued; consents first."""
    held: dict[str, list[Holding]] = {}
    for holding in (holding for holding in holdings if holding.came_by == "sign_in"):
        held.setdefault(holding.client_id, []).append(holding)
    by_consent = [_consented(consent, held.pop(consent.client_id, [])) for consent in consents]
    living = ([holding for holding in found if holding.is_living] for found in held.values())
    return by_consent + [_held(found) for found in living if found]


async def _listed(visit: Visit) -> list[tuple[Client, Allowed]]:
    """The applications that are not ours, disabled ones too: they may be enabled again."""
    database, subject_id = visit.door.database, visit.person.subject_id
    allowed = allowed_by(
        await database.all(CONSENTS_OF_SUBJECT, of_subject=subject_id),
        await database.all(HOLDINGS_OF_SUBJECT, of_subject=subject_id, now=visit.now),
    )
    clients = [(await load_client(database, item.client_id), item) for item in allowed]
    return [(client, item) for client, item in clients if client is not None and not client.is_first_party]


def _consented(consent: Consent, found: Sequence[Holding]) -> Allowed:
    return Allowed(
        client_id=consent.client_id,
        scopes=consent.scopes,
        granted_at=consent.created_at,
        last_used_at=max((holding.last_used_at for holding in found), default=None),
    )


def _held(found: Sequence[Holding]) -> Allowed:
    return Allowed(
        client_id=found[0].client_id,
        scopes=frozenset(scope for holding in found for scope in scopes_of(holding.scope)),
        granted_at=min(holding.granted_at for holding in found),
        last_used_at=max(holding.last_used_at for holding in found),
    )


def _row(visit: Visit, client: Client, allowed: Allowed) -> dict[str, Any]:
    return {
        "client_id": client.client_id,
        "application": client.name_in(visit.locale),
        "url": client.client_uri,
        "scopes": [describe(scope)[1] for scope in sorted(allowed.scopes, key=_place)],
        "granted_at": allowed.granted_at,
        "last_used_at": allowed.last_used_at,
    }


def _place(scope: str) -> tuple[bool, int, str]:
    """Who somebody is comes first, what lasts comes last."""
    return scope == OFFLINE_ACCESS, _FIRST.index(scope) if scope in _FIRST else len(_FIRST), scope
