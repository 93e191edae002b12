"""Acting under a delegation: what a token exchange loads, and what the histories of both say of it.

It is for a person's own access token. One with an actor opens nothing more: a delegate acting for a customer would
otherwise act under that customer's delegations too, and nobody agreed to that.
"""

from idp.config.settings import Settings
from idp.records.account import Person
from idp.records.delegation import CustomersDelegation, Delegation
from idp.records.event import Event, EventType
from idp.spec.identifier import canonical_customer_id
from idp.store.database import Database
from idp.store.delegations import ACTING_DELEGATION

_LONGEST_NAME = 255


async def find_acting(
    db: Database, settings: Settings, *, delegate: Person, named: str, now: int
) -> CustomersDelegation | None:
    """What lets `delegate` act for `named`, a customer's own `sub` or customer ID, at this moment; None where nothing
    does, whoever that is.
    """
    if not settings.delegation.enabled or delegate.role.is_staff or not _is_name(named):
        return None
    name = canonical_customer_id(named, suffix=settings.customer_id.suffix) or named
    found = await db.one(ACTING_DELEGATION, named=name, of_delegate=delegate.subject_id, now=now)
    if found is None or not found.is_usable(now) or found.customer.role.is_staff:
        return None
    return found if acting_scopes(settings, found.delegation) else None


def acting_scopes(settings: Settings, delegation: Delegation) -> tuple[str, ...]:
    """The most that a token issued under it may have: what was allowed, and is still offered."""
    return settings.delegation.still_offered(delegation.scopes)


def used_events(
    found: CustomersDelegation, delegate: Person, *, client_id: str, family_id: str, scope: str
) -> list[Event]:
    """For the histories of customer and delegate, beside the family that was issued under it and `USE_DELEGATION`."""
    delegation, customer = found.delegation, found.customer
    sides = ((customer, "customer", delegate.customer_id), (delegate, "delegate", customer.customer_id))
    return [
        Event(
            type=EventType.DELEGATION_USED,
            actor=f"subject:{delegate.subject_id}",
            subject_id=person.subject_id,
            client_id=client_id,
            family_id=family_id,
            details={
                "delegation": delegation.delegation_id,
                "scope": scope,
                "side": side,
                "other": other,
            },
        )
        for person, side, other in sides
    ]


def _is_name(named: str) -> bool:
    return 0 < len(named) <= _LONGEST_NAME and named.isascii() and named.isprintable()
