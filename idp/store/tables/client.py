"""OAuth clients and their secrets."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import blob, integer, metadata, text

client = Table(
    "client",
    metadata,
    text("client_id", "Identifier, chosen or random.", primary_key=True),
    text("metadata", "Registered metadata (RFC 7591 names and ours), a JSON object."),
    integer("created_at", "When it was registered."),
    integer("updated_at", "When it last changed."),
    integer("disabled_at", "When it was turned off.", nullable=True),
    integer(
        "deleted_at",
        "When it was deleted; the row stays, so that its identifier is never reused.",
        nullable=True,
    ),
    blob(
        "registration_digest",
        "SHA-256 of the registration access token that reads and changes it (RFC 7592); null where nobody has one.",
        nullable=True,
    ),
    text(
        "registered_by",
        "The initial access token that it was registered with, `open` for none, or empty: an operator did it.",
        default="",
    ),
    text(
        "owner_id",
        "The customer whose service account it is, null for everybody else's clients.",
        nullable=True,
    ),
    text(
        "disabled_by",
        "Who turned a service account off: `owner`, who may turn it on again, or empty for an operator.",
        default="",
    ),
    integer("used_at", "When it last got a token, to the minute; of service accounts alone.", nullable=True),
    Index("ix_client_registered_by", "registered_by", "created_at"),
    Index(
        "ix_client_owner_id",
        "owner_id",
        sqlite_where=sql("owner_id IS NOT NULL"),
        postgresql_where=sql("owner_id IS NOT NULL"),
    ),
    comment="An application, a service, or a resource server.",
)

client_secret = Table(
    "client_secret",
    metadata,
    text("secret_id", "Identifier.", primary_key=True),
    text("client_id", "Whose.", references="client.client_id"),
    blob("digest", "SHA-256: client secrets are random, so a fast digest is enough."),
    blob(
        "sealed",
        "The secret itself, sealed: only of clients that sign with it (client_secret_jwt).",
        nullable=True,
    ),
    text("root_key_id", "Which root key sealed it.", nullable=True),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends; two may live while a client changes over.", nullable=True),
    Index("ix_client_secret_client_id", "client_id"),
    comment="Client secrets.",
)

initial_access_token = Table(
    "initial_access_token",
    metadata,
    text("token_id", "Time-ordered first half of the token.", primary_key=True),
    blob("digest", "SHA-256 of the whole token."),
    text("note", "For whom, in an operator's words.", default=""),
    text(
        "policy",
        "What may be registered with it, a JSON object of metadata members and their values.",
        default="{}",
    ),
    integer(
        "uses_left", "How many clients may still be registered with it; null for any number.", nullable=True
    ),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends."),
    integer("revoked_at", "When it was ended before.", nullable=True),
    Index("ix_initial_access_token_expires_at", "expires_at"),
    comment="Initial access tokens: who may register clients, and of what kind (RFC 7591 §3).",
)

replay = Table(
    "replay",
    metadata,
    blob("digest", "SHA-256 of what was used once: its kind, whose it is, and its `jti`.", primary_key=True),
    integer("expires_at", "When it would no longer be accepted anyway."),
    Index("ix_replay_expires_at", "expires_at"),
    comment="Assertions and DPoP proofs that were accepted once, and are not again.",
)
