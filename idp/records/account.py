"""People: accounts, their subjects, and what a sign-in needs to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType

AccountId = NewType("AccountId", str)
SubjectId = NewType("SubjectId", str)


class Role(StrEnum):
    CUSTOMER = "customer"
    SUPPORT = "support"
    ADMINISTRATOR = "administrator"

    @property
    def is_staff(self) -> bool:
        return self is not Role.CUSTOMER


class AccountStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    INCOMPLETE = "incomplete"
    DELETED = "deleted"
    """Its data are gone; its customer ID is never given again."""

    @property
    def is_closed(self) -> bool:
        """Whether nobody signs in to it."""
        return self in (AccountStatus.DISABLED, AccountStatus.DELETED)


class AccountKind(StrEnum):
    """What an account is for. It decides which documents prove whose it is."""

    INDIVIDUAL = "individual"
    SELF_EMPLOYED = "self-employed"
    COMPANY = "company"
    ASSOCIATION = "association"
    ADMINISTRATION = "administration"


class BlockedBy(StrEnum):
    """Who blocked an account, which decides what undoes it."""

    OPERATOR = ""
    OWNER = "owner"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A subject with its account. `profile` holds the standard claims of Core §5.1 beyond the addresses."""

    subject_id: SubjectId
    sub: str
    account_id: AccountId
    customer_id: str
    primary_email: str | None
    primary_email_verified: bool
    backup_email: str | None
    backup_email_verified: bool
    profile: Mapping[str, Any]
    language: str
    role: Role
    status: AccountStatus
    created_at: int
    updated_at: int
    kind: str = ""
    country: str = ""
    blocked_by: BlockedBy = BlockedBy.OPERATOR
    delete_at: int | None = None

    @property
    def rank(self) -> int:
        """Who may act on whom: nobody on who stands above them."""
        return (Role.CUSTOMER, Role.SUPPORT, Role.ADMINISTRATOR).index(self.role)

    @property
    def proven_addresses(self) -> tuple[str, ...]:
        """The addresses that notices go to."""
        backup = self.backup_email if self.backup_email_verified else None
        return tuple(address for address in (self.primary_email, backup) if address)

    @property
    def name(self) -> str:
        """What to call them: the full name, or else the customer ID."""
        return str(self.profile.get("name") or self.customer_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProfile:
    """What customers say of themselves. `profile` holds the standard claims as JSON text, as it is stored."""

    profile: str
    language: str
    kind: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a password is compared with. `encoded` is None for a subject that has none yet."""

    person: Person
    encoded: str | None
    pepper_id: str | None
    changed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A single-use link. `digest` is that of the whole value, which we don't keep; `about` a JSON object."""

    link_id: str
    digest: bytes
    purpose: str
    subject_id: SubjectId
    created_at: int
    expires_at: int
    redeemed_at: int | None
    about: str

    def is_open(self, now: int) -> bool:
        return self.redeemed_at is None and now < self.expires_at
