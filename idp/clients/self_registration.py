"""Acts of clients on themselves: register, change, end. RFC 7591 §3, RFC 7592 §2. Each writes its audit event with it.

The registration access token is what a client does it with. It is bound to that very client by its digest in the
client's row, and every change ends it and gives the next one.
"""

from dataclasses import dataclass, field

from idp.clients.registration import delete_effects, secret_effect
from idp.events.audit import Audit
from idp.records.client import OPEN, Client, ClientId, InitialToken, SelfRegistered
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.spec.token_value import SECRET_BYTES, is_same, make_token, read_token
from idp.store.clients import DELETE_SECRETS_OF_CLIENT, INSERT_CLIENT, metadata_text
from idp.store.database import Database
from idp.store.registrations import (
    END_REGISTRATION,
    FORGET_CLIENT,
    SELF_REGISTERED,
    SPEND_INITIAL_TOKEN,
    UNUSED_BATCH,
    UNUSED_CLIENTS,
    UPDATE_REGISTRATION,
)
from idp.store.statement import Effect

_ID_BYTES = 16
_DAY_SECONDS = 86_400


class TokenSpent(Exception):
    """The token was good a moment ago, and somebody else was quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a client has of its registration: its token, and its secret where it just got one."""

    client: Client
    token: str = field(repr=False)
    secret: str | None = field(repr=False)


def new_client_id(entropy: Entropy) -> ClientId:
    """Random: nobody can guess whose it is, nor what was registered beside it."""
    return ClientId(entropy.token_bytes(_ID_BYTES).hex())


async def register_itself(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    client: Client,
    *,
    initial: InitialToken | None,
    root_keys: RootKeys,
) -> Holding:
    """Register checked metadata, spending a use of the initial access token, if one was shown. Raises `TokenSpent`."""
    token = make_token(entropy.uuid7(occasion.now), entropy.token_bytes(SECRET_BYTES))
    registered_by = initial.token_id if initial else OPEN
    effects = [
        INSERT_CLIENT.effect(
            client_id=client.client_id,
            metadata=metadata_text(client),
            created_at=occasion.now,
            updated_at=occasion.now,
            registration_digest=token.digest,
            registered_by=registered_by,
            expects=1,
        ),
        _event(audit, occasion, EventType.CLIENT_REGISTERED, client.client_id, by=registered_by),
    ]
    if initial is not None:
        effects.insert(0, SPEND_INITIAL_TOKEN.effect(of_token=initial.token_id, now=occasion.now, expects=1))
    secret = None
    if client.has_secret:
        secret, effect = secret_effect(entropy, client, occasion.now, root_keys=root_keys)
        effects.append(effect)
    if not await db.apply(effects):
        raise TokenSpent(registered_by)
    return Holding(client=client, token=token.value, secret=secret)


async def find_registration(db: Database, client_id: str, token: str) -> SelfRegistered | None:
    """The client of `client_id` if `token` is its registration access token; no other client's opens it."""
    sent = read_token(token)
    if sent is None or not (client_id.isascii() and client_id.isprintable()):
        return None
    found = await db.one(SELF_REGISTERED, client_id=client_id)
    return found if found is not None and is_same(found.digest, sent.digest) else None


async def change_itself(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    *,
    before: SelfRegistered,
    after: Client,
    root_keys: RootKeys,
) -> Holding:
    """Replace its metadata by checked ones. Its token ends, and it gets the next. Raises `TokenSpent`."""
    token = make_token(entropy.uuid7(occasion.now), entropy.token_bytes(SECRET_BYTES))
    effects = [
        UPDATE_REGISTRATION.effect(
            of_client=after.client_id,
            former=before.digest,
            changed=metadata_text(after),
            next_digest=token.digest,
            now=occasion.now,
            expects=1,
        ),
        _event(audit, occasion, EventType.CLIENT_UPDATED, after.client_id),
    ]
    secret, is_kept = None, _keeps_secrets(before.client, after)
    if before.client.has_secret and not is_kept:
        effects.append(DELETE_SECRETS_OF_CLIENT.effect(of_client=after.client_id))
    if after.has_secret and not is_kept:
        secret, effect = secret_effect(entropy, after, occasion.now, root_keys=root_keys)
        effects.append(effect)
    if not await db.apply(effects):
        raise TokenSpent(after.client_id)
    return Holding(client=after, token=token.value, secret=secret)


async def end_itself(db: Database, audit: Audit, occasion: Occasion, registered: SelfRegistered) -> None:
    """End it for ever, with everything that it was issued. Raises `TokenSpent`."""
    client_id = registered.client.client_id
    effects = [
        END_REGISTRATION.effect(of_client=client_id, former=registered.digest, now=occasion.now, expects=1),
        *delete_effects(client_id, occasion.now),
        _event(audit, occasion, EventType.CLIENT_DELETED, client_id),
    ]
    if not await db.apply(effects):
        raise TokenSpent(client_id)


async def forget_unused(db: Database, audit: Audit, occasion: Occasion, *, unused_days: int) -> int:
    """Forget clients that anybody registered and nobody uses. How many they were."""
    before = occasion.now - unused_days * _DAY_SECONDS
    forgotten = 0
    while found := await db.all(UNUSED_CLIENTS, before=before):
        former = forgotten
        for client_id in found:
            effects = [
                FORGET_CLIENT.effect(of_client=client_id, before=before, now=occasion.now, expects=1),
                DELETE_SECRETS_OF_CLIENT.effect(of_client=client_id),
                _event(audit, occasion, EventType.CLIENT_DELETED, client_id, reason="unused"),
            ]
            forgotten += await db.apply(effects)
        # Somebody may have begun to use all of them just now.
        if len(found) < UNUSED_BATCH or forgotten == former:
            break
    return forgotten


def _keeps_secrets(before: Client, after: Client) -> bool:
    """Whether the secrets that it has go on: of one that sends its secret we keep a digest, which signs nothing."""
    is_alike = before.signs_with_secret is after.signs_with_secret
    return before.has_secret and after.has_secret and is_alike


def _event(
    audit: Audit, occasion: Occasion, kind: EventType, client_id: str, *, by: str = "", reason: str = ""
) -> Effect:
    details = {"by": by} if by else {}
    event = Event(type=kind, actor=occasion.actor, client_id=client_id, reason=reason, details=details)
    return audit.effect(event, occasion.circumstances, now=occasion.now)
