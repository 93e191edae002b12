"""Nonces for DPoP proofs: RFC 9449 §8. A nonce says no more than when it was given, so nothing is stored: it is an HMAC
of the time, by a secret that all nodes share.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache

from idp.signing.secrets import Purpose, Secrets

_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces:
    """`step_seconds` is how long one is the current one; each is accepted for as long again."""

    secrets: Secrets
    step_seconds: int

    def current(self, now: int) -> str:
        """The one to give."""
        return _nonce(self.secrets.newest(Purpose.NONCE).value, now // self.step_seconds)

    def accepts(self, nonce: str, now: int) -> bool:
        """Whether it is of this step, of the former, or of the next: the clock of another node may be ahead."""
        key, step = self.secrets.newest(Purpose.NONCE).value, now // self.step_seconds
        sent = nonce.encode()
        return any(hmac.compare_digest(sent, _nonce(key, at).encode()) for at in (step, step - 1, step + 1))


@lru_cache(maxsize=16)
def _nonce(key: bytes, step: int) -> str:
    return urlsafe_b64encode(hmac.digest(key, b"%d" % step, "sha256")[:_BYTES]).rstrip(b"=").decode()
