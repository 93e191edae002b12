"""A browser's signed-in state, and the browsers that a subject has used."""

from dataclasses import dataclass

from idp.records.account import AccountStatus, Person, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`acr` and `amr` are what was reached when it was last authenticated, or raised since; `seen_at` is exact to the
    minute. `factor_at` is when a second factor was last proven in it.
    """

    session_id: str
    sid: str
    subject_id: SubjectId
    authenticated_at: int
    acr: str
    amr: tuple[str, ...]
    created_at: int
    seen_at: int
    idle_seconds: int
    expires_at: int
    is_shared: bool
    user_agent: str
    country: str
    ended_at: int | None
    place: str
    device_id: str | None
    factor_at: int | None

    @property
    def proven_at(self) -> int:
        """When the person last proved anything at all."""
        return max(self.authenticated_at, self.factor_at or 0)

    def is_alive(self, now: int) -> bool:
        return self.ended_at is None and now < self.expires_at and now < self.seen_at + self.idle_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser that a subject has used, recognised by its token in the device cookie. Never a second factor.

    `former_digest` is of the token before: seen again long after `rotated_at`, somebody has a copy of the cookie.
    """

    device_id: str
    subject_id: SubjectId
    digest: bytes
    created_at: int
    seen_at: int
    expires_at: int
    revoked_at: int | None
    former_digest: bytes | None
    rotated_at: int | None
    browser: str
    system: str
    country: str
    place: str
    trusted_until: int | None
    revoked_reason: str

    def is_known(self, now: int) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A living session with its person."""

    session: Session
    person: Person

    def is_alive(self, now: int) -> bool:
        """A disabled account ends its sessions; this check holds even if that write were lost."""
        return self.session.is_alive(now) and self.person.status is AccountStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A person's recorded approval of an application."""

    client_id: str
    scopes: frozenset[str]
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """A session that has ended and whose applications have yet to be told."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClient:
    """An application that somebody signed in to with a session, and what both are called to it."""

    client_id: str
    sub: str
    sid: str
