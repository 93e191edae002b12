"""The chain."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
    op.create_table(
        "challenge",
        sa.Column("challenge_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("former_digest", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("root_key_id", sa.Text(), nullable=True),
        sa.Column("tries_left", sa.BigInteger(), nullable=False),
        sa.Column("sends", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("redeemed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("challenge_id", name=op.f("pk_challenge")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index("ix_challenge_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_challenge_interaction_id", ["interaction_id"], unique=False)
        batch_op.create_index("ix_challenge_session_id", ["session_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("root_key_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status = 'queued'"),
            postgresql_where=sa.text("status = 'queued'"),
        )
        batch_op.create_index("ix_outbox_finished_at", ["finished_at"], unique=False)
        batch_op.create_index("ix_outbox_subject_id", ["subject_id", "message_id"], unique=False)

    op.create_table(
        "risk_count",
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feature", "value", name=op.f("pk_risk_count")),
    )
    op.create_table(
        "velocity",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("window_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False),
        sa.Column("successes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_velocity")),
    )
    with op.batch_alter_table("velocity", schema=None) as batch_op:
        batch_op.create_index("ix_velocity_window_at", ["window_at"], unique=False)

    op.create_table(
        "backup_code",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_backup_code_subject_id")
        ),
        sa.PrimaryKeyConstraint("subject_id", "digest", name=op.f("pk_backup_code")),
    )
    op.create_table(
        "enrolment",
        sa.Column("enrolment_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("turns_on", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("root_key_id", sa.Text(), nullable=True),
        sa.Column("tries_left", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.subject_id"], name=op.f("fk_enrolment_subject_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index("ix_enrolment_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "passkey",
        sa.Column("passkey_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("aaguid", sa.Text(), nullable=False),
        sa.Column("transports", sa.Text(), nullable=False),
        sa.Column("is_discoverable", sa.BigInteger(), nullable=False),
        sa.Column("verifies_user", sa.BigInteger(), nullable=False),
        sa.Column("is_synced", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("flagged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.subject_id"], name=op.f("fk_passkey_subject_id")),
        sa.PrimaryKeyConstraint("passkey_id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "phone",
        sa.Column("phone_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("masked", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.subject_id"], name=op.f("fk_phone_subject_id")),
        sa.PrimaryKeyConstraint("phone_id", name=op.f("pk_phone")),
    )
    with op.batch_alter_table("phone", schema=None) as batch_op:
        batch_op.create_index("ix_phone_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "risk_decision",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), server_default="", nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("enforced", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("data_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_risk_decision_subject_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_risk_decision")),
    )
    with op.batch_alter_table("risk_decision", schema=None) as batch_op:
        batch_op.create_index("ix_risk_decision_at", ["at"], unique=False)
        batch_op.create_index("ix_risk_decision_subject_id", ["subject_id", "decision_id"], unique=False)

    op.create_table(
        "risk_profile",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("sign_ins", sa.BigInteger(), nullable=False),
        sa.Column("habits", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_risk_profile_subject_id")
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_risk_profile")),
    )
    op.create_table(
        "security",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("user_handle", sa.LargeBinary(), nullable=False),
        sa.Column("two_factor_at", sa.BigInteger(), nullable=True),
        sa.Column("last_way", sa.Text(), server_default="", nullable=False),
        sa.Column("notify", sa.Text(), server_default="new", nullable=False),
        sa.Column("stolen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.subject_id"], name=op.f("fk_security_subject_id")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_security")),
        sa.UniqueConstraint("user_handle", name=op.f("uq_security_user_handle")),
    )
    op.create_table(
        "totp",
        sa.Column("totp_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.subject_id"], name=op.f("fk_totp_subject_id")),
        sa.PrimaryKeyConstraint("totp_id", name=op.f("pk_totp")),
    )
    with op.batch_alter_table("totp", schema=None) as batch_op:
        batch_op.create_index("ix_totp_subject_id", ["subject_id"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("member_of", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("primary_email_refused_at", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former_digest", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("rotated_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("browser", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("system", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("country", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("place", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("trusted_until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("revoked_reason", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decision_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("risk_outcome", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("raised_session_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("chosen_way", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("browser_standing", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("is_remembering", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("address_skipped", sa.BigInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.Text(), server_default="{}", nullable=False))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("place", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("device_id", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("factor_at", sa.BigInteger(), nullable=True))
