"""Mails and texts that arrived: parsed once, the newest first, and few enough to stay in memory."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from typing import Any

from idp.records.ports import Clock, Entropy

MOST_BYTES = 1_048_576
_MOST_MAILS = 500
_MOST_TOTAL_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as the JSON shows it. `to` are the envelope's recipients, separated by commas; the number of a text."""

    id: str
    to: str
    subject: str
    created: str
    text: str
    html: str
    headers: Mapping[str, str]

    def is_for(self, address: str) -> bool:
        return _compared(address) in map(_compared, self.to.split(","))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Mails:
    """The mailbox of everybody in the demo."""

    def __init__(self, *, clock: Clock, entropy: Entropy) -> None:
        self._clock = clock
        self._entropy = entropy
        self._kept: deque[tuple[int, Mail]] = deque()

    def arrived(self, recipients: list[str], content: bytes) -> Mail:
        """Keeps a mail as SMTP delivered it, whatever is in it; the oldest make room."""
        now = self._clock.now()
        # The old policy: the new one's parsers raise whatever they like on headers that are not as they should be.
        message = message_from_bytes(content, policy=compat32)
        headers = _headers(message)
        mail = Mail(
            id=self._entropy.uuid7(now),
            to=", ".join(recipients),
            subject=next((value for name, value in headers.items() if name.lower() == "subject"), ""),
            created=_iso_time(now),
            text=_part(message, "text/plain"),
            html=_part(message, "text/html"),
            headers=headers,
        )
        self._keep(len(content), mail)
        return mail

    def texted(self, number: str, text: str) -> None:
        """Keeps a text to a phone."""
        now = self._clock.now()
        mail = Mail(
            id=self._entropy.uuid7(now),
            to=number,
            subject="SMS",
            created=_iso_time(now),
            text=_encodable(text),
            html="",
            headers={},
        )
        self._keep(len(text), mail)

    def _keep(self, size: int, mail: Mail) -> None:
        self._kept.appendleft((size, mail))
        while len(self._kept) > _MOST_MAILS or sum(size for size, _ in self._kept) > _MOST_TOTAL_BYTES:
            self._kept.pop()

    def all(self, to: str = "") -> list[Mail]:
        """Every mail, or those for one address, newest first."""
        return [mail for _, mail in self._kept if not to or mail.is_for(to)]

    def find(self, mail_id: str) -> Mail | None:
        return next((mail for _, mail in self._kept if mail.id == mail_id), None)

    def empty(self) -> None:
        self._kept.clear()


def _compared(recipient: str) -> str:
    """As it is compared. A plus sign that a query doesn't encode is a space."""
    return recipient.strip().lstrip("+").casefold()


def _iso_time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _headers(message: Message) -> dict[str, str]:
    """Each name once; a header that repeats has its values on lines of their own."""
    headers: dict[str, str] = {}
    for name, value in message.items():
        known = next((kept for kept in headers if kept.lower() == name.lower()), name)
        text = _decoded(str(value))
        headers[known] = f"{headers[known]}\n{text}" if known in headers else text
    return headers


def _decoded(value: str) -> str:
    """A header's words (RFC 2047) as text; as they came, where they are malformed."""
    try:
        text = str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        text = value
    return " ".join(_encodable(text).split())


def _part(message: Message, content_type: str) -> str:
    """The first part of that type which is no attachment."""
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            return _read(payload, part.get_content_charset("utf-8")) if isinstance(payload, bytes) else ""
    return ""


def _read(payload: bytes, charset: str) -> str:
    try:
        text = payload.decode(charset, "replace")
    except (LookupError, ValueError):
        # An unknown character set, or a codec that isn't one: what can be read is better than nothing.
        text = payload.decode("utf-8", "replace")
    return _encodable(text)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
