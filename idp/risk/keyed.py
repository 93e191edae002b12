"""Addresses as keyed digests: the same address has the same digest, and nobody without the key can go back.

The key may be replaced at any time. Digests begin with its number, so a profile that an older key made still matches;
with its owner's next sign-in what matched is kept under the newest.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from idp.signing.secrets import Secret

_BYTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """`former` is an older key under which something is still kept, or None."""

    newest: Secret
    former: Secret | None = None

    def digest(self, value: str) -> str:
        return _digest(self.newest, value)

    def former_digest(self, value: str) -> str:
        return _digest(self.former, value) if self.former else ""


def key_number(digest: str) -> str:
    """The number of the key that made a digest."""
    return digest.partition(".")[0]


def _digest(secret: Secret, value: str) -> str:
    if not value:
        return ""
    whole = hmac.digest(secret.value, value.encode(), "sha256")
    number = secret.secret_id.rpartition("-")[2]
    return f"{number}.{urlsafe_b64encode(whole[:_BYTES]).decode()}"
