"""Initial access tokens (RFC 7591 §3): an operator makes them, and whoever holds one registers clients with it.

At rest a token is a digest. Finding one spends nothing; the registration does, in its own transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.clients.shapes import shape_problems
from idp.events.audit import Audit
from idp.records.client import InitialToken
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.spec.token_value import SECRET_BYTES, is_same, make_token, read_token
from idp.store.database import Database
from idp.store.registrations import INITIAL_TOKEN, INSERT_INITIAL_TOKEN, REVOKE_INITIAL_TOKEN


class UnknownToken(Exception):
    """There is no such token, or it was revoked already."""


class BadPolicy(Exception):
    """Not something that a token can give to clients; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """`value` is for its holder, and nobody can read it again."""

    token_id: str
    value: str = field(repr=False)
    expires_at: int


async def create_initial_token(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    *,
    note: str,
    policy: Mapping[str, Any],
    uses: int | None,
    seconds: int,
) -> NewToken:
    """`uses` is None for any number. Raises `BadPolicy`."""
    if problems := [f"{member}: {message}" for member, message in shape_problems(policy)]:
        raise BadPolicy("\n".join(problems))
    token = make_token(entropy.uuid7(occasion.now), entropy.token_bytes(SECRET_BYTES))
    expires_at = occasion.now + seconds
    await db.apply(
        [
            INSERT_INITIAL_TOKEN.effect(
                token_id=token.identifier,
                digest=token.digest,
                note=note,
                policy=json.dumps(policy, sort_keys=True),
                uses_left=uses,
                created_at=occasion.now,
                expires_at=expires_at,
            ),
            audit.effect(
                _event(EventType.INITIAL_TOKEN_CREATED, occasion, token.identifier),
                occasion.circumstances,
                now=occasion.now,
            ),
        ]
    )
    return NewToken(token_id=token.identifier, value=token.value, expires_at=expires_at)


async def revoke_initial_token(db: Database, audit: Audit, occasion: Occasion, token_id: str) -> None:
    """Clients that were registered with it stay. Raises `UnknownToken`."""
    event = _event(EventType.INITIAL_TOKEN_REVOKED, occasion, token_id)
    effects = [
        REVOKE_INITIAL_TOKEN.effect(of_token=token_id, now=occasion.now, expects=1),
        audit.effect(event, occasion.circumstances, now=occasion.now),
    ]
    if not await db.apply(effects):
        raise UnknownToken(token_id)


async def find_initial_token(db: Database, value: str, now: int) -> InitialToken | None:
    """The token of `value` while a client can be registered with it."""
    sent = read_token(value)
    if sent is None:
        return None
    token = await db.one(INITIAL_TOKEN, of_token=sent.identifier)
    if token is None or not is_same(token.digest, sent.digest) or not token.is_open(now):
        return None
    return token


async def policy_of(db: Database, registered_by: str) -> Mapping[str, Any]:
    """What the token that a client was registered with gives to it for as long as it lives."""
    token = await db.one(INITIAL_TOKEN, of_token=registered_by) if registered_by else None
    return token.policy if token else {}


def _event(kind: EventType, occasion: Occasion, token_id: str) -> Event:
    return Event(type=kind, actor=occasion.actor, details={"token": token_id})
