"""When our keys change: pure decisions, one algorithm at a time.

A key is *next* (published, so that everybody knows it before it signs), *active*, then *retired* (published until the
last token that it signed has died, and kept for `id_token_hint`). A key that decrypts is published while it is active
alone, and, retired, still decrypts for a while. Each decision is one step; `succession.py` takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from idp.config.settings import Settings
from idp.records.key import KeyAlgorithm, KeyState, OwnKey

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
    decryption_seconds: int = 30 * 86_400
    """How long a retired key decrypts. Request objects lie at their addresses, and clients keep our JWKS longer than we
    allow; who has read the database meanwhile reads no more than them.
    """

    def kept_seconds(self, key: OwnKey) -> int:
        """How long after its retirement a key is of use."""
        return self.decryption_seconds if key.decrypts else self.overlap_seconds


def rotation_policy(settings: Settings) -> RotationPolicy:
    """The policy that follows from the settings."""
    keys, tokens = settings.keys, settings.tokens
    longest_token = max(settings.longest_access_token_seconds, tokens.id_token_lifetime_seconds)
    return RotationPolicy(
        rotation_seconds=keys.rotation_days * 86_400,
        publication_seconds=keys.jwks_max_age_seconds + keys.cache_seconds + _MARGIN_SECONDS,
        # Another node may sign with its copy of the key for as long as that copy lives.
        overlap_seconds=longest_token + keys.cache_seconds + _MARGIN_SECONDS,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Make a key and store it in this state."""

    algorithm: KeyAlgorithm
    state: Literal["next", "active"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """Let `successor` sign, and `former`, if there is one, retire."""

    successor: OwnKey
    former: OwnKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Erase the private half of a retired key, which nobody encrypts to any more."""

    key: OwnKey


Step = Publish | Promote | Expire


def decide_rotation(
    keys: Sequence[OwnKey], *, algorithm: KeyAlgorithm, now: int, policy: RotationPolicy
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
    if now >= due_at:
        return Promote(successor=successor, former=active)
    outlived = (key for key in keys if key.algorithm == algorithm and _is_outlived(key, now))
    return next((Expire(key=key) for key in outlived), None)


def ready_at(successor: OwnKey, policy: RotationPolicy) -> int:
    """When everybody knows a published key."""
    return successor.created_at + policy.publication_seconds


def key_in(keys: Sequence[OwnKey], algorithm: KeyAlgorithm, state: KeyState) -> OwnKey | None:
    """The key of an algorithm in a state that only one has: active or next."""
    return next((key for key in keys if key.algorithm == algorithm and key.state == state), None)


def _is_outlived(key: OwnKey, now: int) -> bool:
    is_over = key.unpublished_at is not None and key.unpublished_at <= now
    return key.decrypts and key.state == "retired" and is_over
