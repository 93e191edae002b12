"""Accounts, their subjects, and the passwords of subjects."""

from sqlalchemy import Table

from idp.store.tables.metadata import blob, integer, metadata, text

customer_id = Table(
    "customer_id",
    metadata,
    text(
        "customer_id",
        "Every customer ID ever given, canonical; rows outlive their account.",
        primary_key=True,
    ),
    integer("issued_at", "When it was given."),
    comment="Customer IDs never repeat.",
)

account = Table(
    "account",
    metadata,
    text("account_id", "Identifier.", primary_key=True),
    text("customer_id", "Canonical customer ID.", references="customer_id.customer_id", unique=True),
    text("primary_email", "Address as its owner types it.", nullable=True),
    text("primary_email_key", "Its canonical form, for look-ups.", nullable=True, unique=True),
    integer("primary_email_verified", "Whether its owner proved it.", default=0),
    text("backup_email", "Second address, differs from the primary.", nullable=True),
    integer("backup_email_verified", "Whether its owner proved it.", default=0),
    text("profile", "Standard OpenID claims (Core 5.1) beyond the addresses, a JSON object."),
    text("language", "BCP 47 language, or empty.", default=""),
    text("role", "customer, support or administrator."),
    text("status", "active, disabled, or incomplete (enrolment pending)."),
    integer("is_demo", "Whether the demo seeded it: serve refuses to start beside one.", default=0),
    integer("created_at", "When it was made."),
    integer("updated_at", "When a claim last changed."),
    integer("disabled_at", "When it was blocked.", nullable=True),
    text("member_of", "Groups that the operator put it in, a JSON array; its role is one too.", default="[]"),
    integer("primary_email_refused_at", "When its mailbox last refused a mail for good.", nullable=True),
    comment="A customer, or a member of staff.",
)

subject = Table(
    "subject",
    metadata,
    text("subject_id", "Identifier.", primary_key=True),
    text("account_id", "Whose.", references="account.account_id", index=True),
    text("sub", "The `sub` claim: random, stored, never computed, never reused.", unique=True),
    text("kind", "owner; later also member."),
    integer("created_at", "When it was made."),
    comment="Whoever signs in.",
)

password = Table(
    "password",
    metadata,
    text("subject_id", "Whose.", references="subject.subject_id", primary_key=True),
    text("encoded", "Argon2id, of the peppered NFKC form."),
    text("pepper_id", "Which pepper.", references="secret.secret_id"),
    integer("changed_at", "When the person chose it."),
    comment="One password for each subject.",
)

link = Table(
    "link",
    metadata,
    text("link_id", "Time-ordered first half of the link's value.", primary_key=True),
    blob("digest", "SHA-256 of the whole value."),
    text("purpose", "enrolment, password or not-me."),
    text("subject_id", "For whom.", references="subject.subject_id", index=True),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends."),
    integer("redeemed_at", "When it was used.", nullable=True),
    text("about", "What it is about, a JSON object of identifiers.", default="{}"),
    comment="Single-use links that go to mailboxes or are handed over.",
)
