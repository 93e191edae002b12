"""Our own keys and sealed secrets, as they are stored."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
"""That tokens are signed with."""
SECRET_ALGORITHMS = ("HS256", "HS384", "HS512")
"""That clients sign who they are with, if what they share with us is a secret."""
EncryptionAlgorithm = Literal["RSA-OAEP-256", "ECDH-ES"]
ENCRYPTION_ALGORITHMS: tuple[EncryptionAlgorithm, ...] = get_args(EncryptionAlgorithm)
"""That clients encrypt to us with."""
KeyAlgorithm = Algorithm | EncryptionAlgorithm
EVERY_ALGORITHM: tuple[KeyAlgorithm, ...] = (*ALGORITHMS, *ENCRYPTION_ALGORITHMS)
"""Each has keys of its own; a key serves one algorithm alone (RFC 8725 §3.1)."""

KeyState = Literal["next", "active", "retired", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A key that signs, or that decrypts what clients encrypted to us. `sealed` is empty once nothing needs the private
    half any more: a key that signs loses it when it retires, one that decrypts when nobody can still be using it.
    """

    kid: str
    algorithm: KeyAlgorithm
    state: KeyState
    public_jwk: str
    sealed: bytes = field(repr=False)
    root_key_id: str
    created_at: int
    activated_at: int | None
    retired_at: int | None
    unpublished_at: int | None

    @property
    def decrypts(self) -> bool:
        return self.algorithm in ENCRYPTION_ALGORITHMS

    def is_published(self, now: int) -> bool:
        """Whether the JWKS shows it. Of those that decrypt it shows the active ones alone: whoever encrypts takes any
        key, and a retired one is understood for a while all the same (OpenID Connect Core §10.2.1).
        """
        if self.decrypts:
            return self.state == "active"
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
