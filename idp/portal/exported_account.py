"""What somebody has with us, for the copy of their data: addresses, factors, browsers, applications.

Nothing that opens a door: no secret of a factor, no digest, no whole telephone number.
"""

from collections.abc import AsyncIterator

from idp.account.own_devices import devices_of
from idp.clients.service_account_asked import wish_of
from idp.clients.service_accounts import own_service_accounts
from idp.portal.exported_item import Item, application_of, time_of
from idp.portal.visit import Visit
from idp.records.delegation import Delegation
from idp.store.address_changes import CHANGES_OF_ACCOUNT
from idp.store.applications import HOLDINGS_OF_SUBJECT
from idp.store.delegations import OFFERS_OF_SUBJECT, OFFERS_TO_DELEGATE
from idp.store.devices import DEVICES_OF_SUBJECT
from idp.store.domains import DOMAINS_OF_ACCOUNT
from idp.store.factors import SECURITY, STANDING
from idp.store.pairwise import PAIRWISE_OF_SUBJECT
from idp.store.sessions import CONSENTS_OF_SUBJECT, SESSIONS_OF_SUBJECT


def account(visit: Visit) -> Item:
    person = visit.person
    return {
        "customer_id": person.customer_id,
        "sub": person.sub,
        "primary_email": person.primary_email,
        "primary_email_verified": person.primary_email_verified,
        "backup_email": person.backup_email,
        "backup_email_verified": person.backup_email_verified,
        "kind": person.kind,
        "country": person.country,
        "language": person.language,
        "profile": dict(person.profile),
        "role": person.role.value,
        "status": person.status.value,
        "created_at": time_of(person.created_at),
        "updated_at": time_of(person.updated_at),
        "delete_at": time_of(person.delete_at),
    }


async def security(visit: Visit) -> Item:
    database, of_subject = visit.door.database, visit.person.subject_id
    standing = await database.one(STANDING, of_subject=of_subject)
    chosen = await database.one(SECURITY, of_subject=of_subject)
    return {
        "two_factor_since": time_of(standing.two_factor_at if standing else None),
        "backup_codes_left": standing.backup_codes if standing else 0,
        "notifications": chosen.notify.value if chosen else "new",
    }


async def devices(visit: Visit) -> AsyncIterator[Item]:
    for device in await devices_of(visit.door.database, visit.person.subject_id):
        yield {
            "kind": device.kind.value,
            "name": device.name,
            "detail": device.detail,
            "created_at": time_of(device.created_at),
            "used_at": time_of(device.used_at),
        }


async def browsers(visit: Visit) -> AsyncIterator[Item]:
    database, of_subject = visit.door.database, visit.person.subject_id
    for device in await database.all(DEVICES_OF_SUBJECT, of_subject=of_subject, now=visit.now):
        yield {
            "browser": device.browser,
            "system": device.system,
            "country": device.country,
            "place": device.place,
            "known_since": time_of(device.created_at),
            "seen_at": time_of(device.seen_at),
            "trusted_until": time_of(device.trusted_until),
        }


async def sessions(visit: Visit) -> AsyncIterator[Item]:
    for session in await visit.door.database.all(SESSIONS_OF_SUBJECT, of_subject=visit.person.subject_id):
        yield {
            "browser": session.user_agent,
            "country": session.country,
            "place": session.place,
            "began_at": time_of(session.created_at),
            "seen_at": time_of(session.seen_at),
            "expires_at": time_of(session.expires_at),
            "methods": list(session.amr),
        }


async def applications(visit: Visit) -> AsyncIterator[Item]:
    database, of_subject = visit.door.database, visit.person.subject_id
    for consent in await database.all(CONSENTS_OF_SUBJECT, of_subject=of_subject):
        yield {
            "application": await application_of(visit, consent.client_id),
            "allowed": sorted(consent.scopes),
            "allowed_at": time_of(consent.created_at),
            "changed_at": time_of(consent.updated_at),
        }
    for holding in await database.all(HOLDINGS_OF_SUBJECT, of_subject=of_subject, now=visit.now):
        yield {
            "application": await application_of(visit, holding.client_id),
            "used": holding.scope.split(),
            "came_by": holding.came_by,
            "first_used_at": time_of(holding.granted_at),
            "last_used_at": time_of(holding.last_used_at),
        }


async def service_accounts(visit: Visit) -> AsyncIterator[Item]:
    """Without their secrets, of which we keep none."""
    for client in await own_service_accounts(visit.door.database, visit.person):
        yield {
            "client_id": client.client_id,
            "created_at": time_of(client.created_at),
            "changed_at": time_of(client.updated_at),
            "last_used_at": time_of(client.used_at),
            "turned_off_at": time_of(client.disabled_at),
            **wish_of(client),
        }


async def delegations(visit: Visit) -> AsyncIterator[Item]:
    """Who may act for them, and for whom they may. That somebody could have accepted is not in it."""
    database, of_subject = visit.door.database, visit.person.subject_id
    for offer in await database.all(OFFERS_OF_SUBJECT, of_subject=of_subject, now=visit.now):
        yield _delegation("customer", offer.delegation, offer.delegation.delegate_customer_id)
    for asked in await database.all(OFFERS_TO_DELEGATE, of_delegate=of_subject, now=visit.now):
        yield _delegation("delegate", asked.delegation, asked.customer.customer_id)


def _delegation(you: str, found: Delegation, other: str) -> Item:
    return {
        "you_are": you,
        "other": other,
        "scopes": list(found.scopes),
        "note": found.note,
        "offered_at": time_of(found.created_at),
        "accepted_at": time_of(found.accepted_at),
        "last_used_at": time_of(found.used_at),
        "ends_at": time_of(found.expires_at),
    }


async def subjects(visit: Visit) -> AsyncIterator[Item]:
    """Of the account's own `sub` says `account`."""
    for pairwise in await visit.door.database.all(PAIRWISE_OF_SUBJECT, of_subject=visit.person.subject_id):
        yield {
            "sector": pairwise.sector,
            "sub": pairwise.sub,
            "since": time_of(pairwise.created_at),
        }


async def address_changes(visit: Visit) -> AsyncIterator[Item]:
    for change in await visit.door.database.all(CHANGES_OF_ACCOUNT, of_account=visit.person.account_id):
        yield {
            "place": change.place.value,
            "email": change.email,
            "former_email": change.former_email,
            "asked_at": time_of(change.created_at),
            "applies_at": time_of(change.apply_at),
            "applied_at": time_of(change.applied_at),
            "ended_at": time_of(change.ended_at),
        }


async def domains(visit: Visit) -> AsyncIterator[Item]:
    for owned in await visit.door.database.all(DOMAINS_OF_ACCOUNT, of_account=visit.person.account_id):
        yield {"domain": owned.domain, "added_at": time_of(owned.added_at)}
