"""A device that waits for a person's approval (RFC 8628), or had it."""

from dataclasses import dataclass

from idp.spec.confirmation import UNBOUND, Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """`browser`, `place` and `country` say where it was asked from, for the person to recognise. `family_id` is what
    was granted, `confirmation` the key that the device proved to hold when it asked.
    """

    request_id: str
    digest: bytes
    client_id: str
    scope: str
    resource: str
    browser: str
    place: str
    country: str
    interval_seconds: int
    polled_at: int | None
    created_at: int
    expires_at: int
    family_id: str | None
    denied_at: int | None
    redeemed_at: int | None
    confirmation: Confirmation = UNBOUND

    @property
    def is_answered(self) -> bool:
        return self.family_id is not None or self.denied_at is not None

    def is_open(self, now: int) -> bool:
        """Whether somebody may still approve it."""
        return not self.is_answered and now < self.expires_at
