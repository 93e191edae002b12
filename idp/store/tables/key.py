"""Keys that sign or decrypt, sealed secrets, and the leases of background work."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import blob, integer, metadata, text


def _one_for_each_algorithm(table: str, state: str) -> Index:
    """Of two nodes that rotate at once, one wins."""
    where = sql(f"state = '{state}'")
    return Index(f"uq_{table}_{state}", "algorithm", unique=True, sqlite_where=where, postgresql_where=where)


signing_key = Table(
    "signing_key",
    metadata,
    text("kid", "RFC 7638 thumbprint.", primary_key=True),
    text("algorithm", "RS256, PS256, ES256 or EdDSA."),
    text("state", "next, active, retired or withdrawn."),
    text("public_jwk", "Public key, a JSON object."),
    blob("sealed", "Private key (PKCS #8), sealed."),
    text("root_key_id", "Which root key sealed it."),
    integer("created_at", "When it was made and published."),
    integer("activated_at", "When it began to sign.", nullable=True),
    integer("retired_at", "When it stopped.", nullable=True),
    integer("unpublished_at", "When it may leave the JWKS.", nullable=True),
    _one_for_each_algorithm("signing_key", "active"),
    _one_for_each_algorithm("signing_key", "next"),
    comment="At most one active and one next key for each algorithm.",
)

encryption_key = Table(
    "encryption_key",
    metadata,
    text("kid", "RFC 7638 thumbprint.", primary_key=True),
    text("algorithm", "RSA-OAEP-256 or ECDH-ES."),
    text("state", "next, active, retired or withdrawn."),
    text("public_jwk", "Public key, a JSON object."),
    blob("sealed", "Private key (PKCS #8), sealed."),
    text("root_key_id", "Which root key sealed it."),
    integer("created_at", "When it was made."),
    integer("activated_at", "When it was published.", nullable=True),
    integer("retired_at", "When it left the JWKS.", nullable=True),
    integer("unpublished_at", "When it may stop decrypting.", nullable=True),
    _one_for_each_algorithm("encryption_key", "active"),
    _one_for_each_algorithm("encryption_key", "next"),
    comment="What clients encrypt request objects to. At most one active and one next key for each algorithm.",
)

secret = Table(
    "secret",
    metadata,
    text("secret_id", "Identifier, stored in the rows that use the secret.", primary_key=True),
    text("purpose", "pepper, form, address, identifier or link."),
    blob("sealed", "32 random bytes, sealed."),
    text("root_key_id", "Which root key sealed it."),
    integer("created_at", "When it was made; the newest of a purpose is used for new rows."),
    comment="Random secrets: peppers and HMAC keys.",
)

lease = Table(
    "lease",
    metadata,
    text("name", "Which background work.", primary_key=True),
    text("holder", "Which node has it."),
    integer("expires_at", "When another node may take it."),
    comment="Background work, one node at a time.",
)
