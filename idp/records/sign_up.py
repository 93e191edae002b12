"""What is on its way to an account: sign-ups, and changes of addresses that wait."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.records.account import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What was entered before the account exists. Empty fields have yet to be. `encoded` is of the chosen password."""

    sign_up_id: str
    browser_digest: bytes
    interaction_id: str | None
    client_id: str
    country: str
    language: str
    email: str
    email_key: str
    encoded: str = field(repr=False)
    pepper_id: str | None
    email_verified_at: int | None
    kind: str
    account_id: AccountId | None
    created_at: int
    expires_at: int
    completed_at: int | None

    def is_open(self, now: int) -> bool:
        return self.completed_at is None and now < self.expires_at


class AddressPlace(StrEnum):
    """Which of an account's addresses."""

    PRIMARY = "primary"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """A change of an address, whose owner proved the new one before. It waits until `apply_at`."""

    change_id: str
    account_id: AccountId
    place: AddressPlace
    email: str
    email_key: str
    former_email: str | None
    created_at: int
    apply_at: int
    applied_at: int | None
    ended_at: int | None
    ended_reason: str

    @property
    def is_waiting(self) -> bool:
        return self.applied_at is None and self.ended_at is None
