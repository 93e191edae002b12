"""Recovery cases: what a person asks of support, what they show for it, and who decided what."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import blob, integer, metadata, text

recovery_case = Table(
    "recovery_case",
    metadata,
    text("case_id", "Time-ordered identifier.", primary_key=True),
    text("reference", "What people quote, such as K7QF-29DM.", unique=True),
    text("kind", "mailbox-backup, mailbox-documents, factor or unblock."),
    text("status", "draft, open, waiting, proposed, cooling, done, refused or expired."),
    integer(
        "version",
        "Counts up with every change, so that nobody decides on what they have not seen.",
        default=1,
    ),
    text("subject_id", "Whose account, where there is one.", references="subject.subject_id", nullable=True),
    text("typed_identifier", "What the person typed to name the account.", default=""),
    text("typed_name", "Who they say they are.", default=""),
    text("account_kind", "The account type that they picked: it decides on the documents.", default=""),
    text("reason", "What happened, in their words.", default=""),
    text("new_email", "The address that becomes primary, proven by a code.", nullable=True),
    text("new_email_key", "Its canonical form.", nullable=True),
    integer("new_email_verified_at", "When it was proven.", nullable=True),
    text("language", "BCP 47 language of what we write.", default=""),
    blob(
        "browser_digest", "SHA-256 of the browser cookie, while the form is being filled in.", nullable=True
    ),
    text("opened_by", "customer, or the subject of the agent who opened it."),
    text("owner_id", "The agent who works on it.", nullable=True),
    integer("owned_at", "Since when.", nullable=True),
    integer("queued_at", "Its place in the queue, which it keeps.", nullable=True),
    integer("read_back_at", "When the caller read the mailed code back.", nullable=True),
    text("proposed_by", "The agent who proposed to approve.", nullable=True),
    integer("proposed_at", "When.", nullable=True),
    text("approved_by", "The other agent, who approved.", nullable=True),
    integer("approved_at", "When.", nullable=True),
    integer("apply_at", "When the cooling-off period ends.", nullable=True),
    integer(
        "frozen_at", "When the owner cancelled it, which sent it to the documents; once only.", nullable=True
    ),
    text("domain", "A domain to prove themselves by, or empty.", default=""),
    text("domain_token", "What has to be published there, or empty.", default=""),
    integer("domain_proven_at", "When it was found there.", nullable=True),
    integer("created_at", "When it began."),
    integer("updated_at", "When it last changed."),
    integer("closed_at", "When it was done, refused or expired.", nullable=True),
    integer("forgotten_at", "When what the person uploaded and typed was deleted.", nullable=True),
    Index(
        "ix_recovery_case_queued_at_case_id",
        "queued_at",
        "case_id",
        sqlite_where=sql("closed_at IS NULL"),
        postgresql_where=sql("closed_at IS NULL"),
    ),
    Index("ix_recovery_case_status_queued_at", "status", "queued_at"),
    Index("ix_recovery_case_subject_id", "subject_id"),
    Index("ix_recovery_case_updated_at", "updated_at"),
    Index("ix_recovery_case_new_email_key", "new_email_key"),
    Index("ix_recovery_case_forgotten_at_closed_at", "forgotten_at", "closed_at"),
    comment="What a person asks of support because they cannot get in.",
)

case_document = Table(
    "case_document",
    metadata,
    text("document_id", "Time-ordered identifier.", primary_key=True),
    text("case_id", "Of which case.", references="recovery_case.case_id", index=True),
    text("kind", "Which document it is said to be."),
    text("media_type", "application/pdf, image/jpeg or image/png, as we recognised it."),
    integer("size", "Bytes before sealing."),
    blob("sealed", "The document, sealed; empty once deleted."),
    text("root_key_id", "Which root key sealed it."),
    integer("created_at", "When it was uploaded."),
    text("asked_again", "Why a better one was asked for, a code; or empty.", default=""),
    integer("deleted_at", "When it was deleted.", nullable=True),
    comment="What a person uploaded to show who they are.",
)

case_entry = Table(
    "case_entry",
    metadata,
    text("entry_id", "Time-ordered identifier.", primary_key=True),
    text("case_id", "Of which case.", references="recovery_case.case_id", index=True),
    text("author", "customer, system, or the subject of an agent."),
    text("what", "A code: opened, document, asked, note, proposed, approved, frozen, applied, refused, ..."),
    text(
        "detail",
        "A note's words, a document's kind, or empty; words are forgotten with the case.",
        default="",
    ),
    integer("at", "When."),
    comment="What happened in a case, in order.",
)

case_link = Table(
    "case_link",
    metadata,
    text("link_id", "Time-ordered first half of the link's value.", primary_key=True),
    blob("digest", "SHA-256 of the whole value."),
    text("case_id", "Of which case.", references="recovery_case.case_id", index=True),
    text("purpose", "status or cancel."),
    text("address_key", "Canonical form of the address that it was mailed to."),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends."),
    integer("redeemed_at", "When it was used to cancel.", nullable=True),
    Index("ix_case_link_expires_at", "expires_at"),
    comment="Links to cases: they work where nobody has the account, or it is blocked.",
)
