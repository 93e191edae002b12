"""Accounts, their subjects and passwords, and what is on its way: links, sign-ups, changes of addresses."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

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
    text("status", "active, disabled, incomplete (enrolment pending), or deleted."),
    integer("is_demo", "Whether the demo seeded it: serve refuses to start beside one.", default=0),
    integer("created_at", "When it was made."),
    integer("updated_at", "When a claim last changed."),
    integer("disabled_at", "When it was blocked.", nullable=True),
    text("member_of", "Groups that the operator put it in, a JSON array; its role is one too.", default="[]"),
    integer("primary_email_refused_at", "When its mailbox last refused a mail for good.", nullable=True),
    text(
        "backup_email_key",
        "The backup address in its canonical form, for look-ups.",
        nullable=True,
        index=True,
    ),
    integer("backup_asked_at", "When a backup address was last asked for.", nullable=True),
    text("kind", "individual, self-employed, company, association, administration, or empty.", default=""),
    text("country", "ISO 3166 country of tax residence, or empty.", default=""),
    text("blocked_by", "owner or staff, while it is disabled; empty for the operator.", default=""),
    integer("delete_at", "When it will be deleted, as its owner asked.", nullable=True),
    Index(
        "ix_account_delete_at",
        "delete_at",
        sqlite_where=sql("delete_at IS NOT NULL"),
        postgresql_where=sql("delete_at IS NOT NULL"),
    ),
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

owned_domain = Table(
    "owned_domain",
    metadata,
    text("domain", "Host name in its ASCII form, lower case.", primary_key=True),
    text("account_id", "Whose.", references="account.account_id", index=True),
    integer("added_at", "When the operator's systems told us."),
    comment="Domains that customers have with the host: what they may prove themselves by.",
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
    text("purpose", "enrolment, password, not-me, address or deletion."),
    text("subject_id", "For whom.", references="subject.subject_id", index=True),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends."),
    integer("redeemed_at", "When it was used.", nullable=True),
    text("about", "What it is about, a JSON object of identifiers.", default="{}"),
    Index("ix_link_expires_at", "expires_at"),
    comment="Single-use links that go to mailboxes or are handed over.",
)

sign_up = Table(
    "sign_up",
    metadata,
    text("sign_up_id", "Random, in the path of every page.", primary_key=True),
    blob("browser_digest", "SHA-256 of the browser cookie that it is bound to."),
    text("interaction_id", "The sign-in that it came from and goes on with, or null.", nullable=True),
    text("client_id", "The application that it came from, or empty.", default=""),
    text("country", "ISO 3166 country of tax residence, or empty.", default=""),
    text("language", "BCP 47 language, or empty.", default=""),
    text("email", "Address as it was typed, or empty.", default=""),
    text("email_key", "Its canonical form, or empty.", default=""),
    text("encoded", "Argon2id of the chosen password, or empty.", default=""),
    text("pepper_id", "Which pepper.", nullable=True),
    integer("email_verified_at", "When its owner proved the address.", nullable=True),
    text("kind", "Account type, or empty.", default=""),
    text("account_id", "The account that it became.", nullable=True),
    integer("created_at", "When it began."),
    integer("expires_at", "When it can no longer be completed."),
    integer("completed_at", "When it became an account.", nullable=True),
    Index("ix_sign_up_expires_at", "expires_at"),
    comment="Accounts to be: what was entered before the account exists.",
)

address_change = Table(
    "address_change",
    metadata,
    text("change_id", "Time-ordered identifier.", primary_key=True),
    text("account_id", "Whose address.", references="account.account_id", index=True),
    text("place", "primary or backup."),
    text(
        "email", "The new address, proven before this row was made; empty where a backup address goes away."
    ),
    text("email_key", "Its canonical form, or empty."),
    text("former_email", "The address that it replaces, where there is one.", nullable=True),
    integer("created_at", "When it was asked for."),
    integer("apply_at", "When it applies by itself."),
    integer("applied_at", "When it applied.", nullable=True),
    integer("ended_at", "When it was cancelled, overtaken or failed.", nullable=True),
    text("ended_reason", "cancelled, replaced, taken or closed (the account); empty before.", default=""),
    Index("ix_address_change_apply_at", "apply_at"),
    comment="Changes of addresses that wait.",
)
