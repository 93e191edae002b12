"""Second factors, the challenges that ask for them, and what a subject chose about them."""

from dataclasses import dataclass, field
from enum import StrEnum

from idp.records.account import SubjectId


class Way(StrEnum):
    """A way to prove a second factor, as people choose between them. Values are those of the form `other-way`."""

    TOTP = "totp"
    SECURITY_KEY = "security-key"
    SMS = "sms"
    BACKUP_CODE = "backup-code"


class Notify(StrEnum):
    """Which sign-ins are told by mail."""

    EVERY = "every"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What a subject chose. `user_handle` names them to authenticators, and nobody else. `changed_at` is when a factor
    was last added or removed, `recommended_at` when support removed them, until there is one again.
    """

    subject_id: SubjectId
    user_handle: bytes
    two_factor_at: int | None
    last_way: str
    notify: Notify
    stolen_at: int | None
    changed_at: int | None
    recommended_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the dispatcher has to know of a subject.

    `totps`, `keys`, `phones` and `backup_codes` count what is usable (flagged keys and used codes are not);
    `passkeys` are those of the keys that verify their user; `groups` are the operator's, and the role. Only a backup
    address that was proven counts. `changed_at` is when a factor was last added or removed, `blocked_at` when the owner
    blocked the account, while it is; only then `address_changed_at` says when one of its addresses last changed.
    """

    subject_id: SubjectId
    two_factor_at: int | None
    last_way: str
    stolen_at: int | None
    totps: int
    keys: int
    passkeys: int
    phones: int
    backup_codes: int
    groups: frozenset[str]
    primary_email_refused_at: int | None
    recommended_at: int | None
    has_backup_email: bool
    backup_asked_at: int | None
    changed_at: int | None = None
    blocked_at: int | None = None
    has_primary_email: bool = True
    address_changed_at: int | None = None

    @property
    def has_two_factor(self) -> bool:
        """Whether every sign-in asks for a factor, even when none is left that works."""
        return self.two_factor_at is not None

    @property
    def has_device(self) -> bool:
        """A factor other than backup codes."""
        return bool(self.totps or self.keys or self.phones)

    def ways(self, *, sms: bool) -> tuple[Way, ...]:
        """What can be asked for, the safest first. `sms`: whether the operator sends any."""
        counts = {
            Way.SECURITY_KEY: self.keys,
            Way.TOTP: self.totps,
            Way.SMS: self.phones if sms else 0,
            Way.BACKUP_CODE: self.backup_codes,
        }
        return tuple(way for way, count in counts.items() if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """An authenticator app. `last_step` is the last step that was accepted: each is accepted once ever."""

    totp_id: str
    subject_id: SubjectId
    name: str
    sealed: bytes = field(repr=False)
    root_key_id: str
    last_step: int
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential. `flagged_at`: its counter went back, so it is asked for no more."""

    passkey_id: str
    subject_id: SubjectId
    name: str
    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    aaguid: str
    transports: str
    is_discoverable: bool
    verifies_user: bool
    is_synced: bool
    created_at: int
    used_at: int | None
    flagged_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """`masked` is fit to be shown."""

    phone_id: str
    subject_id: SubjectId
    name: str
    masked: str
    sealed: bytes = field(repr=False)
    root_key_id: str
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCode:
    """One of the newest set."""

    subject_id: SubjectId
    digest: bytes
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Something asked for once, in one interaction or one session. `former_until` is when the code before ends."""

    challenge_id: str
    kind: str
    interaction_id: str | None
    session_id: str | None
    subject_id: SubjectId | None
    digest: bytes
    former_digest: bytes | None
    former_until: int | None
    key_id: str
    message_id: str | None
    recipient: str
    sealed: bytes | None = field(repr=False)
    root_key_id: str | None
    tries_left: int
    sends: int
    sent_at: int
    created_at: int
    expires_at: int
    redeemed_at: int | None
    ended_at: int | None

    def is_open(self, now: int) -> bool:
        return self.redeemed_at is None and self.ended_at is None and now < self.expires_at


class Kind(StrEnum):
    """What is set up."""

    UNCHOSEN = ""
    TOTP = "totp"
    SECURITY_KEY = "security-key"
    PASSKEY = "passkey"
    """A key that signs in by itself: kept by its authenticator, and it verifies its user."""
    SMS = "sms"
    BACKUP_CODES = "backup-codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A factor that is being set up, in a session or in a sign-in that demands one. With `turns_on`, backup codes and
    two-factor authentication come with it.
    """

    enrolment_id: str
    subject_id: SubjectId
    session_id: str | None
    interaction_id: str | None
    kind: Kind
    turns_on: bool
    name: str
    sealed: bytes | None = field(repr=False)
    root_key_id: str | None
    tries_left: int
    created_at: int
    expires_at: int
    verified_at: int | None
    completed_at: int | None

    def is_open(self, now: int) -> bool:
        return self.completed_at is None and now < self.expires_at
