"""Signing keys and sealed secrets, as they are stored."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

KeyState = Literal["next", "active", "retired", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A signing key. `sealed` is empty once the key no longer signs: nothing needs the private half any more."""

    kid: str
    algorithm: Algorithm
    state: KeyState
    public_jwk: str
    sealed: bytes = field(repr=False)
    root_key_id: str
    created_at: int
    activated_at: int | None
    retired_at: int | None
    unpublished_at: int | None

    def is_published(self, now: int) -> bool:
        """Whether the JWKS shows it."""
        match self.state:
            case "next" | "active":
                return True
            case "retired":
                return self.unpublished_at is None or now < self.unpublished_at
            case "withdrawn":
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A pepper or an HMAC key."""

    secret_id: str
    purpose: str
    sealed: bytes = field(repr=False)
    root_key_id: str
    created_at: int
