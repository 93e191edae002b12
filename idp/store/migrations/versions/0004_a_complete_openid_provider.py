"""A complete openid provider."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: an older release restores its backup."""
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

    with op.batch_alter_table("family", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sub", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("claims", sa.Text(), server_default="", nullable=False))
