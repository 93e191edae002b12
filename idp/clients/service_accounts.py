"""Service accounts: clients that a customer made for programs of their own, and the acts of the customer on them.

Such a client gets tokens for itself (RFC 6749 §4.4) with scopes that the configuration lets customers give, each of
which its owner chose. It lives with the account: while that is closed nobody finds the client (`registry.py`). Each act
writes its audit event; `also` goes along with it: who is told.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from idp.clients.registration import Registered, delete_effects, make_room, secret_effect
from idp.clients.registry import Clients, load_client
from idp.config.settings import Settings
from idp.events.audit import Audit
from idp.records.account import Person
from idp.records.client import Client, ClientId, ClientSecret
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.spec.visible_text import is_plain_name
from idp.store import allowance
from idp.store.clients import DELETE_CLIENT, DELETE_SECRET, INSERT_CLIENT, metadata_text
from idp.store.database import Database
from idp.store.service_accounts import (
    CHANGE_OWN,
    FIND_ROOM,
    HOLD_OWNER,
    OWN_CLIENTS,
    TOUCH_OWN,
    TURN_OFF_OWN,
    TURN_ON_OWN,
)
from idp.store.statement import Effect

LONGEST_OVERLAP_SECONDS = 2_592_000
_ID_BYTES = 16
_DAY_SECONDS = 86_400


class TooMany(Exception):
    """The account has as many as it may have, or is closed."""


class MadeBefore(Exception):
    """The same form was sent before: its service account is there."""


class ChangedMeanwhile(Exception):
    """Somebody else was quicker; nothing was done."""


class TooOften(Exception):
    """They were changed as often as they may be in an hour."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


class Desk(Protocol):
    """What these acts work with: the front door has it for pages, the API for programs."""

    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def entropy(self) -> Entropy: ...

    @property
    def root_keys(self) -> RootKeys: ...

    @property
    def audit(self) -> Audit: ...

    @property
    def clients(self) -> Clients: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody who acts on service accounts of their own."""

    desk: Desk
    occasion: Occasion
    person: Person
    also: Sequence[Effect] = field(default=(), repr=False)

    def event(self, kind: EventType, client_id: str, *, reason: str = "") -> Effect:
        event = Event(
            type=kind,
            actor=self.occasion.actor,
            subject_id=self.person.subject_id,
            client_id=client_id,
            reason=reason,
        )
        return self.desk.audit.effect(event, self.occasion.circumstances, now=self.occasion.now)

    async def apply(self, effects: Sequence[Effect]) -> bool:
        """With those of who is told."""
        return await self.desk.database.apply([*effects, *self.also])


def new_id(entropy: Entropy) -> ClientId:
    """Random: nobody can guess whose it is."""
    return ClientId(f"svc-{entropy.token_bytes(_ID_BYTES).hex()}")


def id_of_form(once: str, sid: str) -> ClientId:
    """The identifier of what a form makes that is sent once, however often it is sent."""
    return ClientId(f"svc-{hashlib.sha256(f'{sid} {once}'.encode()).hexdigest()[: 2 * _ID_BYTES]}")


async def own_service_accounts(db: Database, person: Person) -> list[Client]:
    """The newest first, without their secrets."""
    return await db.all(OWN_CLIENTS, of_owner=person.account_id)


async def find_own(db: Database, person: Person, client_id: str) -> Client | None:
    """One of them, with its secrets. None for everybody else's clients, whoever asks."""
    if not client_id.isascii() or not client_id.isprintable():
        return None
    client = await load_client(db, client_id)
    return client if client is not None and client.owner_id == person.account_id else None


async def create(hand: Hand, client: Client) -> Registered:
    """Make a checked one. Its secret, if it has one, is nobody's to read again. Raises `TooMany`, `MadeBefore`."""
    now, owner_id = hand.occasion.now, hand.person.account_id
    service_accounts = hand.desk.settings.service_accounts
    secret, secrets = _secret(hand, client)
    made = INSERT_CLIENT.effect(
        expects=1,
        client_id=client.client_id,
        metadata=metadata_text(client),
        created_at=now,
        updated_at=now,
        owner_id=owner_id,
    )
    effects = [
        HOLD_OWNER.effect(expects=1, of_owner=owner_id),
        FIND_ROOM.effect(expects=1, of_owner=owner_id, since=now - _DAY_SECONDS, most=service_accounts.most),
        made,
        *secrets,
        hand.event(EventType.CLIENT_CREATED, client.client_id, reason="service_account"),
    ]
    if not await hand.apply(effects):
        if await find_own(hand.desk.database, hand.person, client.client_id) is not None:
            raise MadeBefore(client.client_id)
        raise TooMany(owner_id)
    # Somebody may have asked for it before there was one.
    hand.desk.clients.forget(client.client_id)
    return Registered(client=client, secret=secret)


async def change(hand: Hand, before: Client, after: Client) -> None:
    """Give it checked metadata with the same way to authenticate. Raises `ChangedMeanwhile`, `TooOften`."""
    effects = [
        CHANGE_OWN.effect(
            expects=1,
            of_client=before.client_id,
            of_owner=hand.person.account_id,
            former=metadata_text(before),
            changed=metadata_text(after),
            now=hand.occasion.now,
        ),
        hand.event(EventType.CLIENT_UPDATED, before.client_id),
    ]
    await _give(hand, effects)


async def rotate(hand: Hand, client: Client, *, overlap_seconds: int) -> str:
    """A new secret. The newest former one lives on for `overlap_seconds`; older ones end now. `client` is as it was
    shown: whoever sends a form twice gets one secret. Raises `ChangedMeanwhile`, `TooOften`.
    """
    secret, made = _secret(hand, client)
    assert secret is not None  # Whoever calls this has looked.
    effects = [
        _touched(hand, client),
        *make_room(client.secrets, hand.occasion.now, overlap_seconds),
        *made,
        hand.event(EventType.CLIENT_SECRET_ROTATED, client.client_id),
    ]
    await _give(hand, effects)
    return secret


async def end_secret(hand: Hand, client: Client, secret: ClientSecret) -> None:
    """End one of its secrets now. Raises `ChangedMeanwhile`."""
    effects = [
        _touched(hand, client),
        DELETE_SECRET.effect(expects=1, of_secret=secret.secret_id),
        hand.event(EventType.CLIENT_SECRET_ENDED, client.client_id),
    ]
    await _apply(hand, effects)


async def turn_off(hand: Hand, client: Client) -> None:
    """Until its owner turns it on again. Raises `ChangedMeanwhile`."""
    await _apply(hand, _turned(hand, client, TURN_OFF_OWN.effect, EventType.CLIENT_DISABLED))


async def turn_on(hand: Hand, client: Client) -> None:
    """Raises `ChangedMeanwhile`, also for what an operator turned off, and `TooOften`."""
    await _give(hand, _turned(hand, client, TURN_ON_OWN.effect, EventType.CLIENT_ENABLED))


async def delete(hand: Hand, client: Client) -> None:
    """End it for ever. Raises `ChangedMeanwhile`."""
    now = hand.occasion.now
    effects = [
        DELETE_CLIENT.effect(expects=1, of_client=client.client_id, now=now),
        *delete_effects(client.client_id, now),
        hand.event(EventType.CLIENT_DELETED, client.client_id),
    ]
    await _apply(hand, effects)


def mailed_name(client: Client) -> str:
    """What a mail calls one of them. Whoever makes one chooses its name, a thief too."""
    return client.client_name if is_plain_name(client.client_name) else client.client_id


def living_secrets(client: Client, now: int) -> tuple[ClientSecret, ...]:
    """The newest first."""
    return tuple(secret for secret in client.secrets if secret.is_alive(now))


def _secret(hand: Hand, client: Client) -> tuple[str | None, list[Effect]]:
    if not client.has_secret:
        return None, []
    desk, now = hand.desk, hand.occasion.now
    secret, made = secret_effect(desk.entropy, client, now, root_keys=desk.root_keys)
    return secret, [made]


def _touched(hand: Hand, client: Client) -> Effect:
    return TOUCH_OWN.effect(
        expects=1, of_client=client.client_id, of_owner=hand.person.account_id, now=hand.occasion.now
    )


def _turned(hand: Hand, client: Client, turned: Callable[..., Effect], kind: EventType) -> list[Effect]:
    effect = turned(
        expects=1, of_client=client.client_id, of_owner=hand.person.account_id, now=hand.occasion.now
    )
    return [effect, hand.event(kind, client.client_id)]


async def _give(hand: Hand, effects: Sequence[Effect]) -> None:
    """What opens something, and has somebody told: counted."""
    most = hand.desk.settings.service_accounts.changes_per_hour
    limit = (f"service-accounts:{hand.person.account_id}", most, hand.occasion.now)
    if await hand.apply([*effects, allowance.spend(*limit)]):
        return
    wait_seconds = await allowance.wait_seconds(hand.desk.database, *limit)
    raise ChangedMeanwhile if wait_seconds is None else TooOften(wait_seconds)


async def _apply(hand: Hand, effects: Sequence[Effect]) -> None:
    if not await hand.apply(effects):
        raise ChangedMeanwhile
