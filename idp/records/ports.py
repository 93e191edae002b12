"""What rooms need from the outside world, as Protocols. `adapters` implements them, `app` hands them down."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.records.risk import Place, UserAgent


class Clock(Protocol):
    def now(self) -> int:
        """Epoch seconds. Read once per request, at the edge."""


class Entropy(Protocol):
    def token_bytes(self, length: int) -> bytes:
        """Random bytes from the system's generator."""

    def uuid7(self, now: int) -> str:
        """A time-ordered identifier (RFC 9562 §5.7), 32 lower-case hexadecimal digits."""


class PasswordHasher(Protocol):
    """Slow hashing in a bounded pool. Every method raises `PoolBusy` when its queue is full."""

    async def hash(self, password: str, *, pepper: bytes) -> str:
        """The encoded Argon2id hash of the NFKC form of `password`, keyed with `pepper`."""

    async def verify(self, password: str, encoded: str, *, pepper: bytes) -> bool:
        """Whether `password` is the one. A malformed `encoded` is False."""

    async def verify_nobody(self, password: str, *, pepper: bytes) -> bool:
        """False, after the time that a real comparison takes."""

    def is_outdated(self, encoded: str) -> bool:
        """Whether `encoded` was made with other parameters than today's."""


class PoolBusy(Exception):
    """The hashing queue is full: answer 503 with Retry-After."""


class Breaches(Protocol):
    async def is_stolen(self, password: str) -> bool:
        """Whether a password is known to be stolen from somewhere. False where nobody can say. Never raises."""


class Geography(Protocol):
    def place_of(self, address: str) -> Place:
        """Where an address is. An unknown, private or malformed one is nowhere: `Place()` with the data's date."""


class UserAgents(Protocol):
    def parse(self, user_agent: str) -> UserAgent:
        """The families of a User-Agent header. Never raises; what can't be told stays empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document. `media_type` is lower-case without parameters; `max_age` how many seconds it may be kept, None where
    nothing is said.
    """

    content: bytes
    media_type: str
    max_age: int | None


class NotFetched(Exception):
    """It could not be had; the text says why, and is fit for a log."""


class Outside(Protocol):
    """Web servers of others, by addresses that others gave us. Both raise `NotFetched`."""

    async def fetch(self, url: str, *, most_bytes: int) -> Fetched:
        """The document at an https address; nothing but an answer of 200 counts."""

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        """Post a form; the status of the answer, whose content nobody reads."""


class MailTransport(Protocol):
    async def send(self, *, recipient: str, message: bytes) -> str:
        """Hand a message over (RFC 5322 bytes). The reply, such as "250".

        Raises `NotDelivered`.
        """


class SmsTransport(Protocol):
    async def send(self, *, number: str, text: str) -> str:
        """Hand a text over. The reply's code. Raises `NotDelivered`."""


class Logouts(Protocol):
    """Word to the applications of a session that it has ended."""

    async def write_due(self, now: int) -> None:
        """Write to the outbox what sessions that ended leave to be said."""

    async def send(self, client_id: str, *, sid: str, sub: str) -> str:
        """Tell one application. The reply's code. Raises `NotDelivered`."""


class NotDelivered(Exception):
    """A relay, gateway or application did not take it. `reply` is a code, fit for a log; `is_final`: trying again is of
    no use.
    """

    def __init__(self, reply: str, *, is_final: bool, details: Mapping[str, str] | None = None) -> None:
        super().__init__(reply)
        self.reply = reply
        self.is_final = is_final
        self.details = dict(details or {})


PROOF_LABEL = "_idp-challenge"
"""The name below a domain whose TXT record may prove it."""
PROOF_FILE = "/.well-known/idp-case.txt"
"""The file on a domain's web server that may prove it instead."""


def proof_text(token: str) -> str:
    """What the record or the file has to say."""
    return f"idp-case={token}"


class ProofFound(StrEnum):
    """Where it was found."""

    DNS = "dns"
    FILE = "file"


class DomainProofs(Protocol):
    async def find(self, domain: str, token: str) -> ProofFound | None:
        """Where `proof_text(token)` is published on a domain (in its ASCII form); None for nowhere. Never raises, and
        takes a few seconds at most.
        """
