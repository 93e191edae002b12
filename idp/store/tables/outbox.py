"""What must reach the outside: mails, messages to phones, and word to applications."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import blob, integer, metadata, text

outbox = Table(
    "outbox",
    metadata,
    text("message_id", "Time-ordered identifier; the Message-ID of a mail is made of it.", primary_key=True),
    text("channel", "mail, sms or logout."),
    text("template", "Which words."),
    text("subject_id", "To whom it matters.", nullable=True),
    text("case_id", "Of which recovery case: its agents see how the sending went.", nullable=True),
    text("recipient", "Where it goes: masked, or a client."),
    blob("sealed", "Recipient and words, sealed; erased when delivered, failed or expired.", nullable=True),
    text("root_key_id", "Which root key sealed it.", nullable=True),
    integer("created_at", "When it was written."),
    integer("due_at", "When to try (again)."),
    integer("expires_at", "When it is of no use any more."),
    integer("attempts", "Tries so far.", default=0),
    integer("claimed_until", "While a node is trying.", default=0),
    text("status", "queued, delivered, failed or expired.", default="queued"),
    text("reply", "The last answer's code, such as 250 or 550 5.1.1, or a word of ours.", default=""),
    integer("finished_at", "When it was delivered, failed or expired.", nullable=True),
    Index(
        "ix_outbox_due_at",
        "due_at",
        sqlite_where=sql("status = 'queued'"),
        postgresql_where=sql("status = 'queued'"),
    ),
    Index("ix_outbox_subject_id", "subject_id", "message_id"),
    Index(
        "ix_outbox_case_id",
        "case_id",
        "message_id",
        sqlite_where=sql("case_id IS NOT NULL"),
        postgresql_where=sql("case_id IS NOT NULL"),
    ),
    Index("ix_outbox_finished_at", "finished_at"),
    comment="Written in the transaction of its cause; afterwards the log of what was sent, without a body.",
)
