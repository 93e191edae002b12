"""Delegations: whom a customer lets act for them."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import integer, metadata, text

delegation = Table(
    "delegation",
    metadata,
    text("delegation_id", "Time-ordered identifier.", primary_key=True),
    text("subject_id", "For whom somebody may act.", references="subject.subject_id"),
    text(
        "delegate_id",
        "Who may. Null where nobody who could has the customer ID, which its customer is not told.",
        references="subject.subject_id",
        nullable=True,
    ),
    text("delegate_customer_id", "The customer ID, canonical, that the offer was made to."),
    text("scope", "With which scopes, space separated."),
    text("note", "What the customer wrote beside it.", default=""),
    integer("created_at", "When it was offered."),
    integer("expires_at", "When it ends by itself; when it was ended, that moment."),
    integer("accepted_at", "When the other one took it up.", nullable=True),
    integer("used_at", "When it was last acted under, to the minute.", nullable=True),
    integer("ended_at", "When either of them ended or declined it.", nullable=True),
    text("ended_by", "customer, delegate or system; empty before.", default=""),
    integer("told_at", "When both knew of its end.", nullable=True),
    Index(
        "uq_delegation_subject_id_delegate_customer_id",
        "subject_id",
        "delegate_customer_id",
        unique=True,
        sqlite_where=sql("ended_at IS NULL"),
        postgresql_where=sql("ended_at IS NULL"),
    ),
    Index("ix_delegation_delegate_id", "delegate_id"),
    Index("ix_delegation_subject_id", "subject_id"),
    Index("ix_delegation_expires_at", "expires_at"),
    Index(
        "ix_delegation_untold",
        "expires_at",
        sqlite_where=sql("told_at IS NULL"),
        postgresql_where=sql("told_at IS NULL"),
    ),
    comment="Who may act for whom, and with which scopes; at most one living from one to another.",
)
