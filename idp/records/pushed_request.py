"""An authorization request that a client sent ahead of the browser (RFC 9126)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequest:
    """`parameters` are what an interaction keeps of a request. `expires_at` is when nobody can begin with it any more:
    who began before may still finish. `redeemed_at` is when it was answered, which happens once.
    """

    request_id: str
    digest: bytes
    client_id: str
    parameters: Mapping[str, str]
    created_at: int
    expires_at: int
    redeemed_at: int | None
