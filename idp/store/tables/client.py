"""OAuth clients and their secrets."""

from sqlalchemy import Index, Table

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
    comment="An application, a service, or a resource server.",
)

client_secret = Table(
    "client_secret",
    metadata,
    text("secret_id", "Identifier.", primary_key=True),
    text("client_id", "Whose.", references="client.client_id"),
    blob("digest", "SHA-256: client secrets are random, so a fast digest is enough."),
    integer("created_at", "When it was made."),
    integer("expires_at", "When it ends; two may live while a client changes over.", nullable=True),
    Index("ix_client_secret_client_id", "client_id"),
    comment="Client secrets.",
)
