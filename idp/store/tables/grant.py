"""Families, codes, refresh tokens, opaque access tokens, and what is still to become one."""

from sqlalchemy import Index, Table
from sqlalchemy import text as sql

from idp.store.tables.metadata import blob, integer, metadata, text

family = Table(
    "family",
    metadata,
    text("family_id", "Identifier, in every token of the family.", primary_key=True),
    text(
        "subject_id",
        "For whom; null where a client acts for itself.",
        references="subject.subject_id",
        nullable=True,
    ),
    text("client_id", "To whom.", references="client.client_id"),
    text("session_id", "From which session.", nullable=True),
    text("parent_id", "Family of the token that this one was exchanged from.", nullable=True),
    integer("is_offline", "Whether it outlives its session.", default=0),
    text("scope", "Granted scopes, space separated."),
    text("resource", "Audience of its access tokens, space separated URIs."),
    integer("authenticated_at", "The `auth_time` of its ID tokens.", nullable=True),
    text("acr", "What was reached.", default=""),
    text("amr", "How, a JSON array.", default="[]"),
    text("sid", "Session identifier for its client, or empty.", default=""),
    text("sub", "The `sub` that its client knows; empty in rows before revision 0004.", default=""),
    text("claims", "Claims that were granted one by one, a `claims` parameter, or empty.", default=""),
    text("actor", "Who acts for the subject, an `act` claim (RFC 8693 §4.1), or empty.", default=""),
    text(
        "confirmation",
        "The key that its tokens are bound to, a `cnf` claim (RFC 7800), or empty.",
        default="",
    ),
    text("delegation_id", "The delegation that it was issued under.", nullable=True),
    integer("created_at", "When it was issued."),
    integer("expires_at", "When its last token is dead."),
    integer("revoked_at", "When it was ended.", nullable=True),
    text("revoked_reason", "Why.", default=""),
    Index("ix_family_session_id", "session_id"),
    Index("ix_family_subject_id_client_id", "subject_id", "client_id"),
    Index("ix_family_expires_at", "expires_at"),
    Index(
        "ix_family_parent_id",
        "parent_id",
        sqlite_where=sql("parent_id IS NOT NULL"),
        postgresql_where=sql("parent_id IS NOT NULL"),
    ),
    Index(
        "ix_family_delegation_id",
        "delegation_id",
        sqlite_where=sql("delegation_id IS NOT NULL"),
        postgresql_where=sql("delegation_id IS NOT NULL"),
    ),
    comment="One issued authorization. A client's own (client credentials) is written only to revoke it.",
)

code = Table(
    "code",
    metadata,
    text("code_id", "Time-ordered first half of the code.", primary_key=True),
    blob("digest", "SHA-256 of the whole code."),
    text("family_id", "What it opens.", references="family.family_id"),
    text("redirect_uri", "Where it was sent."),
    text("code_challenge", "PKCE S256 challenge, or empty where a client may go without.", default=""),
    text("nonce", "For the ID token, or empty.", default=""),
    text("dpop_jkt", "Thumbprint of the key that has to redeem it (RFC 9449 §10), or empty.", default=""),
    integer("created_at", "When it was issued."),
    integer("expires_at", "When it ends."),
    integer("redeemed_at", "When it was used.", nullable=True),
    Index("ix_code_family_id", "family_id"),
    Index("ix_code_expires_at", "expires_at"),
    comment="Authorization codes; kept after use so that a replay is recognised.",
)

refresh_token = Table(
    "refresh_token",
    metadata,
    text("token_id", "Time-ordered first half of the token.", primary_key=True),
    blob("digest", "SHA-256 of the whole token."),
    text("family_id", "Whose.", references="family.family_id"),
    integer("created_at", "When it was issued."),
    integer("expires_at", "When it ends unused."),
    integer("redeemed_at", "When it was rotated.", nullable=True),
    text("successor_id", "Its successor.", nullable=True),
    blob("successor_sealed", "The successor's value, for a repeat within the grace.", nullable=True),
    text("root_key_id", "Which root key sealed it.", nullable=True),
    Index("ix_refresh_token_family_id", "family_id"),
    Index("ix_refresh_token_expires_at", "expires_at"),
    comment="Refresh tokens; one unredeemed row for each living family.",
)

pairwise_subject = Table(
    "pairwise_subject",
    metadata,
    text("subject_id", "Who.", references="subject.subject_id", primary_key=True),
    text(
        "sector", "The host whose clients know the person by it (OpenID Connect Core §8.1).", primary_key=True
    ),
    text("sub", "The `sub`, random.", unique=True),
    integer("created_at", "When it was first needed."),
    comment="The `sub` of a person at clients that must not compare notes.",
)

access_token = Table(
    "access_token",
    metadata,
    text("token_id", "Time-ordered first half of the token.", primary_key=True),
    blob("digest", "SHA-256 of the whole token."),
    text("claims", "What a JWT would say, a JSON object."),
    integer("expires_at", "When it ends."),
    Index("ix_access_token_expires_at", "expires_at"),
    comment="Opaque access tokens, for resource servers that ask us about each. JWTs have no row.",
)

pushed_request = Table(
    "pushed_request",
    metadata,
    text("request_id", "Time-ordered first half of the reference.", primary_key=True),
    blob("digest", "SHA-256 of the whole reference."),
    text("client_id", "Who pushed it.", references="client.client_id"),
    text("parameters", "The request as it was asked, a JSON object."),
    integer("created_at", "When it was pushed."),
    integer("expires_at", "When it can no longer be begun."),
    integer("redeemed_at", "When it was answered.", nullable=True),
    Index("ix_pushed_request_expires_at", "expires_at"),
    comment="Authorization requests that clients sent ahead (RFC 9126).",
)

device_request = Table(
    "device_request",
    metadata,
    text("request_id", "Time-ordered first half of the device code.", primary_key=True),
    blob("digest", "SHA-256 of the whole device code."),
    blob("user_code_digest", "HMAC of the user code, which is short.", unique=True),
    text("key_id", "Which secret keyed it."),
    text("client_id", "Who asks.", references="client.client_id"),
    text("scope", "What for, space separated."),
    text("resource", "At which APIs, space separated URIs."),
    text("confirmation", "The key that its tokens are bound to, a `cnf` claim, or empty.", default=""),
    text("browser", "What asked, as far as its request tells, for the person to recognise.", default=""),
    text("place", "Where from, for the person to recognise, or empty.", default=""),
    text("country", "ISO 3166 country where it asked from, or empty.", default=""),
    integer("interval_seconds", "How long the device waits between two questions."),
    integer("polled_at", "When it last asked.", nullable=True),
    integer("created_at", "When it began."),
    integer("expires_at", "When it ends."),
    text("family_id", "What was granted.", references="family.family_id", nullable=True),
    integer("denied_at", "When the person said no.", nullable=True),
    integer("redeemed_at", "When the device got its tokens.", nullable=True),
    Index("ix_device_request_expires_at", "expires_at"),
    Index(
        "ix_device_request_family_id",
        "family_id",
        sqlite_where=sql("family_id IS NOT NULL"),
        postgresql_where=sql("family_id IS NOT NULL"),
    ),
    comment="Devices without a browser of their own that wait for a person's approval (RFC 8628).",
)
