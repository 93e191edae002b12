"""Mail by SMTP (RFC 5321) to a relay, or to a second one while the first can't be reached.

Nothing is sent before the relay has shown a certificate for its name, unless it is on this machine. What goes wrong
before the sender is named is the relay's or ours, and another relay may do better; what is said about the recipient or
the message counts, whichever relay says it.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import structlog
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
)

from idp.config.settings import Mail
from idp.records.ports import NotDelivered

CONNECT_SECONDS = 10
"""For each relay to connect, encrypt and sign in: with two, who waits for a code learns within 20 s that none comes."""

_ANSWER_SECONDS = 30
_LONGEST_WORDS = 200
_ENHANCED_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_log = structlog.get_logger(__name__)

Stage = Literal["sender", "recipient", "message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail goes."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str = ""
    password: str = field(default="", repr=False)


class _OutOfReach(Exception):
    """There is no session with this relay. The text is a code or a word, fit for a log."""


def relays_of(mail: Mail) -> tuple[Relay, ...]:
    """The relays of the settings, in the order of trying; none without a host."""
    first = Relay(
        host=mail.host, port=mail.port, security=mail.security, user=mail.user, password=mail.password
    )
    second = Relay(
        host=mail.second_host,
        port=mail.second_port,
        security=mail.second_security,
        user=mail.second_user,
        password=mail.second_password,
    )
    return tuple(relay for relay in (first, second) if relay.host)


class SmtpTransport:
    """A `MailTransport`. `trusted` is whom a relay's certificate may come from: usually whom the system trusts."""

    def __init__(
        self,
        relays: Sequence[Relay],
        *,
        sender: str,
        trusted: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        answer_seconds: float = _ANSWER_SECONDS,
    ) -> None:
        self._relays = tuple(relays)
        self._sender = sender
        self._given = trusted
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds

    async def send(self, *, recipient: str, message: bytes) -> str:
        """Raises `NotDelivered`; its `details` have the `stage` and the relay's `words` where it spoke of either."""
        reply = "no relay"
        for relay in self._relays:
            try:
                async with self.session(relay) as session:
                    return await self._hand_over(session, recipient, message)
            except _OutOfReach as problem:
                reply = str(problem)
                _log.warning("a mail relay can't be used", relay=f"{relay.host}:{relay.port}", reason=reply)
        raise NotDelivered(reply, is_final=False)

    @asynccontextmanager
    async def session(self, relay: Relay) -> AsyncIterator[SMTP]:
        """A connection that is encrypted and signed in, as the settings say."""
        smtp = SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.user or None,
            password=relay.password if relay.user else None,
            # The library would ask DNS for this machine's name, and wait for it.
            local_hostname=self._sender.rpartition("@")[2] or "localhost",
            timeout=self._answer_seconds,
            use_tls=relay.security == "tls",
            start_tls=relay.security == "starttls",
            tls_context=None if relay.security == "none" else self._trusted,
        )
        try:
            await self._connect(smtp)
            yield smtp
        finally:
            smtp.close()

    async def _connect(self, smtp: SMTP) -> None:
        try:
            async with asyncio.timeout(self._connect_seconds):
                await smtp.connect()
                await smtp.ehlo()
        except TimeoutError as error:
            raise _OutOfReach("timeout") from error
        except SMTPAuthenticationError as error:
            raise _OutOfReach(f"authentication {_reply(error)}") from error
        except SMTPResponseException as error:
            raise _OutOfReach(_reply(error)) from error
        except (SMTPException, OSError) as error:
            raise _OutOfReach(_reason(error)) from error

    async def _hand_over(self, smtp: SMTP, recipient: str, message: bytes) -> str:
        stage: Stage = "sender"
        try:
            await self._name_sender(smtp, recipient)
            stage = "recipient"
            await smtp.rcpt(recipient, encoding="utf-8")
            stage = "message"
            response = await smtp.data(message)
        except (SMTPRecipientRefused, SMTPDataError) as error:
            raise NotDelivered(
                _reply(error), is_final=error.code >= 500, details=_details(stage, error)
            ) from error
        except SMTPNotSupported as error:
            raise NotDelivered("5.6.7", is_final=True) from error
        except SMTPResponseException as error:
            # Our own address is refused: that is for the operator to mend, and the mail waits for it.
            raise NotDelivered(_reply(error), is_final=False, details=_details(stage, error)) from error
        except TimeoutError as error:
            raise NotDelivered("timeout", is_final=False) from error
        except (SMTPException, OSError) as error:
            raise NotDelivered("disconnected", is_final=False) from error
        await _leave(smtp)
        return _reply(response)

    async def _name_sender(self, smtp: SMTP, recipient: str) -> None:
        # RFC 6531 §3.4: an address beyond ASCII needs a relay that passes it on.
        if recipient.isascii():
            await smtp.mail(self._sender)
            return
        if not smtp.supports_extension("smtputf8"):
            raise SMTPNotSupported("SMTPUTF8")
        await smtp.mail(self._sender, options=["SMTPUTF8"], encoding="utf-8")

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        # Reading the system's certificates takes longer than a mail, and is not wanted before the first one.
        return self._given or ssl.create_default_context()


async def _leave(smtp: SMTP) -> None:
    """Say goodbye: the mail is gone, whatever the answer is."""
    try:
        await smtp.quit(timeout=1)
    except (SMTPException, OSError):
        return


def _reply(answer: SMTPResponseException | SMTPResponse) -> str:
    """`550 5.1.1`, or `550` of a relay that says no more."""
    enhanced = _ENHANCED_CODE.match(answer.message)
    return f"{answer.code} {enhanced[0]}" if enhanced else str(answer.code)


def _reason(error: Exception) -> str:
    """A word for what kept us from a session."""
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "tls"
    if isinstance(error, OSError):
        return "unreachable"
    return "unsupported"  # No STARTTLS, or no way to sign in that both of us know.


def _details(stage: Stage, error: SMTPResponseException) -> dict[str, str]:
    return {"stage": stage, "words": error.message[:_LONGEST_WORDS]}
