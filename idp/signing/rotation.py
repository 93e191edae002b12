"""When signing keys change: pure decisions, one algorithm at a time.

A key is *next* (published, so that everybody knows it before it signs), *active*, then *retired* (published until the
last token that it signed has died, and kept for `id_token_hint`). Each decision is one step; `succession.py` takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from idp.config.settings import Settings
from idp.records.key import Algorithm, KeyState, SigningKey

# Clocks of nodes differ a little, and a key is published a moment after its time was read.
_MARGIN_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPolicy:
    """Durations of a key's life."""

    rotation_seconds: int
    """How long a key signs."""
    publication_seconds: int
    """How long a key is published before it signs: until no cache of the JWKS is older than the key."""
    overlap_seconds: int
    """How long a key stays published after it signed: until its last token has died."""


def rotation_policy(settings: Settings) -> RotationPolicy:
    """The policy that follows from the settings."""
    keys, tokens = settings.keys, settings.tokens
    longest_token = max(tokens.access_token_lifetime_seconds, tokens.id_token_lifetime_seconds)
    return RotationPolicy(
        rotation_seconds=keys.rotation_days * 86_400,
        publication_seconds=keys.jwks_max_age_seconds + keys.cache_seconds + _MARGIN_SECONDS,
        # Another node may sign with its copy of the key for as long as that copy lives.
        overlap_seconds=longest_token + keys.cache_seconds + _MARGIN_SECONDS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Make a key and store it in this state."""

    algorithm: Algorithm
    state: Literal["next", "active"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Let `successor` sign, and `former`, if there is one, retire."""

    successor: SigningKey
    former: SigningKey | None


Step = Publish | Promote


def decide_rotation(
    keys: Sequence[SigningKey], *, algorithm: Algorithm, now: int, policy: RotationPolicy
) -> Step | None:
    """The next step that is due, if any. The first key of all signs at once: nobody has cached our JWKS."""
    active, successor = key_in(keys, algorithm, "active"), key_in(keys, algorithm, "next")
    if active is None:
        if successor is None:
            return Publish(algorithm=algorithm, state="active")
        return Promote(successor=successor, former=None)
    if successor is None:
        return Publish(algorithm=algorithm, state="next")
    signs_since = active.created_at if active.activated_at is None else active.activated_at
    due_at = max(signs_since + policy.rotation_seconds, ready_at(successor, policy))
    return Promote(successor=successor, former=active) if now >= due_at else None


def ready_at(successor: SigningKey, policy: RotationPolicy) -> int:
    """When everybody knows a published key."""
    return successor.created_at + policy.publication_seconds


def key_in(keys: Sequence[SigningKey], algorithm: Algorithm, state: KeyState) -> SigningKey | None:
    """The key of an algorithm in a state that only one has: active or next."""
    return next((key for key in keys if key.algorithm == algorithm and key.state == state), None)
