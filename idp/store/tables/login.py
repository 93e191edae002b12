"""Interactions, sessions, devices, consents, and the throttle of guesses."""

from sqlalchemy import Index, Table

from idp.store.tables.metadata import blob, integer, metadata, text

interaction = Table(
    "interaction",
    metadata,
    text("interaction_id", "Random, in the path of every page.", primary_key=True),
    blob("browser_digest", "SHA-256 of the browser cookie that it is bound to."),
    text("kind", "authorization, or local for one of our own pages."),
    text("client_id", "Who asked; empty for local.", default=""),
    text("parameters", "The request as it was asked, a JSON object."),
    integer("created_at", "When it began."),
    integer("expires_at", "When it can no longer be completed."),
    text("subject_id", "Who proved a step.", nullable=True),
    integer("authenticated_at", "When the password was proven here.", nullable=True),
    text("proofs", "What was proven here, a JSON array of [factor, epoch seconds]."),
    integer("proven_password_at", "When the password that was proven here was chosen.", nullable=True),
    blob(
        "proof_digest", "SHA-256 of the cookie that the browser of the last proof got for it.", nullable=True
    ),
    text("session_id", "The session that the proofs became.", nullable=True),
    text("selected_by", "The session that was chosen here.", nullable=True),
    text("consented_by", "The session that consented here.", nullable=True),
    integer("is_shared", "Whether the person said: a shared computer.", default=0),
    integer("completed_at", "When its answer went out.", nullable=True),
    Index("ix_interaction_expires_at", "expires_at"),
    comment="A paused request while a person proves who they are.",
)

session = Table(
    "session",
    metadata,
    text("session_id", "Time-ordered identifier; never leaves us.", primary_key=True),
    blob("digest", "SHA-256 of the session cookie.", unique=True),
    text("sid", "The `sid` claim.", unique=True),
    text("subject_id", "Who is signed in.", references="subject.subject_id"),
    integer("authenticated_at", "When the person last proved it."),
    text("acr", "What was reached."),
    text("amr", "How, a JSON array (RFC 8176)."),
    integer("created_at", "When it began."),
    integer("seen_at", "When it was last used, to the minute."),
    integer("idle_seconds", "How long it lives unused."),
    integer("expires_at", "When it ends however much it is used."),
    integer("is_shared", "Whether on a shared computer."),
    text("user_agent", "Browser family, for its owner to recognise."),
    text("country", "ISO 3166 country, or empty.", default=""),
    integer("ended_at", "When it ended.", nullable=True),
    Index("ix_session_subject_id", "subject_id"),
    Index("ix_session_expires_at", "expires_at"),
    comment="A browser's signed-in state.",
)

device = Table(
    "device",
    metadata,
    text("device_id", "Identifier.", primary_key=True),
    text("subject_id", "Who uses it.", references="subject.subject_id"),
    blob("digest", "SHA-256 of the device cookie."),
    integer("created_at", "When it was first used."),
    integer("seen_at", "When it was last used to sign in."),
    integer("expires_at", "When it becomes unknown."),
    integer("revoked_at", "When its owner removed it.", nullable=True),
    Index("uq_device_subject_id_digest", "subject_id", "digest", unique=True),
    comment="A browser that a subject has used.",
)

consent = Table(
    "consent",
    metadata,
    text("subject_id", "Who approved.", references="subject.subject_id", primary_key=True),
    text("client_id", "What.", references="client.client_id", primary_key=True),
    text("scope", "Approved scopes, space separated."),
    integer("created_at", "When first."),
    integer("updated_at", "When last."),
    integer("revoked_at", "When withdrawn.", nullable=True),
    comment="A person's recorded approval.",
)

throttle = Table(
    "throttle",
    metadata,
    text("key", "What is guessed at or from where, as a keyed digest.", primary_key=True),
    integer("failures", "Tries spent without success."),
    integer("blocked_until", "Next try not before."),
    integer("updated_at", "When last tried."),
    Index("ix_throttle_updated_at", "updated_at"),
    comment="Tries spent at guessable proofs.",
)
