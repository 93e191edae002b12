"""Delivery: messages of the outbox go to relay, gateway and applications, each by one node at a time, until it is done.

A node claims a message by a conditional update and has it for `_CLAIM_SECONDS`; one that dies in between leaves it to
the others, who send the same bytes again. What a relay refuses for now is tried again, later each time, for as long as
it is of use; what it refuses for good is a dead letter. Either way the words are erased in the end, and the row stays
as the log of what was sent.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from idp.config.settings import Brand
from idp.events.bounces import says_no_such_mailbox
from idp.events.composing import Composer
from idp.events.mails import Channel
from idp.events.message import mail_bytes, wire_address
from idp.events.outbox import Letter, Outbox
from idp.records.account import Person
from idp.records.ports import Clock, Logouts, MailTransport, NotDelivered, SmsTransport
from idp.signing.sealing import SealBroken, UnknownRootKey
from idp.spec.identifier import canonical_email
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.database import Database, DatabaseUnavailable
from idp.store.outbox import (
    CLAIM_MESSAGE,
    DUE_LOGOUTS,
    DUE_MESSAGES,
    FINISH_MESSAGE,
    NOTE_REFUSED_MAILBOX,
    NOTE_WORKING_MAILBOX,
    OLDEST_QUEUED,
    POSTPONE_MESSAGE,
    DueMessage,
    Status,
)
from idp.store.statement import Effect, Query, Write
from idp.web.metrics import Metrics

# A try is over before its claim is: nobody else begins while we still speak with the relay.
_CLAIM_SECONDS = 120
_POLL_SECONDS = 5
_AT_ONCE = 8
# The first come soon, for greylisting and restarts; a code has lived through five of them.
_PAUSES = (5, 15, 30, 60, 120, 300, 900, 1_800, 3_600)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One for each process. `sender` is the From address, the brand's name stands before it. A try takes `try_seconds`
    at most, and what is under way at the end has `stop_seconds` left.
    """

    database: Database
    clock: Clock
    outbox: Outbox
    composer: Composer
    mail: MailTransport
    sms: SmsTransport
    logouts: Logouts
    metrics: Metrics
    sender: str
    try_seconds: float = 60
    stop_seconds: float = 5
    _messages: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _tokens: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def run_for_ever(self) -> None:
        """Until cancelled; what is under way then gets a moment to end. A database that is away ends nothing."""
        try:
            while True:
                try:
                    await self._begin_due()
                except DatabaseUnavailable as error:
                    _log.warning("delivery has to wait", reason=str(error))
                await self.outbox.wait(_POLL_SECONDS)
        finally:
            await self._stop()

    async def deliver_due(self) -> None:
        """Try everything that is due now, once."""
        while await self._begin_due():
            await asyncio.gather(*self._messages, *self._tokens, return_exceptions=True)

    async def _begin_due(self) -> bool:
        """Begin what is due, as far as there is room. Whoever ends wakes us for the next."""
        now = self.clock.now()
        await self.logouts.write_due(now)
        oldest = await self.database.one(OLDEST_QUEUED)
        self.metrics.message_age.set(0 if oldest is None else now - oldest)
        are_messages_due = await self._begin(DUE_MESSAGES, self._messages, now)
        return await self._begin(DUE_LOGOUTS, self._tokens, now) or are_messages_due

    async def _begin(self, query: Query[DueMessage], under_way: set[asyncio.Task[None]], now: int) -> bool:
        due = await self.database.all(query, now=now)
        for message in due[: _AT_ONCE - len(under_way)]:
            task = asyncio.create_task(self._try(message))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            task.add_done_callback(self._ended)
        return bool(due)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (bug := task.exception()):
            # The message stays claimed for a while, and is tried again until it expires.
            _log.error("a message could not be sent", exc_info=bug)
        self.outbox.wake()

    async def _stop(self) -> None:
        if under_way := [*self._messages, *self._tokens]:
            await asyncio.wait(under_way, timeout=self.stop_seconds)
        for task in [*self._messages, *self._tokens]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _try(self, message: DueMessage) -> None:
        try:
            await self._claim_and_send(message)
        except DatabaseUnavailable as error:
            # The claim ends by itself; whoever finds the message then sends the same bytes.
            _log.warning("a message's outcome could not be written", reason=str(error))

    async def _claim_and_send(self, message: DueMessage) -> None:
        now = self.clock.now()
        claim = CLAIM_MESSAGE.effect(
            expects=1,
            of_message=message.message_id,
            seen_attempts=message.attempts,
            now=now,
            until=now + _CLAIM_SECONDS,
        )
        if not await self.database.apply([claim]):
            return
        if message.expires_at <= now:
            await self._finish(message, Status.EXPIRED, message.reply)
            return
        try:
            letter = self.outbox.open(message)
        except (UnknownRootKey, SealBroken) as error:
            _log.error("a message can't be opened", message_id=message.message_id, reason=str(error))
            await self._finish(message, Status.FAILED, "unreadable")
            return
        await self._send(message, letter)

    async def _send(self, message: DueMessage, letter: Letter) -> None:
        try:
            async with asyncio.timeout(self.try_seconds):
                reply = await self._hand_over(message, letter)
        except TimeoutError:
            await self._postpone(message, "timeout")
        except NotDelivered as refusal:
            if refusal.is_final:
                await self._fail(message, letter, refusal)
            else:
                await self._postpone(message, refusal.reply)
        else:
            await self._finish(
                message, Status.DELIVERED, reply, *self._note(NOTE_WORKING_MAILBOX, message, letter)
            )

    async def _hand_over(self, message: DueMessage, letter: Letter) -> str:
        """The reply of who took it. Raises `NotDelivered`."""
        if message.channel == Channel.LOGOUT:
            return await self.logouts.send(letter.to, **letter.context)
        person = await self._addressee(message.subject_id)
        context = {**letter.context, **_named(person)}
        brand = self._brand(letter, person)
        if message.channel == Channel.SMS:
            composed = self.composer.sms(message.template, letter.locale, context, brand=brand)
            return await self.sms.send(number=letter.to, text=composed.text)
        composed = self.composer.mail(message.template, letter.locale, context, brand=brand)
        try:
            recipient = wire_address(letter.to)
            content = mail_bytes(
                composed,
                to=letter.to,
                sender=self.sender,
                brand=composed.brand,
                message_id=message.message_id,
                at=message.created_at,
            )
        except ValueError as error:
            raise NotDelivered("address", is_final=True) from error
        return await self.mail.send(recipient=recipient, message=content)

    async def _addressee(self, subject_id: str | None) -> Person | None:
        return await self.database.one(PERSON_BY_SUBJECT, subject_id=subject_id) if subject_id else None

    def _brand(self, letter: Letter, person: Person | None) -> Brand:
        subsidiaries = self.composer.subsidiaries
        if letter.came_by or person is None:
            return subsidiaries.brand_of(subsidiaries.named(letter.came_by))
        return subsidiaries.brand_of_account(country=person.country, language=letter.locale)

    async def _postpone(self, message: DueMessage, reply: str) -> None:
        """Try again after a pause, or when the message expires, which ends it."""
        now = self.clock.now()
        pause = _PAUSES[min(message.attempts, len(_PAUSES) - 1)]
        _log.warning("a message was not taken", message_id=message.message_id, reply=reply, pause=pause)
        self.metrics.message_tried(message.channel, "postponed")
        postponed = POSTPONE_MESSAGE.effect(
            of_message=message.message_id,
            own_attempts=message.attempts + 1,
            next_at=min(now + pause, max(message.expires_at, now)),
            its_reply=reply,
        )
        await self.database.apply([postponed])

    async def _fail(self, message: DueMessage, letter: Letter, refusal: NotDelivered) -> None:
        _log.warning("a message was refused", message_id=message.message_id, reply=refusal.reply)
        is_dead = says_no_such_mailbox(refusal)
        notes = self._note(NOTE_REFUSED_MAILBOX, message, letter) if is_dead else []
        await self._finish(message, Status.FAILED, refusal.reply, *notes)

    async def _finish(self, message: DueMessage, outcome: Status, reply: str, *notes: Effect) -> None:
        finished = FINISH_MESSAGE.effect(
            expects=1,
            of_message=message.message_id,
            own_attempts=message.attempts + 1,
            outcome=outcome.value,
            its_reply=reply,
            now=self.clock.now(),
        )
        if await self.database.apply([finished, *notes]):
            self.metrics.message_tried(message.channel, outcome.value)

    def _note(self, note: Write, message: DueMessage, letter: Letter) -> list[Effect]:
        """What the outcome says of the account's primary mailbox, if it is the one that was written to."""
        key = canonical_email(letter.to) if message.channel == Channel.MAIL else None
        if key is None or message.subject_id is None:
            return []
        return [note.effect(of_subject=message.subject_id, of_email_key=key, now=self.clock.now())]


def _named(person: Person | None) -> dict[str, str]:
    return {
        "customer_id": person.customer_id if person else "",
        "name": person.name if person else "",
    }
