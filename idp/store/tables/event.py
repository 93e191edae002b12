"""The audit trail."""

from sqlalchemy import Index, Table

from idp.store.tables.metadata import integer, metadata, text

audit_event = Table(
    "audit_event",
    metadata,
    text("event_id", "Time-ordered identifier.", primary_key=True),
    integer("at", "When, UTC."),
    text("type", "What happened, e.g. sign_in.succeeded."),
    text("outcome", "success or failure."),
    text("reason", "Why, a code, or empty.", default=""),
    text("actor", "Who did it: subject:…, client:…, cli:… or system."),
    text("subject_id", "About whom.", nullable=True),
    text("client_id", "At which application.", nullable=True),
    text("session_id", "In which session.", nullable=True),
    text("family_id", "About which family.", nullable=True),
    text("factor", "By which factor.", default=""),
    text("address_digest", "Keyed digest of the address, hexadecimal.", default=""),
    text("address_key_id", "Which key made it.", default=""),
    text("country", "ISO 3166 country, or empty.", default=""),
    text("correlation_id", "Of the request; error pages and log lines carry it too.", default=""),
    text("details", "More, a JSON object without secrets.", default="{}"),
    Index("ix_audit_event_subject_id", "subject_id", "event_id"),
    comment="Who did what; written in the transaction of what it records.",
)
