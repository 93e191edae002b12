"""What was issued: families, codes, refresh tokens."""

from dataclasses import dataclass

from idp.records.account import AccountStatus, Person, SubjectId
from idp.spec.actor import Actor
from idp.spec.confirmation import UNBOUND, Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One issued authorization. `authenticated_at`, `acr`, `amr` and `sid` are those of the sign-in behind it.

    `sub` is the one that its client knows the person by; `claims` are those granted one by one, as the parameter of
    that name has it, or empty. `actor` is who acts for the subject, `confirmation` the key that its tokens are bound
    to; `parent_id` names the family that it was exchanged from, and `delegation_id` what lets the actor act, if any.
    """

    family_id: str
    subject_id: SubjectId | None
    client_id: str
    session_id: str | None
    parent_id: str | None
    is_offline: bool
    scope: str
    resource: str
    authenticated_at: int | None
    acr: str
    amr: tuple[str, ...]
    sid: str
    sub: str
    claims: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    actor: Actor | None = None
    confirmation: Confirmation = UNBOUND
    delegation_id: str | None = None

    def is_alive(self, now: int) -> bool:
        return self.revoked_at is None and now < self.expires_at

    @property
    def is_of_sign_in(self) -> bool:
        """Whether somebody signed in for it: nothing was exchanged for it, and nobody else vouched for them."""
        return self.parent_id is None and self.authenticated_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    code_id: str
    digest: bytes
    redirect_uri: str
    code_challenge: str
    nonce: str
    created_at: int
    expires_at: int
    redeemed_at: int | None
    dpop_jkt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """`successor_*` are set when it was rotated; the value is sealed and only serves a repeat within the grace."""

    token_id: str
    digest: bytes
    created_at: int
    expires_at: int
    redeemed_at: int | None
    successor_id: str | None
    successor_sealed: bytes | None
    root_key_id: str | None
    successor_redeemed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A family with its person (None where a client acts for itself).

    `session_ends_at` is when the session that it lives with ends, idle or by its limit; None where it lives with none.
    """

    family: Family
    person: Person | None
    session_ends_at: int | None

    def is_alive(self, now: int) -> bool:
        """Whether the family stands, its person is active and its session lives, at this very moment."""
        is_active = self.person is None or self.person.status is AccountStatus.ACTIVE
        in_session = self.session_ends_at is None or now < self.session_ends_at
        return is_active and in_session and self.family.is_alive(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What has become of a family: all that has to be known to say whether a token of it is good, and whose it is.

    `sub` is the one that its client knows, `person_sub` the person's own; this, `customer_id` and `status` are None
    where a client acts for itself. `session_ends_at` is as that of `Issued`.
    """

    family_id: str
    parent_id: str | None
    subject_id: SubjectId | None
    sub: str
    expires_at: int
    revoked_at: int | None
    person_sub: str | None
    customer_id: str | None
    status: AccountStatus | None
    session_ends_at: int | None

    def is_alive(self, now: int) -> bool:
        """As `Issued.is_alive`."""
        is_active = self.subject_id is None or self.status is AccountStatus.ACTIVE
        in_session = self.session_ends_at is None or now < self.session_ends_at
        return is_active and in_session and self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    code: Code
    issued: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedRefreshToken:
    token: RefreshToken
    issued: Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A family as one of those that another was exchanged from. `status` is that of its person's account, None where a
    client acts for itself.
    """

    family_id: str
    parent_id: str | None
    subject_id: SubjectId | None
    client_id: str
    revoked_at: int | None
    status: AccountStatus | None

    @property
    def stands(self) -> bool:
        """Whether nobody revoked it, and its person is active."""
        return self.revoked_at is None and self.status in (None, AccountStatus.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseSubject:
    """The `sub` that the clients of a sector know a person by."""

    sector: str
    sub: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an application was issued with one scope, all families together. `is_living`: some of it is still usable.
    `came_by` is "sign_in", "exchange" (RFC 8693) or "trusted_issuer": by the last two nobody allowed it anything.
    """

    client_id: str
    scope: str
    came_by: str
    is_living: bool
    granted_at: int
    last_used_at: int
