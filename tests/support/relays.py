"""A relay and a gateway that keep what they are given, for worlds without SMTP and HTTP."""

from dataclasses import dataclass, field

from idp.records.ports import NotDelivered


@dataclass
class MemoryRelay:
    """A `MailTransport`. `refusal`, when set, is what it answers instead."""

    taken: list[tuple[str, bytes]] = field(default_factory=list)
    refusal: NotDelivered | None = None

    async def send(self, *, recipient: str, message: bytes) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append((recipient, message))
        return "250"


@dataclass
class MemoryGateway:
    """An `SmsTransport`."""

    taken: list[tuple[str, str]] = field(default_factory=list)
    refusal: NotDelivered | None = None

    async def send(self, *, number: str, text: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append((number, text))
        return "200"
