"""Statements of the outbox: messages are written with their cause, claimed by one node, and finished once.

A claim counts the tries, and whoever finishes names the count that they claimed: a node that was away for so long that
another took over changes nothing any more.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import BigInteger, Text, bindparam, func, literal_column, null, or_, select, update

from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.outbox import outbox

_NOW = bindparam("now", type_=BigInteger)
# As the index of what is queued says it: a parameter would hide from SQLite that the index serves.
_IS_QUEUED = outbox.c.status == literal_column("'queued'")
_IS_TO_A_PERSON = outbox.c.channel != "logout"
BATCH = 20


class Status(StrEnum):
    """What became of a message. All but the first are final."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message that waits to be sent, with its sealed words."""

    message_id: str
    channel: str
    template: str
    subject_id: str | None
    sealed: bytes = field(repr=False)
    root_key_id: str
    created_at: int
    expires_at: int
    attempts: int
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How the sending of a message goes. `reply` is the last answer's code, or a word of ours, or empty before any."""

    message_id: str
    status: str
    reply: str
    attempts: int
    created_at: int

    def is_in_trouble(self, now: int) -> bool:
        """Whether its reader should be told that it may not come: it was refused, or a try failed, or it takes long.

        True within 20 seconds, whatever the relay does; False again once it is delivered.
        """
        if self.status == Status.DELIVERED:
            return False
        return self.status != Status.QUEUED or bool(self.reply) or now - self.created_at >= _LONG_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMessage:
    """A line of the mail log. There is no body in it, and `recipient` is masked."""

    message_id: str
    channel: str
    template: str
    subject_id: str | None
    recipient: str
    created_at: int
    due_at: int
    expires_at: int
    attempts: int
    status: str
    reply: str
    finished_at: int | None


_LONG_SECONDS = 20
_LOG = select(
    outbox.c.message_id,
    outbox.c.channel,
    outbox.c.template,
    outbox.c.subject_id,
    outbox.c.recipient,
    outbox.c.created_at,
    outbox.c.due_at,
    outbox.c.expires_at,
    outbox.c.attempts,
    outbox.c.status,
    outbox.c.reply,
    outbox.c.finished_at,
)

INSERT_MESSAGE = insert_into(outbox)

_DUE = (
    select(
        outbox.c.message_id,
        outbox.c.channel,
        outbox.c.template,
        outbox.c.subject_id,
        outbox.c.sealed,
        outbox.c.root_key_id,
        outbox.c.created_at,
        outbox.c.expires_at,
        outbox.c.attempts,
        outbox.c.reply,
    )
    .where(_IS_QUEUED, outbox.c.due_at <= _NOW, outbox.c.claimed_until <= _NOW)
    .order_by(outbox.c.attempts, outbox.c.due_at)
    .limit(BATCH)
)

DUE_MESSAGES: Query[DueMessage] = Query(_DUE.where(_IS_TO_A_PERSON), into=DueMessage)
"""What was never tried comes first: a code that somebody waits for doesn't queue behind what a relay refused."""

DUE_LOGOUTS: Query[DueMessage] = Query(_DUE.where(outbox.c.channel == "logout"), into=DueMessage)
"""By themselves: an application that keeps us waiting keeps no mail waiting."""

CLAIM_MESSAGE = Write(
    update(outbox)
    .where(
        outbox.c.message_id == bindparam("of_message"),
        _IS_QUEUED,
        outbox.c.attempts == bindparam("seen_attempts", type_=BigInteger),
        outbox.c.claimed_until <= _NOW,
    )
    .values(attempts=outbox.c.attempts + 1, claimed_until=bindparam("until", type_=BigInteger))
)
"""With `expects=1`: another node may have taken it meanwhile."""

POSTPONE_MESSAGE = Write(
    update(outbox)
    .where(
        outbox.c.message_id == bindparam("of_message"),
        _IS_QUEUED,
        outbox.c.attempts == bindparam("own_attempts", type_=BigInteger),
    )
    .values(
        due_at=bindparam("next_at", type_=BigInteger),
        claimed_until=0,
        reply=bindparam("its_reply", type_=Text),
    )
)

FINISH_MESSAGE = Write(
    update(outbox)
    .where(
        outbox.c.message_id == bindparam("of_message"),
        _IS_QUEUED,
        outbox.c.attempts == bindparam("own_attempts", type_=BigInteger),
    )
    .values(
        status=bindparam("outcome", type_=Text),
        reply=bindparam("its_reply", type_=Text),
        finished_at=_NOW,
        claimed_until=0,
        sealed=null(),
        root_key_id=null(),
    )
)
"""Erases the words. With `expects=1`."""

SENDING: Query[Sending] = Query(
    select(outbox.c.message_id, outbox.c.status, outbox.c.reply, outbox.c.attempts, outbox.c.created_at)
    .where(outbox.c.subject_id == bindparam("of_subject"), outbox.c.template == bindparam("of_template"))
    .order_by(outbox.c.message_id.desc())
    .limit(1),
    into=Sending,
)
"""The newest message of a template to a subject. Takes `of_subject`, `of_template`."""

SENDING_OF_MESSAGE: Query[Sending] = Query(
    select(
        outbox.c.message_id, outbox.c.status, outbox.c.reply, outbox.c.attempts, outbox.c.created_at
    ).where(outbox.c.message_id == bindparam("of_message")),
    into=Sending,
)

OLDEST_QUEUED: Query[int | None] = Query(
    # The times are no condition; they lead to the index of what is queued.
    select(func.min(outbox.c.created_at).label("oldest")).where(
        _IS_QUEUED, outbox.c.due_at >= 0, _IS_TO_A_PERSON
    ),
    into=lambda *, oldest: oldest,
)
"""Of what a person waits for: an application that is away for a day is no reason to wake an operator."""

_LOG_PAGE = _LOG.where(
    outbox.c.message_id < bindparam("before_message"),
    or_(bindparam("of_status", type_=Text) == "", outbox.c.status == bindparam("of_status", type_=Text)),
).order_by(outbox.c.message_id.desc())
MOST_LOGGED = 100

MESSAGE_LOG: Query[LoggedMessage] = Query(_LOG_PAGE.limit(MOST_LOGGED), into=LoggedMessage)
"""The newest first. Takes `before_message` (`NEWEST` for the first page) and `of_status` (empty for all)."""

MESSAGE_LOG_OF_SUBJECT: Query[LoggedMessage] = Query(
    _LOG_PAGE.where(outbox.c.subject_id == bindparam("of_subject")).limit(MOST_LOGGED), into=LoggedMessage
)

MESSAGE_LOG_OF_CASE: Query[LoggedMessage] = Query(
    _LOG.where(outbox.c.case_id == bindparam("of_case"))
    .order_by(outbox.c.message_id.desc())
    .limit(MOST_LOGGED),
    into=LoggedMessage,
)

NEWEST = "g"
"""Sorts behind every identifier: they are hexadecimal."""

LOGGED_MESSAGE: Query[LoggedMessage] = Query(
    _LOG.where(outbox.c.message_id == bindparam("of_message")), into=LoggedMessage
)

RETRY_MESSAGE = Write(
    update(outbox)
    .where(outbox.c.message_id == bindparam("of_message"), _IS_QUEUED, outbox.c.claimed_until <= _NOW)
    .values(due_at=_NOW)
)
RETRY_MESSAGES = Write(
    update(outbox)
    .where(_IS_QUEUED, outbox.c.due_at > _NOW, outbox.c.claimed_until <= _NOW)
    .values(due_at=_NOW)
)
"""Try at once what waits for its next try."""

_ACCOUNT_OF_SUBJECT = (
    select(subject.c.account_id).where(subject.c.subject_id == bindparam("of_subject")).scalar_subquery()
)
_HAS_THAT_ADDRESS = account.c.primary_email_key == bindparam("of_email_key", type_=Text)

NOTE_REFUSED_MAILBOX = Write(
    update(account)
    .where(account.c.account_id == _ACCOUNT_OF_SUBJECT, _HAS_THAT_ADDRESS)
    .values(primary_email_refused_at=_NOW)
)
NOTE_WORKING_MAILBOX = Write(
    update(account)
    .where(
        account.c.account_id == _ACCOUNT_OF_SUBJECT,
        _HAS_THAT_ADDRESS,
        account.c.primary_email_refused_at.is_not(None),
    )
    .values(primary_email_refused_at=null())
)
"""Both touch no row if the subject's primary address is another one by now."""
