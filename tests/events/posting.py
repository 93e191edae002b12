"""A node that writes messages and delivers them, on rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from idp.adapters.smtp import Relay, SmtpTransport
from idp.config.settings import Settings
from idp.events.composing import Composer
from idp.events.delivery import Delivery
from idp.events.mails import TEMPLATES
from idp.events.outbox import Outbox
from idp.records.ports import MailTransport, SmsTransport
from idp.signing.sealing import RootKeys
from idp.store.outbox import SENDING_OF_MESSAGE, Sending
from idp.web.locale import Catalogues
from idp.web.metrics import Metrics
from idp.web.pages import template_folders
from tests.support.relays import MemoryGateway
from tests.support.rooms import NOW, Rooms
from tests.support.smtp import LocalRelay

SENDER = "no-reply@idp.test"
SAMPLES: Mapping[str, Mapping[str, Any]] = {template.name: template.samples[0] for template in TEMPLATES}


class HandClock:
    """Moves when a test says so."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class NoLogouts:
    """Nobody is told of sessions; `tests/oidc/logout` is about that."""

    async def write_due(self, now: int) -> None:
        pass

    async def send(self, client_id: str, *, sid: str, sub: str) -> str:
        raise AssertionError(client_id)


@dataclass(kw_only=True)
class Node:
    """One process: its outbox and its delivery."""

    rooms: Rooms
    clock: HandClock
    outbox: Outbox
    delivery: Delivery
    metrics: Metrics

    async def write(self, template: str = "email-code", to: str = "alice@demo.test", **more: Any) -> str:
        """A message that is committed; answers its identifier."""
        write = self.outbox.sms if template == "sms-code" else self.outbox.mail
        context = {**SAMPLES[template], **more.pop("context", {})}
        options: dict[str, Any] = {"locale": "en", "subject_id": None, **more}
        effect = write(template, to=to, context=context, now=self.clock.now(), **options)
        assert await self.rooms.db.apply([effect])
        return str(effect.values["message_id"])

    async def sending(self, message_id: str) -> Sending:
        found = await self.rooms.db.one(SENDING_OF_MESSAGE, of_message=message_id)
        assert found is not None
        return found

    async def deliver(self) -> None:
        await self.delivery.deliver_due()

    async def row(self, message_id: str) -> dict[str, Any]:
        """What the table holds of a message."""
        names = ("status", "reply", "attempts", "due_at", "finished_at", "sealed", "root_key_id", "recipient")
        columns = ", ".join(names)
        (row,) = await self.rooms.rows(f"SELECT {columns} FROM outbox WHERE message_id = '{message_id}'")
        return dict(zip(names, row, strict=True))


def open_node(
    rooms: Rooms,
    mail: MailTransport,
    *,
    sms: SmsTransport | None = None,
    clock: HandClock | None = None,
    root_keys: RootKeys | None = None,
) -> Node:
    """A node; several share a clock, and the rooms' root keys unless they have others."""
    clock, metrics = clock or HandClock(), Metrics()
    outbox = Outbox(entropy=rooms.entropy, root_keys=root_keys or rooms.root_keys)
    delivery = Delivery(
        database=rooms.db,
        clock=clock,
        outbox=outbox,
        composer=composer(),
        mail=mail,
        sms=sms or MemoryGateway(),
        logouts=NoLogouts(),
        metrics=metrics,
        sender=SENDER,
    )
    return Node(rooms=rooms, clock=clock, outbox=outbox, delivery=delivery, metrics=metrics)


def through(*relays: LocalRelay | int, patience: float = 10) -> SmtpTransport:
    """Mail by real SMTP to relays of this machine; a number is a port where nobody listens."""
    return SmtpTransport(
        [
            Relay(host="127.0.0.1", port=one if isinstance(one, int) else one.port, security="none")
            for one in relays
        ],
        sender=SENDER,
        connect_seconds=patience,
        answer_seconds=patience,
    )


@cache
def composer(settings: Settings | None = None) -> Composer:
    settings = settings or Settings(issuer="https://login.demo.test")
    folders = template_folders()
    catalogues = Catalogues([folder / "locale" for folder in folders], settings.language.offered)
    return Composer(settings, catalogues, folders)
