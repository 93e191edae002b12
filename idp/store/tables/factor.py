"""Second factors and passkeys, and what a subject chose about them."""

from sqlalchemy import Index, Table

from idp.store.tables.metadata import blob, integer, metadata, text

security = Table(
    "security",
    metadata,
    text("subject_id", "Whose.", references="subject.subject_id", primary_key=True),
    blob("user_handle", "WebAuthn user handle: random, names nobody.", unique=True),
    integer("two_factor_at", "When two-factor authentication was turned on.", nullable=True),
    text("last_way", "The factor that was last used, or empty.", default=""),
    text("notify", "Sign-ins that are told by mail: every or new.", default="new"),
    integer("stolen_at", "When the owner reported a sign-in that was not theirs.", nullable=True),
    integer("changed_at", "When a factor was last added or removed.", nullable=True),
    integer("recommended_at", "When support removed the factors: new ones are recommended.", nullable=True),
    comment="What a subject chose about signing in. No row means: nothing yet.",
)

totp = Table(
    "totp",
    metadata,
    text("totp_id", "Identifier.", primary_key=True),
    text("subject_id", "Whose.", references="subject.subject_id"),
    text("name", "What its owner calls it."),
    blob("sealed", "The shared secret, sealed."),
    text("root_key_id", "Which root key sealed it."),
    integer("last_step", "The last time step that was accepted; none before it is any more."),
    integer("created_at", "When it was set up."),
    integer("used_at", "When it was last used.", nullable=True),
    Index("ix_totp_subject_id", "subject_id"),
    comment="Authenticator apps (RFC 6238).",
)

passkey = Table(
    "passkey",
    metadata,
    text("passkey_id", "Identifier.", primary_key=True),
    text("subject_id", "Whose.", references="subject.subject_id"),
    text("name", "What its owner calls it."),
    blob("credential_id", "WebAuthn credential ID.", unique=True),
    blob("public_key", "COSE key."),
    integer("sign_count", "The counter of its last signature."),
    text("aaguid", "Its model, or empty."),
    text("transports", "How browsers reach it, space separated."),
    integer("is_discoverable", "Whether it can sign in without a customer ID."),
    integer("verifies_user", "Whether it verified its user when it was set up."),
    integer("is_synced", "Whether it may be copied to other devices (backup eligible)."),
    integer("created_at", "When it was set up."),
    integer("used_at", "When it was last used.", nullable=True),
    integer("flagged_at", "When its counter went back.", nullable=True),
    Index("ix_passkey_subject_id", "subject_id"),
    comment="Security keys and passkeys (WebAuthn).",
)

phone = Table(
    "phone",
    metadata,
    text("phone_id", "Identifier.", primary_key=True),
    text("subject_id", "Whose.", references="subject.subject_id"),
    text("name", "What its owner calls it."),
    text("masked", "The last digits, to recognise it by."),
    blob("sealed", "The number (E.164), sealed."),
    text("root_key_id", "Which root key sealed it."),
    integer("created_at", "When it was set up."),
    integer("used_at", "When it was last used.", nullable=True),
    Index("ix_phone_subject_id", "subject_id"),
    comment="Phones that get codes by SMS.",
)

backup_code = Table(
    "backup_code",
    metadata,
    text("subject_id", "Whose.", references="subject.subject_id", primary_key=True),
    blob("digest", "SHA-256 of the code: 80 random bits.", primary_key=True),
    integer("created_at", "When it was shown."),
    integer("used_at", "When it was used.", nullable=True),
    comment="Single-use codes for a lost device.",
)

enrolment = Table(
    "enrolment",
    metadata,
    text("enrolment_id", "Identifier, in the path of its pages.", primary_key=True),
    text("subject_id", "Whose factor it becomes.", references="subject.subject_id"),
    text("session_id", "In which session.", nullable=True),
    text("interaction_id", "Or in which sign-in, where setting up is demanded.", nullable=True),
    text(
        "kind",
        "totp, security-key, passkey, sms or backup-codes; empty while it is being chosen.",
        default="",
    ),
    integer("turns_on", "Whether two-factor authentication is turned on by it.", default=0),
    text("name", "What its owner calls it.", default=""),
    blob(
        "sealed", "The secret, the number or the backup codes that are being set up, sealed.", nullable=True
    ),
    text("root_key_id", "Which root key sealed it.", nullable=True),
    integer("tries_left", "Codes that may still be tried."),
    integer("created_at", "When it began."),
    integer("expires_at", "When it ends."),
    integer("verified_at", "When the device proved that it works.", nullable=True),
    integer("completed_at", "When it was done.", nullable=True),
    Index("ix_enrolment_expires_at", "expires_at"),
    comment="Factors that are being set up, step by step.",
)
