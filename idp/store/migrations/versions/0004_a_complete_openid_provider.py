"""A complete openid provider."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
    op.create_table(
        "encryption_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("activated_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("unpublished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_encryption_key")),
    )
    with op.batch_alter_table("encryption_key", schema=None) as batch_op:
        batch_op.create_index(
            "uq_encryption_key_active",
            ["algorithm"],
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        )
        batch_op.create_index(
            "uq_encryption_key_next",
            ["algorithm"],
            unique=True,
            sqlite_where=sa.text("state = 'next'"),
            postgresql_where=sa.text("state = 'next'"),
        )

    op.create_table(
        "initial_access_token",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("policy", sa.Text(), server_default="{}", nullable=False),
        sa.Column("uses_left", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_initial_access_token")),
    )
    with op.batch_alter_table("initial_access_token", schema=None) as batch_op:
        batch_op.create_index("ix_initial_access_token_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "replay",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_replay")),
    )
    with op.batch_alter_table("replay", schema=None) as batch_op:
        batch_op.create_index("ix_replay_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "pairwise_subject",
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.subject_id"], name=op.f("fk_pairwise_subject_subject_id")
        ),
        sa.PrimaryKeyConstraint("subject_id", "sector", name=op.f("pk_pairwise_subject")),
        sa.UniqueConstraint("sub", name=op.f("uq_pairwise_subject_sub")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_digest", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("registered_by", sa.Text(), server_default="", nullable=False))
        batch_op.create_index("ix_client_registered_by", ["registered_by", "created_at"], unique=False)

    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_client_id", ["client_id"], unique=False)

    with op.batch_alter_table("family", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sub", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("claims", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_session_ended_at",
            ["ended_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NOT NULL AND told_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL AND told_at IS NULL"),
        )
