"""Acts on clients: register, rotate secrets, disable, delete. Each writes its audit event with what it does."""

from dataclasses import dataclass, field

from idp.clients.registry import load_client
from idp.clients.secrets import insert_secret, random_secret
from idp.events.audit import Audit
from idp.records.client import Client, ClientSecret
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.store.clients import (
    DELETE_CLIENT,
    DELETE_SECRET,
    DELETE_SECRETS_OF_CLIENT,
    EXPIRE_SECRET,
    INSERT_CLIENT,
    UPDATE_DISABLED,
    metadata_text,
)
from idp.store.database import Database
from idp.store.endings import REVOKE_FAMILIES_OF_CLIENT
from idp.store.statement import Effect

_TRIES = 8


class ClientExists(Exception):
    """The identifier is taken, or was once: a deleted client's identifier is not given again."""


class UnknownClient(Exception):
    """There is no such client."""


class SecretsContended(Exception):
    """Others kept rotating the secrets of this client."""


class NoSecrets(Exception):
    """A public client has no secrets, and neither has one that signs with a key of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A client and, if it has one, the secret that nobody can read again."""

    client: Client
    secret: str | None = field(repr=False)


async def register_client(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    client: Client,
    *,
    secret: str | None = None,
    root_keys: RootKeys | None = None,
) -> Registered:
    """Register checked metadata. `secret` is for the demo alone, whose secrets are public; `root_keys` seal that of a
    client that signs with it. Raises `ClientExists`.
    """
    if client.has_secret and secret is None:
        secret = random_secret(entropy, client)
    effects = [
        INSERT_CLIENT.effect(
            client_id=client.client_id,
            metadata=metadata_text(client),
            created_at=occasion.now,
            updated_at=occasion.now,
            expects=1,
        ),
        _event(audit, occasion, EventType.CLIENT_CREATED, client.client_id),
    ]
    if secret is not None:
        effects.insert(1, insert_secret(entropy, root_keys, client, secret, occasion.now))
    if not await db.apply(effects):
        raise ClientExists(client.client_id)
    return Registered(client=client, secret=secret)


async def rotate_secret(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    client_id: str,
    *,
    overlap_seconds: int,
    root_keys: RootKeys | None = None,
) -> str:
    """A new secret. The newest former one lives on for `overlap_seconds`, while the client changes over.

    Older ones end now. Raises `UnknownClient`, `NoSecrets`, `SecretsContended`.
    """
    for _ in range(_TRIES):
        client = await _load(db, client_id)
        if not client.has_secret:
            raise NoSecrets(client_id)
        secret, effect = secret_effect(entropy, client, occasion.now, root_keys=root_keys)
        effects = [
            *make_room(client.secrets, occasion.now, overlap_seconds),
            effect,
            _event(audit, occasion, EventType.CLIENT_SECRET_ROTATED, client_id),
        ]
        # False: somebody else rotated meanwhile, and three secrets would work.
        if await db.apply(effects):
            return secret
    raise SecretsContended(client_id)


async def disable_client(db: Database, audit: Audit, occasion: Occasion, client_id: str) -> None:
    """Turn a client off until it is enabled again. Its families stay; nothing answers it. Raises `UnknownClient`."""
    await _load(db, client_id)
    await db.apply(
        [
            UPDATE_DISABLED.effect(of_client=client_id, disabled_at=occasion.now, now=occasion.now),
            _event(audit, occasion, EventType.CLIENT_DISABLED, client_id),
        ]
    )


async def enable_client(db: Database, audit: Audit, occasion: Occasion, client_id: str) -> None:
    """Raises `UnknownClient`."""
    await _load(db, client_id)
    await db.apply(
        [
            UPDATE_DISABLED.effect(of_client=client_id, disabled_at=None, now=occasion.now),
            _event(audit, occasion, EventType.CLIENT_ENABLED, client_id),
        ]
    )


async def delete_client(db: Database, audit: Audit, occasion: Occasion, client_id: str) -> None:
    """End a client for ever, with everything it was issued; the audit trail keeps it. Raises `UnknownClient`."""
    effects = [
        DELETE_CLIENT.effect(of_client=client_id, now=occasion.now, expects=1),
        *delete_effects(client_id, occasion.now),
        _event(audit, occasion, EventType.CLIENT_DELETED, client_id),
    ]
    if not await db.apply(effects):
        raise UnknownClient(client_id)


def delete_effects(client_id: str, now: int) -> list[Effect]:
    """What goes with a client: its secrets, and everything that it was issued."""
    return [
        DELETE_SECRETS_OF_CLIENT.effect(of_client=client_id),
        REVOKE_FAMILIES_OF_CLIENT.effect(of_client=client_id, now=now, reason="client_deleted"),
    ]


def secret_effect(
    entropy: Entropy, client: Client, now: int, *, root_keys: RootKeys | None = None
) -> tuple[str, Effect]:
    """A new secret, and the row that makes it work."""
    secret = random_secret(entropy, client)
    return secret, insert_secret(entropy, root_keys, client, secret, now)


def make_room(secrets: tuple[ClientSecret, ...], now: int, overlap_seconds: int) -> list[Effect]:
    """What ends before a new secret is made: of `secrets`, the newest first, the newest that lives stays a while."""
    living = [secret for secret in secrets if secret.is_alive(now)]
    kept = living[0] if living and overlap_seconds else None
    ended = [secret.secret_id for secret in secrets if secret is not kept]
    effects = [DELETE_SECRET.effect(of_secret=secret_id, expects=1) for secret_id in ended]
    if kept is not None:
        until = min(kept.expires_at or now + overlap_seconds, now + overlap_seconds)
        effects.append(
            EXPIRE_SECRET.effect(of_secret=kept.secret_id, former=kept.expires_at, until=until, expects=1)
        )
    return effects


def _event(audit: Audit, occasion: Occasion, kind: EventType, client_id: str) -> Effect:
    event = Event(type=kind, actor=occasion.actor, client_id=client_id)
    return audit.effect(event, occasion.circumstances, now=occasion.now)


async def _load(db: Database, client_id: str) -> Client:
    client = await load_client(db, client_id)
    if client is None:
        raise UnknownClient(client_id)
    return client
