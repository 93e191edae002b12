"""Nonces for DPoP proofs: RFC 9449 §9. An HMAC of the time, so nothing is stored; processes that share `secret` accept
each other's.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces:
    """`secret` has 32 random bytes; a nonce is accepted for `step_seconds` at least, and twice that at most."""

    secret: bytes = field(repr=False)
    clock: Callable[[], float]
    step_seconds: int = 60

    def current(self) -> str:
        return self._at(self._step)

    def accepts(self, nonce: str) -> bool:
        """Also the next step's: another process's clock may be ahead."""
        sent, step = nonce.encode(), self._step
        return any(hmac.compare_digest(sent, self._at(at).encode()) for at in (step, step - 1, step + 1))

    @property
    def _step(self) -> int:
        return int(self.clock()) // self.step_seconds

    def _at(self, step: int) -> str:
        digest = hmac.digest(self.secret, b"%d" % step, "sha256")[:_BYTES]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
