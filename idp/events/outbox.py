"""The outbox: what must reach a mailbox, a phone or an application is written in the transaction of its cause.

Recipient and words are sealed, so the table says who was told what kind of thing, and never a code or a link. Who
writes a message wakes delivery after the commit; `delivery.py` does the rest.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from idp.events.mails import Channel, Template, template_named
from idp.events.masking import masked_email, masked_number
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.store.outbox import INSERT_MESSAGE, DueMessage
from idp.store.seals import MESSAGES
from idp.store.statement import Effect

_DAY = 86_400
_CODE_SECONDS = 600
LOGOUT_TEMPLATE = "logout-token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What was sealed: whom to tell what, in which language. `came_by` is a subsidiary, where no
    account says whose customer it is.
    """

    to: str = field(repr=False)
    locale: str
    context: Mapping[str, Any] = field(repr=False)
    came_by: str = ""


class Outbox:
    """Turns messages into effects, and carries the word that some are waiting."""

    def __init__(self, *, entropy: Entropy, root_keys: RootKeys) -> None:
        self._entropy = entropy
        self._root_keys = root_keys
        self._written = asyncio.Event()

    def mail(
        self,
        template: str,
        *,
        to: str,
        locale: str,
        context: Mapping[str, Any],
        subject_id: str | None,
        now: int,
        lifetime_seconds: int = _DAY,
        came_by: str = "",
        case_id: str | None = None,
    ) -> Effect:
        """A mail, for the transaction of its cause; `wake` afterwards.

        `context` has exactly the fields that `mails.py` names. After `lifetime_seconds` it is of no use and is not
        sent any more: a code's own life. How the sending goes is the query `SENDING` of `store/outbox.py`. The brand is
        the account's, unless `came_by` names a subsidiary: before there is an account, or when it is gone. `case_id`
        lists it with a recovery case, for agents alone: `subject_id` would show it to whose account it is.
        Raises KeyError, ValueError.
        """
        letter = Letter(to=to, locale=locale, context=context, came_by=came_by)
        return self._effect(
            template_named(template, Channel.MAIL),
            letter,
            subject_id,
            case_id=case_id,
            now=now,
            expires_at=now + lifetime_seconds,
        )

    def sms(
        self,
        template: str,
        *,
        to: str,
        locale: str,
        context: Mapping[str, Any],
        subject_id: str | None,
        now: int,
        lifetime_seconds: int = _CODE_SECONDS,
    ) -> Effect:
        """A text to a phone (`to` in E.164), likewise."""
        letter = Letter(to=to, locale=locale, context=context)
        return self._effect(
            template_named(template, Channel.SMS),
            letter,
            subject_id,
            now=now,
            expires_at=now + lifetime_seconds,
        )

    def logout(self, *, client_id: str, sid: str, sub: str, now: int) -> Effect:
        """Word to an application that a session ended. It is nobody's message: what an account's owner and agents read
        of what was sent is about mails and texts.
        """
        letter = Letter(to=client_id, locale="", context={"sid": sid, "sub": sub})
        return self._sealed(
            letter,
            channel=Channel.LOGOUT,
            template=LOGOUT_TEMPLATE,
            recipient=client_id,
            subject_id=None,
            now=now,
            expires_at=now + _DAY,
        )

    def wake(self) -> None:
        """After the commit: delivery starts at once."""
        self._written.set()

    async def wait(self, seconds: float) -> None:
        """Until something was written, or for `seconds`: another node's writes, and retries, are found by looking."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._written.wait()
        self._written.clear()

    def open(self, message: DueMessage) -> Letter:
        """What was written. Raises `UnknownRootKey`, `SealBroken`."""
        binding = MESSAGES.binding(message.message_id)
        plaintext = self._root_keys.open(message.sealed, root_key_id=message.root_key_id, binding=binding)
        return Letter(**json.loads(plaintext))

    def _effect(
        self,
        template: Template,
        letter: Letter,
        subject_id: str | None,
        *,
        case_id: str | None = None,
        now: int,
        expires_at: int,
    ) -> Effect:
        template.check(letter.context)
        mask = masked_email if template.channel is Channel.MAIL else masked_number
        return self._sealed(
            letter,
            channel=template.channel,
            template=template.name,
            recipient=mask(letter.to),
            subject_id=subject_id,
            case_id=case_id,
            now=now,
            expires_at=expires_at,
        )

    def _sealed(
        self,
        letter: Letter,
        *,
        channel: Channel,
        template: str,
        recipient: str,
        subject_id: str | None,
        case_id: str | None = None,
        now: int,
        expires_at: int,
    ) -> Effect:
        message_id = self._entropy.uuid7(now)
        words = {"to": letter.to, "locale": letter.locale, "context": dict(letter.context)}
        if letter.came_by:
            words["came_by"] = letter.came_by
        sealed = self._root_keys.seal(json.dumps(words).encode(), binding=MESSAGES.binding(message_id))
        return INSERT_MESSAGE.effect(
            message_id=message_id,
            channel=channel.value,
            template=template,
            subject_id=subject_id,
            case_id=case_id,
            recipient=recipient,
            sealed=sealed.sealed,
            root_key_id=sealed.root_key_id,
            created_at=now,
            due_at=now,
            expires_at=expires_at,
        )
