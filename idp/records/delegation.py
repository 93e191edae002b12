"""Delegations: a customer lets another account act for theirs."""

from dataclasses import dataclass
from enum import StrEnum

from idp.records.account import AccountStatus, Person, SubjectId
from idp.records.event import EventType


class EndedBy(StrEnum):
    NOBODY = ""
    CUSTOMER = "customer"
    DELEGATE = "delegate"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """`subject_id` is whose, `delegate_id` who may act: None where nobody who could has `delegate_customer_id`."""

    delegation_id: str
    subject_id: SubjectId
    delegate_id: SubjectId | None
    delegate_customer_id: str
    scope: str
    note: str
    created_at: int
    expires_at: int
    accepted_at: int | None
    used_at: int | None
    ended_at: int | None
    ended_by: EndedBy
    told_at: int | None

    def is_living(self, now: int) -> bool:
        """Whether it is offered or accepted, and neither ended nor expired."""
        return self.ended_at is None and now < self.expires_at

    def is_accepted(self, now: int) -> bool:
        """Whether somebody may act under it."""
        return self.accepted_at is not None and self.is_living(now)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersDelegation:
    """A delegation with its customer: what a delegate sees, and what a token exchange is decided over."""

    delegation: Delegation
    customer: Person

    def is_usable(self, now: int) -> bool:
        """Whether the delegate may act under it at this moment: also the customer's account has to be active."""
        return self.delegation.is_accepted(now) and self.customer.status is AccountStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDelegation:
    """A delegation as its customer sees it. `delegate_name` is empty before somebody has accepted."""

    delegation: Delegation
    delegate_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEntry:
    """One line of the history. `other` is the other one's customer ID, `reason` who ended it (a value of EndedBy)."""

    entry_id: str
    at: int
    type: EventType
    reason: str
    client_id: str
    is_customer: bool
    other: str
    scopes: tuple[str, ...]
