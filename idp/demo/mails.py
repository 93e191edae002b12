"""Mails that arrived: parsed once, the newest first, and few enough to stay in memory."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from idp.records.ports import Clock, Entropy

MOST_BYTES = 1_048_576
_MOST_MAILS = 500
_MOST_TOTAL_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as the JSON shows it. `to` are the envelope's recipients, separated by commas."""

    id: str
    to: str
    subject: str
    created: str
    text: str
    html: str
    headers: Mapping[str, str]

    def is_for(self, address: str) -> bool:
        return address.strip().casefold() in {one.strip().casefold() for one in self.to.split(",")}

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
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        headers = _headers(message)
        mail = Mail(
            id=self._entropy.uuid7(now),
            to=", ".join(recipients),
            subject=next((value for name, value in headers.items() if name.lower() == "subject"), ""),
            created=datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z"),
            text=_part(message, "plain"),
            html=_part(message, "html"),
            headers=headers,
        )
        self._kept.appendleft((len(content), mail))
        while len(self._kept) > _MOST_MAILS or sum(size for size, _ in self._kept) > _MOST_TOTAL_BYTES:
            self._kept.pop()
        return mail

    def all(self, to: str = "") -> list[Mail]:
        """Every mail, or those for one address, newest first."""
        return [mail for _, mail in self._kept if not to or mail.is_for(to)]

    def find(self, mail_id: str) -> Mail | None:
        return next((mail for _, mail in self._kept if mail.id == mail_id), None)

    def empty(self) -> None:
        self._kept.clear()


def _headers(message: EmailMessage) -> dict[str, str]:
    """Each name once; a header that repeats has its values on lines of their own."""
    headers: dict[str, str] = {}
    for name, value in message.items():
        known = next((kept for kept in headers if kept.lower() == name.lower()), name)
        text = str(value).encode("utf-8", "replace").decode()
        headers[known] = f"{headers[known]}\n{text}" if known in headers else text
    return headers


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, ValueError, KeyError):
        # An unknown character set: what can be read of it is better than nothing.
        payload = part.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return text.encode("utf-8", "replace").decode()
